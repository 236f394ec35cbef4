"""A selection goes out as a workbook, is edited offline, and comes back."""

from __future__ import annotations

import base64
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

CELLS = ("sheet", "cell", "item", "label", "before", "after")


@pytest.fixture
def export(act):
    """Return a function that exports a selection as an upload."""

    def make(user="c_cataloguer", **selection):
        answer = act("jiangmen_survey_export", user=user, **selection)
        content = base64.b64decode(answer["content_base64"])
        return FileStorage(stream=BytesIO(content), filename=answer["file_name"])

    return make


@pytest.fixture
def edited():
    """Return a function that edits an exported workbook as a department would."""
    from ckanext.jiangmen.catalog.survey import read_workbook, write_entries

    def make(upload, change):
        content = upload.stream.read()
        workbook = read_workbook(content)
        listed = [
            {**each.entry, "organization_title": each.entry["owner_org"]}
            for each in workbook.entries
        ]
        kept = [each for each in listed if change(each) is not False]
        written = write_entries(kept, workbook.exported)
        return FileStorage(stream=BytesIO(written), filename="调查表.xlsx")

    return make


def titles(upload):
    from ckanext.jiangmen.catalog.survey import read_workbook

    found = [each.entry["title"] for each in read_workbook(upload.stream).entries]
    return sorted(found)


def test_an_export_that_is_uploaded_again_changes_nothing(act, draft, approved, export):
    draft(
        title="江门市地名", remarks="ＡＢＣ\u200b；Ⅱ", subject_terms=["一、二", "Ⅲ类"]
    )
    approved()
    seen = act("jiangmen_survey_preview", user="c_cataloguer", upload=export())
    assert (seen["created"], seen["changed"], seen["unchanged"]) == (0, 0, 2)
    assert (seen["errors"], seen["missing"]) == ([], [])


def test_the_selection_is_by_id_search_import_or_the_lists_of_the_desk(
    act, draft, approved, export, people
):
    there, other = approved(), draft(title="江门市地名")
    assert titles(export(id=there["id"])) == ["江门市行政区划"]
    assert titles(export(id=[there["name"], other["revision_id"]])) == [
        "江门市地名",
        "江门市行政区划",
    ]
    assert titles(export(state="draft", mine=True)) == ["江门市地名"]
    assert titles(export(q="行政区划")) == ["江门市行政区划"]
    assert len(titles(export(organization=people.civil))) == 2
    done = act("jiangmen_survey_import", user="c_cataloguer", upload=export())
    with pytest.raises(tk.ValidationError):
        export(import_id=done["import_id"])


def test_a_department_exports_its_own_entries_only_and_the_office_all(
    act, approved, export, people
):
    there = approved()
    for asked in ({"id": there["id"]}, {"id": "没有这个条目"}):
        with pytest.raises(tk.ObjectNotFound):
            export(user="b_cataloguer", **asked)
    for asked in ({}, {"organization": people.civil}, {"q": "行政区划"}):
        with pytest.raises(tk.ValidationError):
            export(user="b_cataloguer", **asked)
    assert titles(export(user="c_reviewer")) == ["江门市行政区划"]
    assert titles(export(user="coordinator")) == ["江门市行政区划"]
    for stranger in ("secrecy", "city_approver"):
        with pytest.raises(tk.NotAuthorized):
            export(user=stranger, id=there["id"])


def test_what_was_edited_offline_is_told_cell_by_cell(act, approved, export, edited):
    approved()

    def change(entry):
        entry["notes"] = "改过的摘要。"
        first, _second = entry["information_items"]
        entry["information_items"] = [
            first | {"data_length": "18"},
            {"name": "简称", "data_type": "字符型", "data_length": "20"},
        ]

    seen = act(
        "jiangmen_survey_preview",
        user="c_cataloguer",
        upload=edited(export(), change),
    )
    (row,) = seen["rows"]
    assert seen["changed"] == 1, seen["errors"]
    told = [tuple(line[key] for key in CELLS) for line in row["cells"]]
    notes = "全市区划代码与名称。"
    assert told == [
        ("信息资源", "M2", "", "信息资源摘要", notes, "改过的摘要。"),
        ("信息项", "E2", "区划代码", "数据长度", "12", "18"),
        ("信息项", "B3", "简称", "信息项名称", "", "简称"),
        ("信息项", "", "名称", "信息项名称", "名称", ""),
    ]


def test_an_exported_entry_without_a_row_is_told_and_stays(act, draft, export, edited):
    draft()
    gone = draft(title="江门市地名")
    upload = edited(export(), lambda entry: entry["title"] != "江门市地名")
    done = act("jiangmen_survey_import", user="c_cataloguer", upload=upload)
    assert done["missing"] == [{"package_id": gone["id"], "title": "江门市地名"}]
    open_ones = act("jiangmen_revision_list", user="c_cataloguer", state="open")
    assert len(open_ones) == 2


def test_what_was_saved_since_the_export_is_told(act, draft, export, edited):
    saved = draft()

    def change(entry):
        entry["notes"] = "离线改过的摘要。"

    upload = edited(export(), change)
    act("package_patch", user="c_cataloguer", id=saved["id"], remarks="在线改过。")
    seen = act("jiangmen_survey_preview", user="c_cataloguer", upload=upload)
    assert [notice["rule"] for notice in seen["notices"]] == ["saved_since"]


def test_another_departments_workbook_is_refused_in_one_sentence(act, draft, export):
    for title in ("江门市地名", "江门市行政区划", "社会组织名录"):
        draft(title=title)
    seen = act("jiangmen_survey_preview", user="b_cataloguer", upload=export())
    assert (seen["refused"], seen["changed"], seen["created"]) == (3, 0, 0)
    (told,) = seen["errors"]
    assert "市民政局" in told["message"]
    assert seen["missing"] == []


def test_an_exported_draft_that_breaks_a_rule_is_no_obstacle_to_the_others(
    act, draft, export, edited
):
    from ckan import model

    from ckanext.jiangmen.catalog.model import Revision

    draft()
    broken = draft(title="江门市地名")
    row = model.Session.get(Revision, broken["revision_id"])
    row.data = row.data | {"notes": ""}
    model.Session.commit()

    def change(entry):
        if entry["title"] == "江门市行政区划":
            entry["remarks"] = "改过。"

    upload = edited(export(), change)
    done = act("jiangmen_survey_import", user="c_cataloguer", upload=upload)
    assert (done["changed"], done["unchanged"], done["errors"]) == (1, 1, [])
    assert [notice["rule"] for notice in done["notices"]] == ["required"]
