"""No page, message or error of the site says an English word to a reader of Chinese."""

from __future__ import annotations

import pytest
from authorization import world as worlds
from words import walk

SITE = "open"

_kept: dict[str, worlds.World] = {}


@pytest.fixture
def world(request):
    """People of every role and entries in every state, made once."""
    if "world" not in _kept:
        request.getfixturevalue("platform")
        _kept["world"] = worlds.open_site()
    return _kept["world"]


@pytest.mark.parametrize("asked", [walk.walk, walk.walk_api], ids=["pages", "actions"])
def test_no_answer_says_an_english_word(app, world, capsys, asked):
    report = asked(app, world, SITE)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are asked for
            f"\nwords, {SITE}: {report.line()}"
        )
    assert not report.heard, "\n".join(report.lines())
