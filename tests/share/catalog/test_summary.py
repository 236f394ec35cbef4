"""The summary table is counted, and a typed one is held against it."""

from __future__ import annotations

import base64
from collections import Counter
from io import BytesIO

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from xlsxwriter import Workbook

import ckan.plugins.toolkit as tk

FIELDS = ("sharing_category", "content_kind", "format_class", "update_cycle")


@pytest.fixture
def catalogue(approved, draft):
    """Some entries in force of 市民政局, and a draft that does not count."""
    approved()
    approved(title="江门市地名", update_cycle="每季度", format_class="数据库")
    approved(title="江门市区划变更", update_cycle="每季度", format_class="数据库")
    draft(title="社会组织名录")


@pytest.fixture
def typed(act):
    """Return a function that gives the exported table with some cells retyped."""
    from python_calamine import CalamineWorkbook

    def make(change, user="coordinator"):
        answer = act("jiangmen_summary_export", user=user)
        content = base64.b64decode(answer["content_base64"])
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        rows = book.get_sheet_by_name("汇总表").to_python()
        rows = change(rows) or rows
        stream = BytesIO()
        with Workbook(stream, {"in_memory": True}) as written:
            sheet = written.add_worksheet("汇总表")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        return FileStorage(stream=BytesIO(stream.getvalue()), filename="汇总表.xlsx")

    return make


def test_the_table_equals_what_sql_counts_in_the_packages(act, catalogue):
    from ckan import model

    shown = act("jiangmen_summary_show", user="coordinator")
    counted = Counter()
    for row in model.Session.execute(
        sa.text("SELECT owner_org, extras FROM package WHERE state = 'active'")
    ):
        counted[row.owner_org, *(row.extras.get(field, "") for field in FIELDS)] += 1
    assert counted == {
        (row["owner_org"], *(row[field] for field in FIELDS)): row["entries"]
        for row in shown["rows"]
    }
    assert shown["total"]["entries"] == 3
    assert shown["total"]["items"] == 6
    assert shown["total"]["by"]["update_cycle"] == {"每季度": 2, "每年": 1}
    by_title = {each["title"]: each for each in shown["departments"]}
    assert by_title["市民政局"]["entries"] == 3
    assert by_title["市地税局"]["entries"] == 0


def test_a_department_sees_its_own_row_only(act, catalogue, people):
    shown = act("jiangmen_summary_show", user="b_cataloguer")
    assert [each["title"] for each in shown["departments"]] == ["市地税局"]
    assert shown["rows"] == []
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_summary_show", user="b_cataloguer", organization=people.civil)
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_summary_show", user="secrecy")


def test_the_exported_table_has_no_difference(act, catalogue, typed):
    found = act(
        "jiangmen_summary_compare", user="coordinator", upload=typed(lambda rows: None)
    )
    assert found == {"differences": []}


def test_a_typed_table_is_compared_cell_by_cell(act, catalogue, typed):
    def change(rows):
        civil = next(row for row in rows if row[0] == "市民政局")
        civil[rows[0].index("每季度")] = 5
        civil[rows[0].index("每年")] = "一"
        return [row for row in rows if row[0] != "市地税局"] + [["市外办局", 3]]

    found = act("jiangmen_summary_compare", user="coordinator", upload=typed(change))[
        "differences"
    ]
    told = [
        (each["organization"], each["column"], each["typed"], each["counted"])
        for each in found
    ]
    assert told == [
        ("市民政局", "每季度", "5", 2),
        ("市民政局", "每年", "一", 1),
        ("市外办局", "信息资源提供方", "市外办局", None),
    ]
    assert "自然数" in found[1]["message"]


def test_a_department_that_was_left_out_is_told(act, catalogue, typed):
    upload = typed(lambda rows: [row for row in rows if row[0] != "市民政局"])
    (told,) = act("jiangmen_summary_compare", user="coordinator", upload=upload)[
        "differences"
    ]
    assert (told["organization"], told["counted"]) == ("市民政局", 3)


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04broken"])
def test_a_file_that_is_no_table_is_one_sentence(act, people, content):
    upload = FileStorage(stream=BytesIO(content), filename="汇总表.xlsx")
    with pytest.raises(tk.ValidationError) as refused:
        act("jiangmen_summary_compare", user="coordinator", upload=upload)
    assert len(refused.value.error_dict["upload"]) == 1
