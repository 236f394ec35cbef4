"""Every action and address of the site answers every role as the table says."""

from __future__ import annotations

import pytest
from authorization import check, odd, table
from authorization import world as worlds

SITE = "share"
KINDS = ("actions", "routes")
# Who sends odd parameters.
CALLERS = ("anonymous", "owner_cataloguer", "coordinator")

_kept: dict[str, worlds.World] = {}


@pytest.fixture
def world(request):
    """People of every role and entries in every state, made once."""
    if "world" not in _kept:
        request.getfixturevalue("platform")
        _kept["world"] = worlds.share()
    return _kept["world"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_action_and_address_has_a_row(app, kind):
    told = check.missing(app, table.load(kind, SITE))
    assert not told, "\n".join(told)


@pytest.mark.parametrize("kind", KINDS)
def test_every_role_is_answered_as_the_table_says(app, world, capsys, kind):
    report = check.check(app, world, table.load(kind, SITE))
    with capsys.disabled():
        print(f"\n{report.line(SITE)}")  # noqa: T201 - the figures are asked for
    assert report.wrong == []


def test_odd_parameters_are_answered_in_a_sentence(app, world):
    wrong = odd.failures(app, world, CALLERS)
    wrong += odd.word_failures(app, world, CALLERS)
    assert not wrong, "\n".join(wrong)
