"""The edition as a value: order, texts, exact differences."""

import random

from ckanext.jiangmen.catalog.editions import document as shape


def test_entries_stand_by_class_and_then_by_number(entry):
    found = [entry(number) for number in (10, 9, 100, 1)]
    random.Random(5).shuffle(found)
    first = entry(5, resource_code="101407440700001/5")
    codes = [e["resource_code"] for e in shape.in_order([*found, first])]
    assert codes[0] == "101407440700001/5"
    assert [code.split("/")[1] for code in codes[1:]] == ["1", "9", "10", "100"]


def test_equal_catalogues_are_equal_whatever_their_order(entry):
    found = [entry(number) for number in range(20)]
    shuffled = random.Random(1).sample(found, len(found))
    one, other = (shape.Content(shape.in_order(e)) for e in (found, shuffled))
    assert one.sha256 == other.sha256
    assert shape.read_json(one.as_json()) == one


def test_an_entry_says_what_follows_from_its_items(entry):
    mixed = entry(
        1,
        sharing_category="有条件共享",
        information_items=[
            {"name": "甲", "sharing_category": "可社会公开"},
            {"name": "乙"},
        ],
    )
    assert mixed["sharing_category"] == "可社会公开"
    assert mixed["open_flag"] == "是"
    assert [i["sharing_category"] for i in mixed["information_items"]] == [
        "可社会公开",
        "有条件共享",
    ]


def test_departments_are_told_no_withheld_item_and_no_withheld_entry(entry):
    mixed = entry(
        1,
        information_items=[
            {"name": "甲"},
            {"name": "乙", "sharing_category": "不予共享"},
        ],
    )
    names = [i["name"] for i in shape.for_departments(mixed)["information_items"]]
    assert names == ["甲"]
    assert [i["name"] for i in mixed["information_items"]] == ["甲", "乙"]
    assert shape.for_departments(entry(2, sharing_category="不予共享")) is None


def test_the_difference_names_fields_and_items_and_nothing_else(entry):
    items = [
        {"name": "编号", "data_type": "字符型", "data_length": "20"},
        {"name": "地址", "data_type": "字符型", "data_length": "90"},
    ]
    before = shape.Content((entry(1), entry(2), entry(3)))
    after = shape.Content((entry(2), entry(3, notes="新摘要。"), entry(4)))
    changed = shape.Content((entry(1, information_items=items), entry(2), entry(3)))
    found = shape.difference(before, after)
    assert [c.code for c in found.added] == ["307407440700012/4"]
    assert [c.code for c in found.retired] == ["307407440700012/1"]
    assert [c.fields for c in found.changed] == [
        (("信息资源摘要", "登记机关采集的信息。", "新摘要。"),)
    ]
    [change] = shape.difference(before, changed).changed
    assert [field[0] for field in change.fields] == [
        "信息项“编号”的数据长度",
        "信息项“地址”",
        "信息项“名称”",
    ]
    assert shape.difference(before, before) == shape.Difference()


def test_another_order_of_items_is_a_change(entry):
    items = [{"name": "名称"}, {"name": "编号"}]
    turned = shape.Content((entry(1, information_items=items[::-1]),))
    [change] = shape.difference(
        shape.Content((entry(1, information_items=items),)), turned
    ).changed
    assert change.fields == (("信息项次序", "名称、编号", "编号、名称"),)


def test_the_first_edition_lists_no_differences(content):
    first = shape.Document(
        1,
        "2026-11-23",
        "",
        "full",
        content,
        shape.difference(shape.Content(()), content),
    )
    assert not list(first.changes())
    assert "首版" in first.changes_heading


def test_characters_that_no_format_can_hold_are_left_out():
    assert shape.clean(" 甲\x00\x0b乙\n丙\ud800\uffff ") == "甲乙\n丙"
