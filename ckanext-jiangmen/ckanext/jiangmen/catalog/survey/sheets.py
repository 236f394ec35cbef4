"""A sheet by its header: which column is which field, and each row's values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from . import cells, limits
from .columns import Column, SheetColumns
from .errors import WorkbookRefused
from .facts import address
from .model import CellProblem
from .raw import RawSheet

#: A title may stand above the header.
HEADER_WITHIN_ROWS = 10
TOO_MANY_MERGES = "合并单元格过多，无法逐格核对；请取消全部合并后再上传。"


@dataclass
class Row:
    """Values by field (empty ones left out), addresses by field, and what is wrong."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)


@dataclass
class Sheet:
    """The rows of one sheet that hold something, and what concerns the whole sheet.

    `fatal` are the problems that make the rows meaningless: a required column is
    missing or stands there twice. `filled` counts the rows that hold
    something, `header_row` counts from 0.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    columns: dict[int, Column] = field(default_factory=dict)
    fatal: list[CellProblem] = field(default_factory=list)
    notices: list[CellProblem] = field(default_factory=list)
    filled: int = 0
    header_row: int = 0

    @property
    def fields(self) -> frozenset[str]:
        """The fields that have a column."""
        return frozenset(column.field for column in self.columns.values())


def read_sheet(raw: RawSheet, known: SheetColumns) -> Sheet:
    """Return the sheet's rows by the columns of the map."""
    sheet = Sheet(name=known.sheet)
    header_row = sheet.header_row = _header_row(raw, known)
    _match_columns(raw, known, header_row, sheet)
    if sheet.fatal:
        sheet.filled = sum(
            1
            for row in raw.rows[header_row + 1 :]
            if any(not cells.is_empty(cell) for cell in row)
        )
        return sheet
    if raw.formulas:
        sheet.notices.append(
            CellProblem(
                known.sheet,
                raw.first_formula,
                "",
                "formulas",
                f"工作表含 {raw.formulas} 个公式（第一个在 {raw.first_formula}），"
                "已取上次保存时的计算结果。",
            )
        )
    merges = _merges_by_row(raw, header_row)
    for number in range(header_row + 1, len(raw.rows)):
        row = _read_row(raw.rows[number], number, sheet, merges.get(number, {}))
        if row is not None:
            sheet.rows.append(row)
    sheet.filled = len(sheet.rows)
    return sheet


def _header_row(raw: RawSheet, known: SheetColumns) -> int:
    """Return the row (from 0) that looks most like the header."""
    headers = known.headers
    scores = [
        sum(1 for cell in row if cells.header(cell) in headers)
        for row in raw.rows[:HEADER_WITHIN_ROWS]
    ]
    return scores.index(max(scores)) if scores else 0


def _match_columns(
    raw: RawSheet, known: SheetColumns, header_row: int, sheet: Sheet
) -> None:
    by_header = known.headers
    headers = [
        cells.header(cell)
        for cell in (raw.rows[header_row] if header_row < len(raw.rows) else [])
    ]
    counted = Counter(header for header in headers if header in by_header)
    for number, header in enumerate(headers):
        where = address(header_row, number)
        if not header:
            continue
        if header not in by_header:
            sheet.notices.append(
                CellProblem(
                    known.sheet,
                    where,
                    header[:40],
                    "unknown_column",
                    f"“{header[:40]}”不是调查表的列，这一列没有读取。",
                )  # fmt: skip
            )
        elif counted[header] > 1:
            sheet.fatal.append(
                CellProblem(
                    known.sheet,
                    where,
                    header,
                    "duplicate_column",
                    f"列“{header}”出现了 {counted[header]} 次；请只保留一列。",
                )  # fmt: skip
            )
        elif by_header[header].kind != "ignored":
            sheet.columns[number] = by_header[header]
    for column in known.columns:
        if column.required and not counted[column.header]:
            sheet.fatal.append(
                CellProblem(
                    known.sheet,
                    address(header_row, 0),
                    column.header,
                    "missing_column",
                    f"工作表“{known.sheet}”缺少必填列“{column.header}”；"
                    "请补上这一列，或使用最新的模板。",
                )  # fmt: skip
            )


def _merges_by_row(raw: RawSheet, header_row: int) -> dict[int, dict[int, str]]:
    """Return the ranges whose cells a merge has emptied, by row and column."""
    found: dict[int, dict[int, str]] = {}
    emptied = 0
    for top, left, bottom, right in raw.merges:
        name = f"{address(top, left)}:{address(bottom, right)}"
        rows = range(max(top, header_row + 1), min(bottom + 1, len(raw.rows)))
        columns = range(left, min(right + 1, limits.COLUMNS))
        emptied += len(rows) * len(columns)
        if emptied > limits.MERGED_CELLS:
            raise WorkbookRefused("too_many_cells", TOO_MANY_MERGES)
        for row in rows:
            for column in columns:
                if (row, column) != (top, left):
                    found.setdefault(row, {})[column] = name
    return found


def _read_row(
    raw_row: list[Any], number: int, sheet: Sheet, merged: dict[int, str]
) -> Row | None:
    row = Row(number=number + 1)
    filled = False
    for place, column in sheet.columns.items():
        cell = raw_row[place] if place < len(raw_row) else None
        where = row.cells[column.field] = address(number, place)
        if place in merged:
            row.merged[column.field] = merged[place]
        if cells.is_empty(cell):
            continue
        filled = True
        try:
            value = cells.value(cell, column)
        except cells.CellRefused as err:
            row.problems.append(
                CellProblem(sheet.name, where, column.header, err.rule, err.message)
            )
            continue
        if value not in ("", []):
            row.values[column.field] = value
    return row if filled else None
