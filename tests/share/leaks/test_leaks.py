"""What is hidden is told on no route, by no action, to nobody who may not see it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from leaks import asks, crawl, holes, places
from leaks import world as worlds

from ckan import model

SEED = 20170082

# How many requests each account makes here; `make prove` makes them all.
LOW = {"b_cataloguer": 350, "": 100, "stranger": 100, "machine": 80,
       "e_cataloguer": 80, "a_cataloguer": 80, "d_cataloguer": 60, "secrecy": 60,
       "city_approver": 40, "auditor": 50, "security_officer": 40,
       "system_operator": 40}  # fmt: skip
# How many lists are compared before and after hidden entries came.
BLIND = {"b_cataloguer": 160, "stranger": 40, "": 20}

_kept: dict[str, object] = {}


@pytest.fixture
def world(request, app):
    """The planted site, made once: no test of this module changes it."""
    if "world" not in _kept:
        request.getfixturevalue("platform")
        made = worlds.build(SEED)
        _kept["before"] = [
            (account, ask, _told(app, made, ask, account))
            for account, number in BLIND.items()
            for ask in asks.sample(asks.general(made), number, f"{SEED}/{account}")
        ]
        worlds.hide(made)
        _kept["world"] = made
    return _kept["world"]


@pytest.fixture
def everything(app, world):
    if "asks" not in _kept:
        _kept["asks"] = asks.everything(app, world)
    return _kept["asks"]


def _told(app, world, ask, account):
    return crawl.transcript(crawl.send(app, world, ask, account), ask)


def test_every_place_is_planted(world):
    assert set(places.PLACES) - world.marks.used == set()


def test_every_text_column_of_our_tables_holds_a_mark_or_a_reason_is_given(world):
    bare = []
    for table, column in places.text_columns():
        if column in places.NO_WORDS or f"{table}.{column}" in places.NO_WORDS:
            continue
        said = model.Session.execute(
            sa.text(f'SELECT "{column}"::text FROM "{table}" LIMIT 5000')
        )
        if not any(world.marks.in_text(row[0] or "") for row in said):
            bare.append(f"{table}.{column}")
    model.Session.remove()
    assert bare == []


@pytest.mark.parametrize("account", LOW)
def test_nobody_is_told_what_is_not_theirs(app, world, everything, account):
    chosen = asks.sample(everything, LOW[account], f"{SEED}/{account}")
    report = crawl.crawl(app, world, chosen, account)
    assert report.hits == []


def test_the_crawl_sees_what_may_be_seen(app, world, everything):
    telling = ("_revision_show", "_entry_history", "_legal_basis_show", "_grant_list")
    chosen = [ask for ask in everything if ask.path.endswith(telling)]
    seen = crawl.crawl(app, world, chosen[::3], "c_cataloguer").seen
    owners = {p for p in places.PLACES if "c_cataloguer" in places.PLACES[p].seen_by}
    assert len(seen & owners) > 0.5 * len(owners)


@pytest.mark.parametrize("account", BLIND)
def test_lists_and_counts_are_the_same_after_hidden_entries_came(app, world, account):
    differing = [
        ask
        for who, ask, before in _kept["before"]
        if who == account and _told(app, world, ask, account) != before
    ]
    assert differing == []


@pytest.mark.parametrize("account", ["b_cataloguer", "stranger"])
def test_a_hidden_id_and_an_absent_one_get_the_same_answer(app, world, account):
    pairs = asks.sample(list(asks.twins(app, world)), 100, f"{SEED}/twins")
    assert [ask for ask, _, _ in crawl.twins(app, world, pairs, account)] == []


@pytest.mark.parametrize("hole", holes.SHARE, ids=lambda hole: hole.name)
def test_the_crawl_finds_a_planted_hole(app, world, everything, hole):
    chosen = asks.sample(hole.asks(everything, world), 150, SEED)
    with holes.opened(hole, app, world):
        report = crawl.crawl(app, world, chosen, hole.account, first_only=True)
    assert report.hits != []


def _edition_text(text: str, ending: str) -> bytes:
    """Return one file of the city's newest edition."""
    from ckanext.jiangmen.catalog import files
    from ckanext.jiangmen.catalog.editions import compiling

    kept = compiling.last_issued(None).files[text][ending]
    return files.existing(kept["sha256"]).read_bytes()


# Last: who made an edition has changed the lists that the tests above compare.
@pytest.mark.parametrize(
    ("text", "reader"),
    [("full", "coordinator"), ("departments", "b_cataloguer"), ("public", None)],
)
def test_no_text_of_an_edition_tells_more_than_its_readers_may_know(
    world, text, reader
):
    world.act("jiangmen_edition_create", "coordinator")
    told = set()
    for ending in ("html", "xml", "jsonld"):
        told |= world.marks.in_body(_edition_text(text, ending))
    model.Session.remove()
    too_much = {
        place
        for place in told
        if not (
            places.PLACES[place].public
            if reader is None
            else places.may_see(place, reader, "withheld")
        )
    }
    assert too_much == set()
    if text == "full":
        assert {"withheld.title", "withheld.notes", "open.withheld.name"} <= told
    if text == "departments":
        assert {"withheld.title", "shared.notes", "open.shared.name"} <= told
