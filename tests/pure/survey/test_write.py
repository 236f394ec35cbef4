"""The template, and the workbook that comes back with its errors marked."""

from __future__ import annotations

import io
import time
import zipfile

from python_calamine import CalamineWorkbook

from ckanext.jiangmen.catalog.survey import (
    annotate,
    read_workbook,
    write_entries,
    write_template,
)
from ckanext.jiangmen.catalog.survey.columns import entry_columns, item_columns


def rows_of(data, sheet):
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def text_of(data):
    """Everything that stands in the file's parts."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def test_the_template_has_the_headers_with_stars_lists_and_instructions():
    data = write_template()
    assert data == write_template()
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["信息资源", "信息项", "选项", "填表说明"]
    headers = rows_of(data, "信息资源")[0]
    assert headers[:4] == ["序号", "内容类别*", "内容子类", "信息资源名称*"]
    assert len(headers) == len(entry_columns().columns) == 39
    assert len(rows_of(data, "信息项")[0]) == len(item_columns().columns) == 12
    lists = {cell for row in rows_of(data, "选项") for cell in row}
    assert {"可社会公开", "前置机共享", "行政处罚", "非涉密", "CC BY 4.0"} <= lists
    offered = [c for c in entry_columns().columns + item_columns().columns if c.choices]
    assert text_of(data).count("<dataValidation ") == len(offered) == 16
    assert 'state="hidden"' in text_of(data)


def test_an_empty_template_reads_as_an_empty_workbook():
    workbook = read_workbook(write_template())
    assert (workbook.rows, workbook.problems, workbook.notices) == (0, [], [])


def test_what_looks_like_a_formula_is_written_as_text(make):
    marks = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"]
    entries = [make.entry(title=mark, remarks=mark) for mark in marks]
    data = write_entries(entries)
    assert "<f>" not in text_of(data)


def test_wrong_cells_come_back_marked_and_listed(make):
    def change(sheets):
        sheets["信息项"][2][0] = "没有这个资源"

    data = make.book(change=change)
    problems = read_workbook(data).problems
    marked = annotate(data, problems)
    assert marked == annotate(data, problems)
    listed = rows_of(marked, "错误清单")
    assert listed[1][:4] == ["信息项", "A3", "信息资源名称", "item_without_entry"]
    assert rows_of(marked, "信息资源")[1][3] == "江门市行政区划"
    assert problems[0].message in text_of(marked)
    assert read_workbook(marked).problems == problems


def test_an_empty_wrong_cell_is_marked_too(make):
    data = make.book(make.entry(title=""), make.entry(title="乙"))
    workbook = read_workbook(data)
    assert "A2" in [problem.cell for problem in workbook.problems]
    assert read_workbook(annotate(data, workbook.problems)).entries[1].entry == (
        workbook.entries[1].entry
    )


def test_nothing_of_a_classified_row_comes_back(make):
    secret = make.entry(title="布防图", notes="绝不能留下", secrecy="机密")
    secret["information_items"][0]["name"] = "坐标甲"
    data = make.book(make.entry(), secret)
    marked = text_of(annotate(data, read_workbook(data).problems))
    for word in ("布防图", "绝不能留下", "坐标甲"):
        assert word not in marked
    assert "孖簕浐湴氹滘蓢裡" in marked


def test_nothing_comes_back_of_a_sheet_without_its_columns(make):
    def change(sheets):
        place = sheets["信息资源"][0].index("涉密属性")
        for row in sheets["信息资源"]:
            del row[place]

    data = make.book(make.entry(title="布防图"), change=change)
    marked = text_of(annotate(data, read_workbook(data).problems))
    assert "布防图" not in marked
    assert "缺少必填列" in marked


def test_a_thousand_entries_with_ten_thousand_items_are_read_in_time(make):
    items = [
        {"name": f"信息项{n}", "data_type": "字符型", "data_length": "50"}
        for n in range(10)
    ]
    entries = [
        make.entry(title=f"信息资源{n}", information_items=items) for n in range(1_000)
    ]
    data = write_entries(entries)
    started = time.monotonic()
    workbook = read_workbook(data)
    assert time.monotonic() - started < 8
    assert workbook.problems == []
    assert sum(len(e.entry["information_items"]) for e in workbook.entries) == 10_000
