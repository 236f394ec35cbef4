"""`make up` renews the index and the use of grounds after an older version, once."""

from types import SimpleNamespace

import pytest
import sites
from layout import Layout


@pytest.fixture
def made(monkeypatch):
    """What commands were run."""
    commands = []
    monkeypatch.setattr(
        sites, "ckan", lambda _layout, site, *words: commands.append((site, words[-2]))
    )
    monkeypatch.setattr(sites.solr, "renew", lambda *_core: None)
    return commands


def _state(**kept):
    return SimpleNamespace(kept=kept)


BOTH = {"share": True, "open": True}


def test_a_database_of_an_older_version_is_brought_up_once(made):
    state = _state(demonstration=BOTH)
    sites.renew_derived(Layout(), state, [])
    words = ("legal-basis", "search-index")
    assert made == [(site, word) for site in ("share", "open") for word in words]
    made.clear()
    sites.renew_derived(Layout(), state, [])
    assert made == []


def test_a_new_instance_has_nothing_to_bring_up(made):
    state = _state()
    sites.renew_derived(Layout(), state, ["share", "open"])
    state.kept["demonstration"] = BOTH
    sites.renew_derived(Layout(), state, [])
    assert made == []


def test_a_lost_core_is_built_again_and_nothing_else(made):
    state = _state(demonstration=BOTH)
    sites.renew_derived(Layout(), state, [])
    made.clear()
    sites.renew_derived(Layout(), state, ["open"])
    assert made == [("open", "search-index")]
