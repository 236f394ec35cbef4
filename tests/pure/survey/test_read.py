"""Reading: what departments type, cell by cell."""

from __future__ import annotations

import datetime as dt
import struct
import subprocess
import sys
from dataclasses import dataclass

import pytest

from ckanext.jiangmen.catalog.survey import locate, read_workbook, write_entries


def set_cell(sheet, header, value, row=1):
    """A change that puts a value under a header."""

    def change(sheets):
        rows = sheets[sheet]
        rows[row][rows[0].index(header)] = value

    return change


def test_the_package_does_not_import_ckan():
    code = (
        "import sys; import ckanext.jiangmen.catalog.survey, "
        "ckanext.jiangmen.catalog.survey.child; sys.exit('ckan' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_entry_is_read_with_its_items_and_its_cells(make):
    workbook = read_workbook(make.book(), "调查表.xlsx")
    assert workbook.problems == []
    (entry,) = workbook.entries
    assert entry.entry == make.entry()
    assert (entry.row, entry.cells["title"], entry.cells["remarks"]) == (2, "D2", "AM2")
    assert [cells["name"] for cells in entry.item_cells] == ["B2", "B3"]
    assert "publish_date" not in workbook.entry_fields
    assert "resource_code" in workbook.entry_fields


def test_xls_is_read_like_xlsx(make):
    workbook = read_workbook(make.xls(make.rows([make.entry()])))
    assert workbook.problems == []
    assert workbook.entries[0].entry == make.entry()


def test_columns_may_stand_in_any_order_with_stars_spaces_and_a_title_above(make):
    def change(sheets):
        for name, rows in sheets.items():
            rows[:] = [list(reversed(row)) for row in rows]
            rows[0] = [f" {header[:2]}　{header[2:]}＊" for header in rows[0]]
            rows.insert(0, [f"江门市政务{name}调查表"])

    workbook = read_workbook(make.book(change=change))
    assert workbook.problems == []
    assert workbook.entries[0].entry == make.entry()
    assert workbook.entries[0].row == 3


@pytest.mark.parametrize(
    ("header", "typed", "field", "value"),
    [
        ("信息资源提供方代码", "１１４４ＤＥＭ　", "provider_code", "1144DEM"),
        ("信息资源提供方代码", 440700.0, "provider_code", "440700"),
        ("项", 7, "class_xiang", "07"),
        ("目", 12, "class_mu", "012"),
        ("联系电话", "０７５０－１２３４５", "contact_phone", "0750-12345"),
        ("信息资源名称", " 名称（全角）　", "title", "名称（全角）"),
        ("信息资源摘要", "第一行\r\n第二行\u200b ", "notes", "第一行\n第二行"),
        ("信息资源摘要", "=1+1", "notes", "=1+1"),
        ("更新周期", "每 月 ", "update_cycle", "每月"),
        ("共享方式类别", "无条件 共享\u00a0", "sharing_category", "无条件共享"),
        ("是否向社会开放", True, "open_flag", "是"),
        ("信息资源格式类型", "ｘｌｓｘ;CSV、JSON；CSV", "format_types",
         ["xlsx", "CSV", "JSON"]),
        ("关联资源代码", "307001/1；307001/2", "related_codes",
         ["307001/1", "307001/2"]),
        ("开放许可", "cc by 4.0", "license_id", "CC-BY-4.0"),
        ("开放许可", "CC0 1.0", "license_id", "CC0-1.0"),
        ("开放许可", "自拟许可", "license_id", "自拟许可"),
        ("备注", dt.date(2017, 4, 21), "remarks", "2017-04-21"),
        ("备注", 3.14, "remarks", "3.14"),
        ("数据量", 1438, "data_volume", "1438"),
    ],
)  # fmt: skip
def test_what_is_typed_becomes_the_value_it_means(make, header, typed, field, value):
    def change(sheets):
        set_cell("信息资源", header, typed)(sheets)
        if header == "信息资源名称":
            for row in sheets["信息项"][1:]:
                row[0] = "名称(全角)"

    sheets = make.rows([make.entry()])
    change(sheets)

    def finish(book, worksheets):
        if typed == "=1+1":
            place = sheets["信息资源"][0].index(header)
            worksheets["信息资源"].write_string(1, place, typed)

    workbook = read_workbook(make.xlsx(sheets, finish))
    assert [p.message for p in workbook.problems] == []
    assert workbook.entries[0].entry[field] == value
    assert len(workbook.entries[0].entry["information_items"]) == 2


def test_an_empty_cell_leaves_the_field_out(make):
    workbook = read_workbook(make.book(make.entry(cycle_reason=" 　")))
    assert "cycle_reason" not in workbook.entries[0].entry


def test_every_wrong_cell_is_told_at_once(make):
    def change(sheets):
        set_cell("信息资源", "信息资源提供方代码", 123456789012345678)(sheets)
        set_cell("信息项", "信息资源名称", "没有这个资源", row=2)(sheets)

    def finish(book, worksheets):
        worksheets["信息资源"].write_formula(1, 12, "=NA()", None, "#N/A")
        worksheets["信息资源"].write_formula(1, 38, "=A99", None, "")

    workbook = read_workbook(make.book(change=change, finish=finish))
    assert [(p.sheet, p.cell, p.field, p.rule) for p in workbook.problems] == [
        ("信息资源", "L2", "信息资源提供方代码", "number_precision"),
        ("信息资源", "M2", "信息资源摘要", "formula_error"),
        ("信息资源", "AM2", "备注", "formula_uncalculated"),
        ("信息项", "A3", "信息资源名称", "item_without_entry"),
    ]
    assert workbook.good() == []
    assert [notice.rule for notice in workbook.notices] == ["formulas"]


def test_the_result_of_a_formula_is_taken_and_told(make):
    def finish(book, worksheets):
        worksheets["信息资源"].write_formula(1, 38, "=1+1", None, 2)

    workbook = read_workbook(make.book(finish=finish))
    assert workbook.problems == []
    assert workbook.entries[0].entry["remarks"] == "2"
    assert "AM2" in workbook.notices[0].message


def test_merged_cells_are_one_sentence_each_and_refuse_the_emptied_rows(make):
    entries = [make.entry(title=f"资源{number}") for number in range(4)]

    def finish(book, worksheets):
        worksheets["信息资源"].merge_range("J3:J4", "市民政局")
        worksheets["信息项"].merge_range("A2:A3", "资源0")

    workbook = read_workbook(make.book(*entries, finish=finish))
    assert [(p.sheet, p.cell, p.rule) for p in workbook.problems] == [
        ("信息资源", "J4", "merged_cells"),
        ("信息项", "A3", "merged_cells"),
    ]
    assert "J3:J4" in workbook.problems[0].message
    assert [e.entry["title"] for e in workbook.good()] == ["资源1", "资源3"]


def test_merges_in_xls_are_seen_too(make):
    merge = make.record(0xE5, struct.pack("<5H", 1, 1, 2, 9, 9))
    rows = make.rows([make.entry(title="甲"), make.entry(title="乙")])
    workbook = read_workbook(make.xls(rows, extra=merge))
    assert ("信息资源", "J3", "merged_cells") in [
        (p.sheet, p.cell, p.rule) for p in workbook.problems
    ]


def test_two_entries_of_one_name_are_told_with_the_first_row(make):
    workbook = read_workbook(
        make.book(make.entry(), make.entry(title="江门市　行政区划"))
    )
    assert [(p.cell, p.rule) for p in workbook.problems] == [("D3", "duplicate_name")]
    assert "第 2 行" in workbook.problems[0].message
    assert workbook.good() == []


def test_two_entries_of_one_code_are_told(make):
    code = "307407440700012/1"
    workbook = read_workbook(
        make.book(
            make.entry(resource_code=code), make.entry(title="乙", resource_code=code)
        )
    )
    assert [(p.cell, p.rule) for p in workbook.problems] == [("E3", "duplicate_code")]


@pytest.mark.parametrize("sheet", ["信息资源", "信息项"])
def test_a_missing_required_column_is_one_error_and_no_entry_is_read(make, sheet):
    header = "数据类型" if sheet == "信息项" else "共享方式类别"

    def change(sheets):
        place = sheets[sheet][0].index(header)
        for row in sheets[sheet]:
            del row[place]

    workbook = read_workbook(make.book(change=change))
    assert [(p.sheet, p.field, p.rule) for p in workbook.problems] == [
        (sheet, header, "missing_column")
    ]
    assert workbook.entries == []
    assert workbook.rows == 1


def test_a_column_that_stands_there_twice_is_an_error(make):
    def change(sheets):
        for row in sheets["信息资源"]:
            row.append(row[3])

    workbook = read_workbook(make.book(change=change))
    assert [(p.cell, p.rule) for p in workbook.problems] == [
        ("D1", "duplicate_column"),
        ("AN1", "duplicate_column"),
    ]


def test_an_unknown_column_is_noticed_but_not_fatal(make):
    def change(sheets):
        sheets["信息资源"][0].append("我局备忘")
        sheets["信息资源"][1].append("内部")

    workbook = read_workbook(make.book(change=change))
    assert workbook.problems == []
    assert [(n.cell, n.rule) for n in workbook.notices] == [("AN1", "unknown_column")]
    assert "内部" not in str(workbook)


@pytest.mark.parametrize(
    "secrecy", ["机密", "秘密★", "绝密", "涉密", "非涉密？", "", 1]
)
def test_of_a_classified_row_nothing_but_an_address_is_kept(make, secrecy):
    secret = make.entry(title="布防图", notes="绝不能留下", secrecy=secrecy)
    secret["information_items"][0]["name"] = "坐标甲"
    workbook = read_workbook(make.book(make.entry(), secret))
    assert [(p.sheet, p.cell, p.field) for p in workbook.problems] == [
        ("信息资源", "AG3", "涉密属性")
    ]
    assert workbook.classified == 1
    assert len(workbook.entries) == 1
    for word in ("布防图", "绝不能留下", "坐标甲"):
        assert word not in repr(workbook)


def test_items_of_a_classified_title_vanish_even_if_another_row_has_it(make):
    workbook = read_workbook(make.book(make.entry(), make.entry(secrecy="秘密")))
    assert workbook.entries[0].entry["information_items"] == []


def test_rows_with_only_a_number_are_no_entries(make):
    def change(sheets):
        sheets["信息资源"] += [["2"], ["3", "", "　"], []]

    workbook = read_workbook(make.book(change=change))
    assert (workbook.rows, workbook.problems) == (1, [])


def test_an_item_without_a_title_is_told(make):
    workbook = read_workbook(make.book(change=set_cell("信息项", "信息资源名称", "")))
    assert [(p.cell, p.rule) for p in workbook.problems] == [
        ("A2", "item_title_missing")
    ]


@dataclass
class Said:
    field: str
    rule: str = "required"
    message: str = "没有填写；请填写。"
    item: int | None = None
    item_field: str | None = None


@pytest.mark.parametrize(
    ("said", "sheet", "cell", "header"),
    [
        (Said("sharing_category"), "信息资源", "P2", "共享方式类别"),
        (Said("information_items", item=1, item_field="data_type"), "信息项", "D3",
         "数据类型"),
        (Said("information_items"), "信息资源", "D2", "信息项"),
        (Said("information_items", item=0), "信息项", "B2", "信息项名称"),
        (Said("information_items", item=9, item_field="name"), "信息资源", "D2",
         "信息项"),
    ],
)  # fmt: skip
def test_a_problem_of_the_rules_is_located(make, said, sheet, cell, header):
    (entry,) = read_workbook(make.book()).entries
    found = locate(entry, said)
    assert (found.sheet, found.cell, found.field) == (sheet, cell, header)
    assert found.as_dict()["rule"] == "required"


def test_a_required_cell_emptied_by_a_merge_is_told_once(make):
    def finish(book, worksheets):
        worksheets["信息资源"].merge_range("J2:J3", "市民政局")

    workbook = read_workbook(
        make.book(make.entry(title="甲"), make.entry(title="乙"), finish=finish)
    )
    found = workbook.check(
        lambda entry: [] if "owner_org" in entry else [Said("owner_org")]
    )
    assert [(p.cell, p.rule) for p in found] == [("J3", "merged_cells")]


def test_what_is_written_is_read_back_the_same(make):
    entries = [
        make.entry(),
        make.entry(
            title="=SUM(A1)",
            notes="两行\n文字 <b>&amp; “引号”",
            resource_code="307407440700012/1",
            related_codes=["307407440700012/2", "307407440700012/3"],
            class_xiang="07",
            remarks="00123",
            information_items=[],
        ),
    ]
    workbook = read_workbook(write_entries(entries))
    assert workbook.problems == []
    assert [each.entry for each in workbook.entries] == entries
    assert write_entries(entries) == write_entries(entries)
