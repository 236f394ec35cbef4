"""Properties of the wall, over thousands of drawn cases: who reads what, and no more.

Expectations are counted a second way here, from the plan's words (四(二), 五(六)), not
by calling what is under test.
"""

import datetime as dt
import random

import pytest

from ckanext.jiangmen.sharing import decision, grants, projection
from ckanext.jiangmen.sharing.decision import Mode, Reason, Standing, Viewer
from ckanext.jiangmen.sharing.grants import Channel, Grant
from ckanext.jiangmen.sharing.logic import action
from ckanext.jiangmen.tables.projection import Column

OPEN, SHARED, CONDITIONAL, WITHHELD = (
    "可社会公开",
    "无条件共享",
    "有条件共享",
    "不予共享",
)
CATEGORIES = (OPEN, SHARED, CONDITIONAL, WITHHELD)
NAMES = tuple("甲乙丙丁戊己")
CASES = 3000
UNTIL = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
GRANTABLE = grants.GRANTABLE


def an_entry(dice):
    items = [
        {"name": name, "column": f"列{name}", "sharing_category": category}
        for name, category in zip(
            NAMES, dice.choices((*CATEGORIES, ""), k=len(NAMES)), strict=True
        )
    ]
    return {
        "id": "e",
        "owner_org": "市民政局",
        "secrecy": dice.choice(["非涉密"] * 9 + ["秘密"]),
        "sharing_category": dice.choice(CATEGORIES),
        "information_items": items[: dice.randint(1, len(items))],
    }


def a_grant(dice):
    chosen = dice.sample(NAMES, dice.randint(1, len(NAMES)))
    return Grant(
        id=f"g{dice.random()}",
        package_id="e",
        organization="市地税局",
        items=frozenset(chosen),
        channels=frozenset(dice.sample(GRANTABLE, dice.randint(1, 3))),
        purpose="核对",
        valid_until=UNTIL,
        rows=dice.choice([None, {chosen[0]: "是"}]),
    )


def a_viewer(dice, standing=None):
    return Viewer(
        standing or dice.choice(list(Standing)),
        dice.choice(list(Channel)),
        tuple(a_grant(dice) for _ in range(dice.choice([0, 0, 1, 2]))),
        grants_only=dice.random() < 0.2,
        purpose_owed=dice.random() < 0.2,
    )


def cases(seed, standing=None, number=CASES):
    dice = random.Random(seed)
    for _ in range(number):
        yield an_entry(dice), a_viewer(dice, standing), dice


def category_of(entry, item):
    own = item["sharing_category"] or entry["sharing_category"]
    return own if entry["secrecy"] == "非涉密" else WITHHELD


def opens(grant, name, channel):
    bulk = {Channel.SYSTEM, Channel.DOWNLOAD}
    by = bulk if channel is Channel.PAGE else {channel}
    return name in grant.items and bool(by & grant.channels)


def may_read(entry, item, viewer):
    """Return whether an item's values are readable, as the plan has it."""
    category = category_of(entry, item)
    at = viewer.standing
    if at in (Standing.OWNER, Standing.COORDINATOR, Standing.PUBLISHED):
        return True
    if at is Standing.NOBODY:
        return False
    if at is Standing.PUBLIC:
        return category == OPEN
    declared = item["sharing_category"] or entry["sharing_category"]
    if WITHHELD in (category, declared):
        return False
    if any(opens(grant, item["name"], viewer.channel) for grant in viewer.grants):
        return True
    if viewer.grants_only:
        return False
    return category == OPEN or (category == SHARED and not viewer.purpose_owed)


def readable(entry, viewer):
    return {
        verdict.item["name"]
        for verdict in decision.judge_all(entry, viewer)
        if verdict.readable
    }


def test_what_is_readable_is_what_the_plan_says():
    for entry, viewer, _ in cases(1):
        wanted = {
            item["name"]
            for item in entry["information_items"]
            if may_read(entry, item, viewer)
        }
        assert readable(entry, viewer) == wanted, (entry, viewer)


def test_each_item_is_judged_so_even_if_it_should_not_be_known():
    for entry, viewer, _ in cases(15):
        for item in entry["information_items"]:
            verdict = decision.judge(entry, item, viewer)
            if viewer.standing is Standing.DEPARTMENT:
                continue
            assert verdict.readable is may_read(entry, item, viewer), verdict


def test_a_withheld_item_is_known_to_its_owner_and_the_office_only():
    for entry, viewer, _ in cases(2):
        names = {i["name"] for i in decision.visible_items(entry, viewer.standing)}
        for item in entry["information_items"]:
            declared = item["sharing_category"] or entry["sharing_category"]
            if declared == WITHHELD and viewer.standing in (
                Standing.DEPARTMENT,
                Standing.PUBLIC,
                Standing.NOBODY,
            ):
                assert item["name"] not in names


def test_less_never_gives_more():
    for entry, viewer, dice in cases(3, Standing.DEPARTMENT):
        whole = readable(entry, viewer)
        fewer = Viewer(
            viewer.standing,
            viewer.channel,
            viewer.grants[1:],
            grants_only=viewer.grants_only,
            purpose_owed=viewer.purpose_owed,
        )
        owing = Viewer(
            viewer.standing, viewer.channel, viewer.grants, viewer.grants_only, True
        )
        machine_token = Viewer(
            viewer.standing, viewer.channel, viewer.grants, True, viewer.purpose_owed
        )
        for less in (fewer, owing, machine_token):
            assert readable(entry, less) <= whole
        stricter = {**entry, "information_items": list(entry["information_items"])}
        place = dice.randrange(len(stricter["information_items"]))
        item = stricter["information_items"][place]
        stricter["information_items"][place] = item | {"sharing_category": WITHHELD}
        assert readable(stricter, viewer) <= whole - {item["name"]}


def test_nobody_reads_plain_numbers_but_owners_and_who_was_granted_the_item():
    for entry, viewer, _ in cases(4):
        for verdict in decision.judge_all(entry, viewer):
            if verdict.mode is not Mode.PLAIN:
                continue
            named = any(
                opens(grant, verdict.item["name"], viewer.channel)
                for grant in viewer.grants
            )
            at_home = viewer.standing in (Standing.OWNER, Standing.PUBLISHED)
            assert at_home or (viewer.standing is Standing.DEPARTMENT and named)


# The projection


def columns_of(dice, entry):
    found = [
        Column(
            f"列{item['name']}",
            item["name"],
            "text",
            blind=f"_blind_{item['name']}" if dice.random() < 0.3 else None,
        )
        for item in entry["information_items"]
        if dice.random() < 0.9
    ]
    return [*found, Column("无项之列", "无项之列", "text")]


def test_the_projection_has_the_columns_that_may_be_read_and_no_other():
    for entry, viewer, dice in cases(5):
        stored = columns_of(dice, entry)
        items = {f"列{i['name']}": i for i in entry["information_items"]}
        whole = viewer.standing in (Standing.OWNER, Standing.PUBLISHED)
        wanted = [
            column.name
            for column in stored
            if (column.name in items and may_read(entry, items[column.name], viewer))
            or (column.name not in items and whole)
        ]
        owes = any(
            verdict.reason is Reason.PURPOSE_MISSING
            for verdict in decision.judge_all(entry, viewer)
        )
        if owes or not wanted:
            with pytest.raises(projection.NothingReadable):
                projection.projected(entry, "r", viewer, stored)
            continue
        made = projection.projected(entry, "r", viewer, stored)
        assert [column.name for column in made.columns] == wanted
        sql, _ = made.render()
        for column in stored:
            assert (f'"{column.name}"' in sql) == (
                column.name in wanted or _is_asked(made, column.name)
            )


def _is_asked(made, name):
    """Return whether a row rule of a grant looks at the column."""
    return any(c.rows is not None and name in c.rows.columns for c in made.columns)


def test_granted_values_are_shown_in_granted_rows_and_masks_elsewhere_never_widen():
    seen = {"rows": 0, "masked": 0, "plain": 0}
    for entry, viewer, dice in cases(6, Standing.DEPARTMENT):
        stored = columns_of(dice, entry)
        try:
            made = projection.projected(entry, "r", viewer, stored)
        except projection.NothingReadable:
            continue
        for column in made.columns:
            name = column.name.removeprefix("列")
            item = next(i for i in entry["information_items"] if i["name"] == name)
            used = [g for g in viewer.grants if opens(g, name, viewer.channel)]
            free = not viewer.grants_only and category_of(entry, item) in (OPEN, SHARED)
            free = free and not (
                category_of(entry, item) == SHARED and viewer.purpose_owed
            )
            if column.is_encrypted:
                assert column.mode == ("decrypted" if used else "masked")
                seen["masked" if not used else "plain"] += 1
            everywhere = not used or any(g.rows is None for g in used)
            if free and not column.is_encrypted:
                everywhere = True
            assert (column.rows is None) == everywhere
            seen["rows"] += column.rows is not None
    assert all(count > 100 for count in seen.values()), seen


def test_the_rows_of_a_grant_are_those_that_its_filter_names():
    column = Column("列甲", "甲", "text")
    rule = grants.predicate({"甲": "是"}, {"甲": column})
    assert rule.columns == {"列甲"}
    assert dict(rule.params).popitem()[1] == "是"
    for unknown in ({}, {"甲": Column("列甲", "甲", "text", blind="_blind")}):
        assert grants.predicate({"甲": "是"}, unknown).sql in ("false", "((false))")
    number = Column("列甲", "甲", "int4")
    assert "false" in grants.predicate({"甲": "不是数"}, {"甲": number}).sql
    both = grants.predicate({"甲": "是", "乙": "否"}, {"甲": column, "乙": column})
    assert " AND " in both.sql
    either = grants.predicate(
        [{"甲": "是"}, {"乙": "否"}], {"甲": column, "乙": column}
    )
    assert " OR " in either.sql
    assert grants.predicate(None, {}) is None


def test_a_grant_covers_its_items_by_its_channels():
    dice = random.Random(7)
    for _ in range(CASES):
        held = a_grant(dice)
        name, channel = dice.choice(NAMES), dice.choice(list(Channel))
        assert held.covers(name, channel) is opens(held, name, channel)


# Files


def test_a_file_that_is_no_table_is_read_as_the_plan_says():
    for entry, viewer, dice in cases(8):
        resource = {"sharing_category": dice.choice((*CATEGORIES, ""))}
        items = entry["information_items"]
        declared = [i["sharing_category"] or entry["sharing_category"] for i in items]
        strictest = max(declared, key=CATEGORIES.index)
        category = resource["sharing_category"] or strictest
        at, secret = viewer.standing, entry["secrecy"] != "非涉密"
        if at in (Standing.OWNER, Standing.COORDINATOR, Standing.PUBLISHED):
            wanted = True
        elif at is Standing.PUBLIC:
            wanted = not secret and category == OPEN and OPEN in declared
        elif at is Standing.NOBODY or secret or category == WITHHELD:
            wanted = False
        else:
            known = [
                i["name"]
                for i, of in zip(items, declared, strict=True)
                if of != WITHHELD
            ]
            granted = bool(known) and any(
                g.rows is None and all(opens(g, n, viewer.channel) for n in known)
                for g in viewer.grants
            )
            open_to_all = (OPEN,) if viewer.purpose_owed else (OPEN, SHARED)
            wanted = granted or (category in open_to_all and not viewer.grants_only)
        assert decision.may_read_file(entry, viewer, resource) is wanted


TABLE = {"id": "t", "file_name": "名册.csv", "sha256": "a" * 64, "size": 9, "hash": ""}
PAPER = {"id": "p", "file_name": "说明.pdf", "sha256": "b" * 64, "size": 9, "hash": ""}


def test_sum_and_size_go_with_the_right_to_read_the_file_as_it_is():
    for entry, viewer, dice in cases(9, number=500):
        at = viewer.standing
        kind = {"sharing_category": dice.choice((*CATEGORIES, ""))}
        entry["resources"] = [dict(TABLE), PAPER | kind]
        shown = {r["id"]: r for r in action.redact(entry, at)["resources"]}
        home = at in (Standing.OWNER, Standing.PUBLISHED)
        assert ("sha256" in shown["t"]) is home
        assert (shown["t"]["size"] is not None) is home
        if "p" in shown:
            told = decision.may_read_file(entry, Viewer(at), PAPER | kind)
            assert ("sha256" in shown["p"]) is (told or home)


def test_a_redacted_entry_names_what_may_be_known():
    for entry, viewer, _ in cases(10, number=500):
        entry["resources"] = [
            TABLE | {"header": [i["name"] for i in entry["information_items"]]}
        ]
        entry["creator_user_id"] = "u"
        shown = action.redact(entry, viewer.standing)
        known = [i["name"] for i in decision.visible_items(entry, viewer.standing)]
        assert [i["name"] for i in shown["information_items"]] == known
        assert shown["resources"][0]["header"] == known
        assert "creator_user_id" not in shown
