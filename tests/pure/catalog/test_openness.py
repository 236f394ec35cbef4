"""What follows from the categories: openness, derived fields, libraries."""

from __future__ import annotations

import pytest

from ckanext.jiangmen.catalog import lists, rules


def entry(category, *categories, **fields):
    return {
        "secrecy": "非涉密",
        "sharing_category": category,
        "information_items": [
            {"name": f"第{number}项", "sharing_category": one}
            for number, one in enumerate(categories)
        ],
    } | fields


OPEN, FREE, COND, SHUT = "可社会公开", "无条件共享", "有条件共享", "不予共享"


@pytest.mark.parametrize(
    ("subject", "badge", "share_type", "flag"),
    [
        (entry(OPEN), OPEN, FREE, "是"),
        (entry(FREE), FREE, FREE, "否"),
        (entry(COND), COND, COND, "否"),
        (entry(SHUT), SHUT, SHUT, "否"),
        (entry(SHUT, "", OPEN), OPEN, FREE, "是"),
        (entry(OPEN, COND, SHUT), COND, COND, "否"),
        (entry(COND, "", FREE), FREE, FREE, "否"),
        (entry(FREE, SHUT), SHUT, SHUT, "否"),
        ({}, SHUT, SHUT, "否"),
    ],
)
def test_an_entry_is_as_open_as_its_most_open_item(subject, badge, share_type, flag):
    derived = rules.derive(subject)
    assert rules.category_badge(subject) == badge
    assert derived["category_badge"] == badge
    assert derived["share_type"] == share_type
    assert derived["open_flag"] == flag


def test_what_is_sent_for_a_derived_field_is_replaced():
    derived = rules.derive(entry(COND, open_flag="是", share_type=FREE))
    assert (derived["open_flag"], derived["share_type"]) == ("否", COND)


def test_open_items_are_the_open_ones_as_they_stand():
    subject = entry(FREE, OPEN, "", SHUT)
    assert rules.open_items(subject) == [subject["information_items"][0]]
    assert rules.is_mixed(subject)
    assert not rules.is_mixed(entry(FREE, "", FREE))


@pytest.mark.parametrize("secrecy", ["秘密", "", None, "非涉密 "])
def test_nothing_is_open_of_what_is_not_plainly_unclassified(secrecy):
    subject = entry(OPEN, OPEN, secrecy=secrecy)
    assert rules.open_items(subject) == []
    assert not rules.is_open(subject)


def test_a_partial_review_opens_only_the_items_that_say_so():
    subject = entry(OPEN, "", "", OPEN, secrecy_review_result="部分公开")
    subject["information_items"][1]["open_flag"] = "是"
    assert [one["name"] for one in rules.open_items(subject)] == ["第1项", "第2项"]
    filled = rules.effective_items(subject)
    assert [one["sharing_category"] for one in filled] == [FREE, OPEN, OPEN]
    assert [one["open_flag"] for one in filled] == ["否", "是", "是"]


def test_an_item_marked_no_is_not_open_whatever_its_category():
    subject = entry(OPEN, OPEN, "")
    for one in subject["information_items"]:
        one["open_flag"] = "否"
    assert rules.open_items(subject) == []


def test_items_have_their_entrys_condition_unless_they_have_their_own():
    subject = entry(COND, "", COND, share_condition="用于核验")
    subject["information_items"][1]["share_condition"] = "只读"
    conditions = [one["share_condition"] for one in rules.effective_items(subject)]
    assert conditions == ["用于核验", "只读"]


def test_deriving_fills_defaults_keeps_the_argument_and_is_idempotent():
    subject = entry(
        OPEN,
        "",
        license_id="cc by 4.0",
        related_codes="307407/1；307407/2",
        remarks=None,
    )
    before = str(subject)
    organization = next(
        row for row in lists.organizations() if row["title"] == "市民政局"
    )
    derived = rules.derive(subject, organization)
    assert str(subject) == before
    assert derived["license_id"] == "CC-BY-4.0"
    assert derived["related_codes"] == ["307407/1", "307407/2"]
    assert derived["open_condition"] == "无"
    assert derived["provider_code"] == organization["credit_code"]
    assert derived["class_lei"] == "3"
    assert "remarks" not in derived
    first = derived["information_items"][0]
    assert (first["column"], first["is_key"], first["sensitivity"]) == (
        "第0项",
        "否",
        "无",
    )
    assert rules.derive(derived, organization) == derived


def test_a_class_that_was_given_is_not_filled_up():
    organization = {"class_defaults": {"class_lei": "3", "class_xiang": "07"}}
    derived = rules.derive(entry(FREE, class_lei="1"), organization)
    assert "class_xiang" not in derived


def test_a_column_too_long_for_a_name_stays_empty():
    subject = entry(FREE)
    subject["information_items"] = [{"name": "列" * 22}]
    assert "column" not in rules.derive(subject)["information_items"][0]


def test_an_entry_read_edited_and_sent_back_does_not_contradict_itself():
    base = rules.derive(entry(FREE))
    edited = base | {"sharing_category": OPEN}
    assert "open_flag" not in rules.without_derived(edited, base)
    assert "open_flag" not in rules.without_derived(rules.derive(edited))
    typed = rules.without_derived(entry(COND, open_flag="是"))
    assert typed["open_flag"] == "是"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("101001", ["ziranrenku"]),
        ("102001", ["farenku"]),
        ("103001", ["dilikongjianku"]),
        ("103002", ["ziranziyuanku"]),
        ("104001", ["shehuixinyongku"]),
        ("208001", ["shehuixinyongku"]),
        ("251001", ["sheshuixinxiku"]),
        ("252001", ["wangshangbanshiku"]),
        ("253001", ["tongjifenxiku"]),
        ("258001", ["quanyuanzuecanbaoku"]),
        ("203001", ["shehuibaozhangku"]),
        ("254001", ["shichangjianguanku"]),
        ("255001", ["chengshiguanliku"]),
        ("256001", ["chanyejingjiku"]),
        ("257001", ["caizhengjinrongku"]),
        ("307407", []),
        ("105001", []),
    ],
)
def test_libraries_follow_from_the_class(code, names):
    subject = {
        "class_lei": code[0],
        "class_xiang": code[1:3],
        "class_mu": code[3:],
    }
    assert rules.libraries_of(subject) == names
    assert rules.libraries_of({}) == []
