"""The summary as a workbook, and a typed one held against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.survey import WorkbookRefused
from ckanext.jiangmen.catalog.survey.columns import Column, SheetColumns
from ckanext.jiangmen.catalog.survey.raw import read_cells
from ckanext.jiangmen.catalog.survey.sheets import Row, read_sheet
from ckanext.jiangmen.catalog.survey.write import Book

from .counts import DIMENSIONS, Counted, Summary

SHEET, ROWS_SHEET = "汇总表", "明细"
TOTAL = ("合计", "总计")
NO_SHEET = f"工作簿里没有工作表“{SHEET}”；请使用平台导出的汇总表。"
UNKNOWN = "没有名为“{name}”的单位，或不在本账户的核对范围内；请改为已登记的单位名称。"
TWICE = "“{name}”出现不止一次，只核对第一行；请合并为一行。"
NO_NUMBER = "“{typed}”不是自然数；请改为数字。"
ABSENT = "汇总表中没有这个单位；请补上一行。"


@dataclass(frozen=True)
class Difference:
    """Where a typed table and the count disagree; `typed` is "" for an empty cell."""

    organization: str
    column: str
    typed: str
    counted: int | None
    cell: str
    message: str = ""


@cache
def columns() -> SheetColumns:
    """Return the table's columns: department, totals, then each value of each list."""
    fixed = (
        Column(
            "信息资源提供方", "organization", "organization", required=True, width=24
        ),
        Column("信息资源数", "entries", "code", required=True, width=12),
        Column("信息项数", "items", "code", width=12),
    )
    values = tuple(
        Column(value, f"{name}.{value}", "code", width=12)
        for name in DIMENSIONS
        for value in lists.values(name)
    )
    return SheetColumns(SHEET, fixed + values)


def number_of(counted: Counted, field: str) -> int:
    """Return what was counted for a column of the table."""
    if field in ("entries", "items"):
        return getattr(counted, field)
    name, _, value = field.partition(".")
    return counted.by[name].get(value, 0)


def write(summary: Summary) -> bytes:
    """Return the summary as a workbook: one row for each department, and the detail."""
    with Book() as book:
        table = book.book.add_worksheet(SHEET)
        table.freeze_panes(1, 1)
        for place, column in enumerate(columns().columns):
            style = book.required if column.required else book.optional
            table.set_column(place, place, column.width)
            table.write_string(0, place, column.header, style)
        for number, counted in enumerate((*summary.departments, summary.total), 1):
            table.write_string(number, 0, counted.title, book.text)
            for place, column in enumerate(columns().columns[1:], 1):
                table.write_number(number, place, number_of(counted, column.field))
        _write_rows(book, summary)
        return book.finish()


def _write_rows(book: Book, summary: Summary) -> None:
    sheet = book.book.add_worksheet(ROWS_SHEET)
    sheet.freeze_panes(1, 1)
    names = ("organization", *DIMENSIONS)
    heads = ["信息资源提供方", *(lists.label(name) for name in DIMENSIONS)]
    for place, head in enumerate((*heads, "信息资源数", "信息项数")):
        sheet.set_column(place, place, 18)
        sheet.write_string(0, place, head, book.optional)
    for number, row in enumerate(summary.rows, 1):
        for place, name in enumerate(names):
            sheet.write_string(number, place, row[name], book.text)
        sheet.write_number(number, len(names), row["entries"])
        sheet.write_number(number, len(names) + 1, row["items"])
    sheet.autofilter(0, 0, max(1, len(summary.rows)), len(names) + 1)


def compare(content: bytes, summary: Summary) -> list[Difference]:
    """Return where a typed table differs from the count, row by row.

    Columns that it does not have are not compared. Raise `WorkbookRefused` for a file
    that is no such table.
    """
    raw, _others = read_cells(content, [SHEET])
    if SHEET not in raw:
        raise WorkbookRefused("missing_sheet", NO_SHEET)
    sheet = read_sheet(raw[SHEET], columns())
    if sheet.fatal:
        raise WorkbookRefused("columns", sheet.fatal[0].message)
    known = _by_title(summary)
    left = {counted.id: counted for counted in summary.departments}
    found: list[Difference] = []
    for row in sheet.rows:
        name = str(row.values.get("organization", ""))
        counted = known.get(name)
        if counted is None or (counted.id and counted.id not in left):
            message = (TWICE if counted else UNKNOWN).format(name=name)
            where = row.cells["organization"]
            found.append(Difference(name, "信息资源提供方", name, None, where, message))
            continue
        left.pop(counted.id, None)
        found += _of_row(row, counted, sheet.fields)
    found += [
        Difference(each.title, "信息资源数", "", each.entries, "", ABSENT)
        for each in left.values()
        if each.entries
    ]
    return found


def _by_title(summary: Summary) -> Mapping[str, Counted]:
    known: dict[str, Counted] = dict.fromkeys(TOTAL, summary.total)
    for counted in summary.departments:
        listed = lists.organization_named(counted.title) or {}
        for title in (*listed.get("aliases", ()), counted.title):
            known["".join(title.split())] = counted
    return known


def _of_row(row: Row, counted: Counted, there: frozenset[str]) -> list[Difference]:
    """Return the cells of one row that differ; an empty cell says 0."""
    found = []
    for column in columns().columns[1:]:
        if column.field not in there:
            continue
        typed: Any = row.values.get(column.field, "")
        number = number_of(counted, column.field)
        is_number = typed.isascii() and typed.isdigit()
        if (is_number or not typed) and int(typed or 0) == number:
            continue
        message = "" if is_number or not typed else NO_NUMBER.format(typed=typed[:30])
        where = row.cells[column.field]
        found.append(
            Difference(counted.title, column.header, typed, number, where, message)
        )
    return found
