"""What departments are expected to file, held against what they have filed."""

from __future__ import annotations

import base64
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

ROWS = [
    {"title": "行政区划信息", "aliases": ["江门市行政区划"], "clause": "五(二)3"},
    {"title": "社会组织登记信息", "clause": "五(二)2"},
    {"title": "婚姻登记信息", "content_kind": "业务事项数据", "clause": "五(二)1"},
]


@pytest.fixture
def workbook(people):
    """Return a function that makes the upload of a list of 市民政局."""
    from ckanext.jiangmen.catalog.reference import book

    def make(*rows, provider="市民政局"):
        listed = [{**row, "organization_title": provider} for row in rows]
        content = book.write(listed)
        return FileStorage(stream=BytesIO(content), filename="参考内容.xlsx")

    return make


@pytest.fixture
def listed(act, workbook):
    """Store three references of 市民政局 and give the answer."""
    return act("jiangmen_reference_import", user="coordinator", upload=workbook(*ROWS))


@pytest.fixture
def missing(act):
    """Return a function that gives the titles that are expected but not filed."""

    def titles(user="coordinator", **more):
        found = act("jiangmen_reference_list", user=user, state="missing", **more)
        return [row["title"] for row in found["references"]]

    return titles


def find(act, title, user="coordinator"):
    rows = act("jiangmen_reference_list", user=user)["references"]
    return next(row for row in rows if row["title"] == title)


def test_the_list_shrinks_by_exactly_one_when_a_matching_entry_is_filed(
    act, listed, missing, approved, draft, through_review
):
    every = sorted(row["title"] for row in ROWS)
    assert sorted(missing()) == every
    approved()
    assert sorted(missing()) == sorted({*every} - {"行政区划信息"})
    approved(title="地质灾害点分布")
    assert len(missing()) == 2
    # A draft is under way and not filed yet.
    proposed = draft(title="江门市社会组织登记数据")
    assert len(missing()) == 2
    assert find(act, "社会组织登记信息")["state"] == "under_way"
    through_review(proposed["revision_id"])
    assert missing() == ["婚姻登记信息"]


def test_coverage_is_filed_divided_by_expected(act, listed, approved, people):
    approved()
    shown = act("jiangmen_reference_coverage", user="coordinator")
    assert shown["departments"] == [
        {
            "id": people.civil,
            "title": "市民政局",
            "reference": 3,
            "filed": 1,
            "under_way": 0,
            "missing": 2,
            "coverage": 0.3333,
        }
    ]
    assert shown["total"]["coverage"] == 0.3333


def test_a_match_says_why_and_how_sure(act, listed, approved):
    approved()
    approved(title="江门市社会组织登记情况")
    by_alias = find(act, "行政区划信息")
    assert (by_alias["score"], by_alias["why"]) == (1.0, "与别名“江门市行政区划”相同")
    alike = find(act, "社会组织登记信息")
    assert 0.6 <= alike["score"] < 1
    assert "相似度" in alike["why"]


def test_a_wrong_match_is_rejected_and_the_right_entry_assigned(
    act, listed, approved, missing
):
    def decide(title, entry, decision, user="c_reviewer"):
        return act(
            "jiangmen_reference_match",
            user=user,
            id=find(act, title)["id"],
            entry=entry,
            decision=decision,
        )

    wrong = approved(title="江门市社会组织登记情况")
    right = approved(title="民办非企业单位名册")
    decide("社会组织登记信息", wrong["id"], "reject")
    assert "社会组织登记信息" in missing()
    shown = decide("社会组织登记信息", "民办非企业单位名册", "confirm")
    assert (shown["entry_id"], shown["by_hand"]) == (right["id"], True)
    assert "人工确认" in shown["why"]
    assert "社会组织登记信息" not in missing()
    decide("社会组织登记信息", right["id"], "clear")
    decide("社会组织登记信息", wrong["id"], "clear")
    assert find(act, "社会组织登记信息")["entry_id"] == wrong["id"]


def test_who_may_correct_a_match_and_what_is_absent(act, listed, approved):
    entry = approved()["id"]
    wanted = find(act, "婚姻登记信息")["id"]
    said = {"entry": entry, "decision": "confirm"}
    for absent in (wanted, "没有这条"):
        with pytest.raises(tk.ObjectNotFound):
            act("jiangmen_reference_match", user="b_cataloguer", id=absent, **said)
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_reference_match", user="c_leader", id=wanted, **said)
    for wrong in ({"entry": "没有"}, {"decision": "maybe"}):
        with pytest.raises(tk.ValidationError):
            act(
                "jiangmen_reference_match",
                user="coordinator",
                id=wanted,
                **said | wrong,
            )


def test_a_department_sees_its_own_references_only(act, listed, missing, people):
    assert len(missing("c_leader")) == 3
    assert missing("b_cataloguer") == []
    with pytest.raises(tk.ObjectNotFound):
        missing("b_cataloguer", organization=people.civil)


def test_the_same_list_twice_changes_nothing_and_a_change_is_told(
    act, listed, workbook
):
    again = act(
        "jiangmen_reference_preview", user="coordinator", upload=workbook(*ROWS)
    )
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 3)
    fewer = workbook(ROWS[0] | {"clause": "四(一)1"}, ROWS[1])
    seen = act("jiangmen_reference_preview", user="coordinator", upload=fewer)
    assert (seen["changed"], seen["unchanged"]) == (1, 1)
    assert [row["title"] for row in seen["missing"]] == ["婚姻登记信息"]
    fewer.stream.seek(0)
    done = act(
        "jiangmen_reference_import",
        user="coordinator",
        upload=fewer,
        drop_missing=True,
    )
    assert done["dropped"] == 1
    assert act("jiangmen_reference_list", user="coordinator")["count"] == 2


def test_the_filled_template_is_the_list_itself(act, listed):
    answer = act("jiangmen_reference_template", user="coordinator", filled=True)
    content = base64.b64decode(answer["content_base64"])
    upload = FileStorage(stream=BytesIO(content), filename="参考内容.xlsx")
    seen = act("jiangmen_reference_preview", user="coordinator", upload=upload)
    assert (seen["unchanged"], seen["errors"], seen["missing"]) == (3, [], [])


def test_wrong_cells_are_told_at_once_and_nothing_is_stored(act, workbook):
    upload = workbook(
        {"title": "", "clause": "五(二)1"},
        {"title": "甲", "content_kind": "其他"},
        {"title": "乙"},
        {"title": " 乙"},
    )
    done = act("jiangmen_reference_import", user="coordinator", upload=upload)
    told = [(error["cell"], error["rule"]) for error in done["errors"]]
    assert told == [("C2", "required"), ("D3", "choice"), ("C5", "twice")]
    assert act("jiangmen_reference_list", user="coordinator")["count"] == 0
    other = workbook({"title": "甲"}, provider="市外办局")
    done = act("jiangmen_reference_import", user="coordinator", upload=other)
    assert done["errors"][0]["rule"] == "provider"


def test_only_the_coordinating_office_keeps_the_list(act, workbook):
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_reference_import", user="c_reviewer", upload=workbook(*ROWS))


def test_the_list_goes_out_as_a_workbook_what_is_missing_first(act, listed, approved):
    from python_calamine import CalamineWorkbook

    approved()
    answer = act("jiangmen_reference_export", user="coordinator")
    content = base64.b64decode(answer["content_base64"])
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    rows = book.get_sheet_by_name("应报未报").to_python()
    assert [row[4] for row in rows[1:]] == ["应报未报", "应报未报", "已编目"]
