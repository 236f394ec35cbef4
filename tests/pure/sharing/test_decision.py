"""Who may read which item, said without a server."""

import pytest

from ckanext.jiangmen.sharing import decision
from ckanext.jiangmen.sharing.decision import Mode, Standing

CATEGORIES = ["可社会公开", "无条件共享", "有条件共享", "不予共享"]


def entry(*categories, own="无条件共享", **more):
    items = [
        {"name": f"信息项{category or '缺省'}", "sharing_category": category}
        for category in categories
    ]
    return {
        "secrecy": "非涉密",
        "sharing_category": own,
        "information_items": items,
        **more,
    }


def names(items):
    return [item["name"] for item in items]


@pytest.mark.parametrize(
    ("standing", "seen"),
    [
        (Standing.OWNER, CATEGORIES),
        (Standing.COORDINATOR, CATEGORIES),
        (Standing.DEPARTMENT, CATEGORIES[:3]),
        (Standing.PUBLIC, CATEGORIES[:1]),
        (Standing.NOBODY, []),
    ],
)
def test_a_withheld_item_is_not_even_named_to_others(standing, seen):
    found = decision.visible_items(entry(*CATEGORIES), standing)
    assert names(found) == [f"信息项{category}" for category in seen]


@pytest.mark.parametrize(
    ("standing", "read", "mode"),
    [
        (Standing.OWNER, 4, Mode.PLAIN),
        (Standing.COORDINATOR, 4, Mode.MASKED),
        (Standing.DEPARTMENT, 1, Mode.MASKED),
        (Standing.PUBLIC, 1, Mode.MASKED),
        (Standing.NOBODY, 0, None),
    ],
)
def test_identity_numbers_are_plain_for_the_owner_only(standing, read, mode):
    found = decision.readable_items(entry(*CATEGORIES), standing)
    assert len(found) == read
    assert {m for _, m in found} <= {mode}


def test_an_item_without_a_category_has_its_entrys():
    assert decision.is_withheld(entry("", own="不予共享"))
    assert not decision.is_withheld(entry("", own="有条件共享"))


def test_an_entry_without_any_category_is_taken_for_withheld():
    assert decision.is_withheld({"information_items": []})


@pytest.mark.parametrize(
    ("categories", "readable"),
    [
        (["可社会公开", "可社会公开"], True),
        (["可社会公开", "无条件共享"], False),
        (["不予共享", "可社会公开"], False),
    ],
)
def test_a_file_that_is_no_table_has_the_strictest_category(categories, readable):
    of = entry(*categories)
    assert decision.may_read_file(of, Standing.PUBLIC, {}) is readable
    assert decision.may_read_file(of, Standing.OWNER, {})
    assert not decision.may_read_file(of, Standing.NOBODY, {})


def test_a_classified_entry_opens_nothing():
    of = entry("可社会公开", own="可社会公开", secrecy="秘密")
    assert decision.readable_items(of, Standing.PUBLIC) == []


def test_a_file_may_have_a_category_of_its_own():
    of = entry("可社会公开", "无条件共享")
    own = {"sharing_category": "可社会公开"}
    assert decision.may_read_file(of, Standing.PUBLIC, own)
    strict = {"sharing_category": "有条件共享"}
    assert not decision.may_read_file(entry("可社会公开"), Standing.PUBLIC, strict)
