"""When a ground withholds, and which ground a department's words are about."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from ckanext.jiangmen.catalog import legal_basis, openness, rules
from ckanext.jiangmen.catalog.legal_basis import Basis

TODAY = dt.date(2017, 6, 1)
LAW = Basis(
    id="1",
    number="YJ000001",
    owner_org="tongjiju",
    door="a",
    title="中华人民共和国统计法",
    document_number="主席令第十五号",
    article="第二十五条",
    authority="全国人民代表大会常务委员会",
    issued=dt.date(2009, 6, 27),
    sha256="0" * 64,
    valid_until=None,
    next_check=dt.date(2018, 6, 1),
    state="in_force",
)
CITY = dataclasses.replace(
    LAW,
    id="2",
    number="YJ000002",
    door="b",
    title="关于困境儿童信息不予共享的批复",
    document_number="江府办复〔2017〕1号",
    article="不予共享",
)


def changed(basis, **fields):
    return dataclasses.replace(basis, **fields)


class Register:
    """A register of a few grounds."""

    def __init__(self, *bases):
        self.bases = bases

    def find(self, reference):
        return next((b for b in self.bases if reference in {b.id, b.number}), None)

    def of(self, organization_id):
        return [b for b in self.bases if b.owner_org == organization_id]


@pytest.fixture
def lent():
    """Lend a register to the rules for one test."""

    def lend(*bases):
        legal_basis.use(Register(*bases))

    yield lend
    legal_basis.use(None)


@pytest.mark.parametrize(
    ("fields", "law", "city"),
    [
        ({"state": "draft"}, False, False),
        ({"state": "submitted"}, True, False),
        ({"state": "in_force"}, True, True),
        ({"state": "refused"}, False, False),
        ({"state": "ended"}, False, False),
        ({"valid_until": dt.date(2017, 6, 1)}, True, True),
        ({"valid_until": dt.date(2017, 5, 31)}, False, False),
        ({"next_check": dt.date(2017, 6, 1)}, True, True),
        ({"next_check": dt.date(2017, 5, 31)}, False, False),
    ],
)
def test_a_ground_withholds_while_decided_valid_and_checked(fields, law, city):
    assert legal_basis.withholds(changed(LAW, **fields), TODAY) is law
    assert legal_basis.withholds(changed(CITY, **fields), TODAY) is city


@pytest.mark.parametrize(
    ("said", "door", "found"),
    [
        ("《中华人民共和国统计法》第二十五条，不得对外提供", "a", "YJ000001"),
        ("《中华人民共和国统计法》 第二十五条", "", "YJ000001"),
        ("主席令第十五号第二十五条", "", "YJ000001"),
        ("见 YJ000001", "", "YJ000001"),
        ("《中华人民共和国统计法》第二十五条", "b", None),
        ("《中华人民共和国统计法》第九条", "a", None),
        ("《中华人民共和国统计法》", "a", None),
        ("第二十五条", "a", None),
        ("经市政府审定（文号：江府办复[2017]1号）", "b", "YJ000002"),
        ("江府办复〔2017〕11号", "b", None),
        ("", "", None),
    ],
)
def test_words_are_about_the_ground_whose_document_they_name(said, door, found):
    basis = legal_basis.matching([CITY, LAW], said, door)
    assert (basis.number if basis else None) == found


def test_of_two_equal_grounds_the_one_that_may_be_used_is_meant():
    law = changed(LAW, next_check=dt.date(9999, 1, 1))
    old = changed(law, id="3", number="YJ000003", state="ended")
    for order in ([old, law], [law, old]):
        found = legal_basis.matching(order, "统计法 主席令第十五号第二十五条", "a")
        assert found is law


def entry(*items, **fields):
    return {
        "secrecy": "非涉密",
        "sharing_category": "不予共享",
        "information_items": list(items),
    } | fields


@pytest.mark.parametrize(
    ("basis", "badge"),
    [
        (changed(CITY, next_check=None), "不予共享"),
        (changed(CITY, state="submitted"), "有条件共享"),
        (changed(LAW, valid_until=dt.date(2001, 1, 1)), "有条件共享"),
    ],
)
def test_what_a_ground_does_not_hold_is_shared_on_condition(lent, basis, badge):
    lent(changed(basis, next_check=dt.date(9999, 1, 1)))
    subject = entry({"name": "甲"}, legal_basis_id=basis.number)
    assert openness.category_badge(subject) == badge
    assert openness.declared_badge(subject) == "不予共享"
    assert rules.derive(subject)["category_badge"] == "不予共享"


def test_what_names_no_ground_or_an_unknown_one_stays_closed(lent):
    assert openness.category_badge(entry({"name": "甲"})) == "不予共享"
    lent(LAW)
    assert openness.category_badge(entry({"name": "甲"})) == "不予共享"
    unknown = entry({"name": "甲"}, legal_basis_id="YJ999999")
    assert openness.category_badge(unknown) == "不予共享"


def test_an_items_own_ground_goes_before_its_entrys(lent):
    lent(
        changed(LAW, next_check=dt.date(9999, 1, 1)),
        changed(CITY, state="submitted", next_check=dt.date(9999, 1, 1)),
    )
    own = {"name": "甲", "legal_basis_id": "YJ000002"}
    subject = entry(own, {"name": "乙"}, legal_basis_id="YJ000001")
    items = openness.items_of(subject)
    assert openness.item_category(subject, items[0]) == "有条件共享"
    assert openness.item_category(subject, items[1]) == "不予共享"


@pytest.mark.parametrize("lacking", [n for n in legal_basis.REQUIRED if n != "door"])
def test_each_missing_thing_is_one_sentence(lent, lacking):
    lent(changed(LAW, **{lacking: None}))
    subject = entry({"name": "甲"}, legal_basis_id="YJ000001")
    told = [
        problem.message
        for problem in rules.check_entry(subject, {"id": "tongjiju"})
        if problem.rule == "legal_basis"
    ]
    label = legal_basis.REQUIRED[lacking]
    assert told == [f"依据YJ000001缺少{label}，请补充。"]


def test_another_departments_ground_is_none(lent):
    lent(changed(LAW, next_check=dt.date(9999, 1, 1)))
    subject = entry({"name": "甲"}, legal_basis_id="YJ000001")
    told = [p.message for p in rules.check_entry(subject, {"id": "minzhengju"})]
    assert any("没有编号为“YJ000001”的本单位依据" in message for message in told)
