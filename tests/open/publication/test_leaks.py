"""The open site tells what is public, whatever the other side sent by mistake."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import pytest
from leaks import asks, crawl, holes, places, stores
from leaks import world as worlds
from leaks.ask import ENTRIES, TABLES
from leaks.marks import Marks

from ckan import model

SEED = 2017
GROUPS = ("open.public", "open.shared", "open.conditional", "open.withheld")


@pytest.fixture
def world(receiver, token_of):
    """Publish one entry with every word it must not have, and withdraw another."""
    made = worlds.World(Marks(places.PLACES, SEED))
    for key in ENTRIES:
        made.ids |= {key: _id(key), f"{key}.name": f"zq-{key.replace('_', '-')}"}
    for key in TABLES:
        made.ids |= {f"{key}.table": _id(key, "t"), f"{key}.revision": _id(key, "r")}
    others = ("open.paper", "import", "ground", "internal_ground", "grant", "ended")
    made.ids |= {key: _id(key) for key in others}
    made.ids |= {"市民政局": receiver.said(_id("x"), rows=None)["organization"]["id"]}
    made.ids |= {"c_cataloguer": "publication", "auditor": "moderator"}
    made.tokens["moderator"] = token_of("moderator", "moderator")
    model.User.get("publication").fullname = made.text("account.fullname")
    model.Session.commit()
    _publish(receiver, made, "open", "open.public", "open.document")
    _publish(receiver, made, "withdrawn", "withdrawn.item", None)
    receiver.withdraw(made.ids["withdrawn"])
    receiver.stage(made.text("draft.item.cell").encode())
    return made


def _id(key, kind="e"):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{key}"))


def _publish(receiver, world, key, items, document):
    """Send an entry with fields, items and columns that the projection leaves out."""
    said = receiver.said(world.ids[key], rows=None)
    said["entry"] |= worlds.marked_texts(world, key)
    said["entry"] |= {"name": world.ids[f"{key}.name"], "resource_code": "103001/2"}
    said["entry"]["information_items"] = worlds.items_of(world, items)[:2]
    for item in said["entry"]["information_items"]:
        item |= {"sensitivity": world.text("edit.remarks"), "share_condition": "无"}
    said["organization"]["aliases"] = [world.text("internal.organization")]
    table = "\n".join(
        ",".join(line.split(",")[:2])
        for line in worlds.table_of(world, items).splitlines()
    )
    name = world.text(f"{key}.table") + ".csv"
    resource = receiver._resource(said["package_id"], name, table.encode(), True)
    world.ids[f"{key}.table"] = resource["id"]
    header = [item["column"] for item in said["entry"]["information_items"]]
    said["resources"] = [resource | {"header": header, "bad_rows": header}]
    if document:
        text = world.text(f"{document}_text").encode()
        file = receiver._resource(
            said["package_id"], world.text(document) + ".txt", text, False
        )
        world.ids["open.document"] = file["id"]
        said["resources"].append(file | {"description": world.text(f"{document}_note")})
    from ckanext.jiangmen.publication import public_fields

    said["hash"] = public_fields.hash_of(said)
    receiver.call("jiangmen_publication_receive", **said)


def _public():
    return {name for name, place in places.PLACES.items() if place.public}


def test_nobody_is_told_more_than_what_is_public(app, world):
    everything = asks.everything(app, world)
    seen = set()
    for account, number in (("", 500), ("moderator", 80)):
        chosen = asks.sample(everything, number, f"{SEED}/{account}")
        report = crawl.crawl(app, world, chosen, account)
        assert report.hits == []
        seen |= report.seen
    assert len(seen) > 0.6 * len(_public())


def test_the_stores_hold_public_words_and_a_staged_file_only(request, world):
    ini = Path(request.config.getoption("ckan_ini"))
    found = stores.Stores(ini).holding(world.marks)
    staged = hashlib.sha256(world.text("draft.item.cell").encode()).hexdigest()
    hidden = {store: told - _public() for store, told in found.items()}
    hidden.pop("table user")
    assert {store: told for store, told in hidden.items() if told} == {
        f"file {staged}": {"draft.item.cell"}
    }


def test_a_withdrawn_id_is_told_from_an_absent_one_by_its_page_only(app, world):
    pairs = [
        pair
        for pair in asks.sample(list(asks.twins(app, world)), 120, SEED)
        if pair[2] not in {world.ids["withdrawn"], "publication"}
    ]
    assert [ask for ask, _, _ in crawl.twins(app, world, pairs, "")] == []


@pytest.mark.parametrize("hole", holes.OPEN_SITE, ids=lambda hole: hole.name)
def test_the_crawl_finds_a_planted_hole(app, receiver, token_of, request, hole):
    with pytest.MonkeyPatch.context() as patch:
        hole.open(patch, app, None)
        world = request.getfixturevalue("world")
        chosen = asks.sample(hole.asks(asks.everything(app, world), world), 200, SEED)
        report = crawl.crawl(app, world, chosen, "", first_only=True)
    assert report.hits != []
