"""Comparing two states of an entry, and merging two edits of one state."""

import copy

import pytest

from ckanext.jiangmen.catalog import comparison
from ckanext.jiangmen.catalog.merging import merge


def item(name, **more):
    return {"name": name, "data_type": "字符型", "data_length": "20"} | more


def entry(**changes):
    items = [item(name, column=f"c{n}") for n, name in enumerate("甲乙丙丁")]
    return {
        "title": "江门市行政区划",
        "notes": "摘要。",
        "information_items": items,
    } | changes


def names(state):
    return "".join(each["name"] for each in state["information_items"])


def items_of(*rows):
    return entry(information_items=list(rows))


def changes(after, before=None):
    told = comparison.compare(before or entry(), after)["items"]
    return {each["name"]: each["changes"] for each in told}


def test_a_renamed_item_is_no_new_one():
    after = entry()
    after["information_items"][1]["name"] = "乙（新）"
    (told,) = comparison.compare(entry(), after)["items"]
    assert told["changes"] == ["renamed"]
    assert (told["former_name"], told["name"]) == ("乙", "乙（新）")


def test_a_moved_item_is_told_alone():
    after = entry()
    after["information_items"].append(after["information_items"].pop(0))
    assert changes(after) == {"甲": ["moved"]}


def test_an_item_can_be_renamed_moved_and_changed():
    after = entry()
    first = after["information_items"].pop(0)
    after["information_items"].append(first | {"name": "甲二", "data_length": "30"})
    assert changes(after) == {"甲二": ["renamed", "moved", "changed"]}


def test_added_and_removed_items():
    after = entry()
    after["information_items"][0] = {"name": "戊", "data_type": "日期型"}
    assert changes(after) == {"戊": ["added"], "甲": ["removed"]}


def test_equal_states_differ_in_nothing():
    assert comparison.compare(entry(), entry()) == {
        "fields": [],
        "items": [],
        "files": [],
    }


def test_what_only_one_side_touched_is_taken():
    theirs = entry(notes="他们的。")
    mine = entry(title="我的标题")
    merged, conflicts = merge(entry(), theirs, mine)
    assert (merged["notes"], merged["title"], conflicts) == ("他们的。", "我的标题", [])


def test_the_same_field_is_a_conflict_with_all_three_states():
    merged, (conflict,) = merge(entry(), entry(notes="甲"), entry(notes="乙"))
    assert (conflict.base, conflict.theirs, conflict.mine) == ("摘要。", "甲", "乙")
    assert conflict.key == "notes"
    assert merged["notes"] == "甲"
    merged, none = merge(
        entry(), entry(notes="甲"), entry(notes="乙"), {"notes": "mine"}
    )
    assert (merged["notes"], none) == ("乙", [])


def test_the_same_change_on_both_sides_is_no_conflict():
    merged, conflicts = merge(entry(), entry(notes="甲"), entry(notes="甲"))
    assert (merged["notes"], conflicts) == ("甲", [])


def _edit(place, **changed):
    state = copy.deepcopy(entry())
    state["information_items"][place] |= changed
    return state


def test_different_items_are_merged():
    merged, conflicts = merge(
        entry(), _edit(0, data_length="30"), _edit(3, data_length="40")
    )
    lengths = [each["data_length"] for each in merged["information_items"]]
    assert (lengths, conflicts) == (["30", "20", "20", "40"], [])


def test_the_same_item_is_a_conflict_named_by_the_item():
    theirs, mine = _edit(1, data_length="30"), _edit(1, data_length="40")
    _merged, (conflict,) = merge(entry(), theirs, mine)
    assert conflict.key == "information_items/乙"
    merged, _ = merge(entry(), theirs, mine, {conflict.key: "mine"})
    assert merged["information_items"][1]["data_length"] == "40"


def test_items_added_by_both_come_after_those_they_follow():
    theirs, mine = copy.deepcopy(entry()), copy.deepcopy(entry())
    theirs["information_items"].insert(1, item("他"))
    mine["information_items"].insert(3, item("我"))
    merged, conflicts = merge(entry(), theirs, mine)
    assert (names(merged), conflicts) == ("甲他乙丙我丁", [])


def test_one_name_added_by_both_in_two_ways_is_a_conflict():
    theirs, mine = copy.deepcopy(entry()), copy.deepcopy(entry())
    theirs["information_items"].append(item("新", data_length="1"))
    mine["information_items"].append(item("新", data_length="2"))
    merged, (conflict,) = merge(entry(), theirs, mine)
    assert (conflict.key, conflict.base) == ("information_items/新", None)
    assert names(merged) == "甲乙丙丁新"


def test_removed_here_and_changed_there_is_a_conflict():
    mine = copy.deepcopy(entry())
    del mine["information_items"][2]
    merged, (conflict,) = merge(entry(), _edit(2, data_length="9"), mine)
    assert (conflict.mine, conflict.theirs["data_length"]) == (None, "9")
    assert names(merged) == "甲乙丙丁"
    merged, _ = merge(entry(), _edit(2, data_length="9"), mine, {conflict.key: "mine"})
    assert names(merged) == "甲乙丁"


@pytest.mark.parametrize("by_me", [True, False])
def test_an_order_that_one_side_changed_is_kept(by_me):
    ordered = copy.deepcopy(entry())
    ordered["information_items"].reverse()
    other = copy.deepcopy(entry())
    other["information_items"].append(item("戊"))
    sides = (other, ordered) if by_me else (ordered, other)
    merged, conflicts = merge(entry(), *sides)
    assert (set(names(merged)), conflicts) == (set("甲乙丙丁戊"), [])
    assert names(merged).replace("戊", "") == "丁丙乙甲"


def test_an_edit_against_nothing_conflicts_in_every_field():
    _merged, conflicts = merge({}, entry(notes="甲"), entry(notes="乙"))
    assert "notes" in {each.key for each in conflicts}
