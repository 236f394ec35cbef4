"""Rows as an XLSX workbook, written row by row to a temporary file."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from ckanext.jiangmen.tables.errors import ExportRefused

ROWS_PER_SHEET = 1_048_575  # one less than a sheet has: the header
LONGEST_CELL = 32_767
EXACT_DIGITS = 15
PIECE_BYTES = 256 * 1024
# Spreadsheets know no day before this one.
FIRST_DAY = dt.date(1900, 3, 1)
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def write(
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    is_active: Callable[[str], bool],
) -> Iterator[bytes]:
    """Yield the workbook; beyond 1,048,575 rows further sheets follow.

    Figures of more than 15 digits and days before March 1900 become text. Raise
    `ExportRefused` for a cell of more than 32,767 characters.
    """
    with tempfile.TemporaryDirectory() as folder:
        name = f"{folder}/table.xlsx"
        book = _Book(name, heads, folder)
        for row in rows:
            book.add(row, is_active)
        book.close()
        with open(name, "rb") as stream:
            while piece := stream.read(PIECE_BYTES):
                yield piece


class _Book:
    def __init__(self, name: str, heads: Sequence[str], folder: str) -> None:
        self._book = xlsxwriter.Workbook(name, {**OPTIONS, "tmpdir": folder})
        self._heads = heads
        self._bold = self._book.add_format({"bold": True})
        self._as_text = self._book.add_format({"quote_prefix": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheets = 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(f"数据{self._sheets}")
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(len(self._heads) - 1, 0), 18)
        for place, head in enumerate(self._heads):
            self._sheet.write_string(0, place, head, self._bold)
        self._row = 0

    def add(self, row: Sequence[Any], is_active: Callable[[str], bool]) -> None:
        if self._row == ROWS_PER_SHEET:
            self._next_sheet()
        self._row += 1
        for place, value in enumerate(row):
            if value is not None:
                self._write(place, value, is_active)

    def _write(self, place: int, value: Any, is_active: Callable[[str], bool]) -> None:
        sheet, at = self._sheet, self._row
        if isinstance(value, bool):
            sheet.write_boolean(at, place, value)
        elif isinstance(value, int | float | Decimal):
            if len(str(value).lstrip("-").replace(".", "")) > EXACT_DIGITS and (
                not isinstance(value, float)
            ):
                sheet.write_string(at, place, str(value))
            else:
                sheet.write_number(at, place, float(value))
        elif isinstance(value, dt.date):
            day = value.date() if isinstance(value, dt.datetime) else value
            shape = self._time if isinstance(value, dt.datetime) else self._day
            if day < FIRST_DAY:
                sheet.write_string(at, place, str(value))
            else:
                moment = dt.datetime.fromisoformat(str(value))
                sheet.write_datetime(at, place, moment, shape)
        else:
            text = str(value)
            if len(text) > LONGEST_CELL:
                raise ExportRefused(
                    f"有单元格超过 {LONGEST_CELL:,} 个字符，XLSX 放不下，请导出 CSV。"
                )
            shape = self._as_text if is_active(text) else None
            sheet.write_string(at, place, text, shape)

    def close(self) -> None:
        self._book.close()
