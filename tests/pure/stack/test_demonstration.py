"""`make up` loads the demonstration once, and after an upgrade what is new in it."""

from types import SimpleNamespace

import pytest
import sites
from layout import Layout


@pytest.fixture
def loaded(monkeypatch):
    """What was loaded into which site: [(site, words after `demo load`)]."""
    calls = []
    monkeypatch.setattr(
        sites, "_command", lambda _layout, site, words: ((site, words[3:]), {})
    )
    monkeypatch.setattr(
        sites, "follow", lambda command, environment, folder: calls.append(command)
    )
    return calls


def _state(**kept):
    return SimpleNamespace(kept=kept)


def test_a_new_instance_is_loaded_once_the_open_site_first(loaded):
    state = _state()
    sites.load_demonstration(Layout(), state)
    assert loaded == [("open", []), ("share", [])]
    loaded.clear()
    sites.load_demonstration(Layout(), state)
    assert loaded == []


def test_an_upgrade_loads_what_is_new_and_leaves_accounts_alone(loaded):
    state = _state(demonstration={"share": True, "open": True})
    sites.load_demonstration(Layout(), state)
    assert loaded == [(site, ["--without-accounts"]) for site in ("open", "share")]
    loaded.clear()
    sites.load_demonstration(Layout(), state)
    assert loaded == []


def test_an_instance_without_demonstration_stays_empty(loaded):
    kept = {"demonstration": {"share": True, "open": True}}
    sites.load_demonstration(
        Layout(), _state(**kept, **{"without demonstration": True})
    )
    assert loaded == []
