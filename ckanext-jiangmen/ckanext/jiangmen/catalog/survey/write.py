"""Write survey workbooks: the empty template, and entries as departments fill them in.

The same input gives the same bytes. Every text is written as text: what begins with =
stays a text and never becomes a formula.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from . import manifest
from .cells import CELL_CHARACTERS
from .columns import (
    Column,
    SheetColumns,
    entry_columns,
    item_columns,
    licence_titles,
)
from .facts import address

INSTRUCTIONS, LISTS = "填表说明", "选项"
#: A fixed date in the file's properties keeps its bytes the same.
CREATED = dt.datetime(2017, 4, 5)  # noqa: DTZ001  (a property, not a moment)
#: Rows of the template that offer choice lists.
TEMPLATE_ROWS = 2_000
LIST_MARK = "；"

ABOUT = (
    "江门市政务信息资源调查表",
    "依据：江府办函〔2017〕82号《江门市政务大数据管理平台建设工作方案》。",
    "1. “信息资源”每行一个信息资源，“信息项”每行一个信息项，按名称对应。",
    "2. 带 * 的列必填。列的先后可以调整，表头文字请勿改动；多出的列不读取。",
    "3. 请勿合并单元格，请勿使用宏；一格填多个值时用“；”分开。",
    "4. 涉密信息资源不得填报：涉密属性只能填“非涉密”，其余退回且不保存。",
    "5. 以共享为原则，不共享为例外；不予共享须先在平台登记依据，再写明"
    "文件、文号和条款，或填依据编号。",
    "6. 交换方式按系统对接、前置机共享、联机查询、部门批量下载的次序优先采用，"
    "未采用更优方式须写明理由。",
    "7. 更新周期原则上为实时；情况特殊的，至少每季度第一个月前10日内更新一次，"
    "并写明理由。",
    "8. 信息资源代码由平台赋予：新资源留空，修改已有资源时保留原代码。",
    "9. 身份证号、统一社会信用代码等长数字请以文本格式填写。",
    "10. 关联资源代码只填已在本目录中的代码；属于其他目录的，前加“外部:”，"
    "如“外部:440783001/12”。本表中尚未赋码的新资源不能填入。",
)


def write_template() -> bytes:
    """Return the empty survey workbook with choice lists and instructions."""
    return write_entries([])


def write_entries(
    entries: Iterable[Mapping[str, Any]], exported: Mapping[str, str] | None = None
) -> bytes:
    """Return a workbook of the entries, ready to be filled in further and read again.

    `entries` have the catalogue's field names; a key `organization_title` goes before
    `owner_org` as 信息资源提供方. `exported` says which entries of the platform they
    are, {id: stamp}.
    """
    rows = list(entries)
    with Book() as book:
        entry_sheet = book.sheet(entry_columns())
        item_sheet = book.sheet(item_columns())
        book.lists()
        item_row = 1
        for number, entry in enumerate(rows, 1):
            entry_sheet.row(number, entry, sequence=number)
            for item in entry.get("information_items") or []:
                item_sheet.row(item_row, {**item, "title": entry.get("title", "")})
                item_row += 1
        book.instructions()
        if exported:
            manifest.write(book.book, exported)
        return book.finish()


class Book:
    """A workbook in memory with the formats all survey workbooks share."""

    def __init__(self) -> None:
        self._stream = BytesIO()
        self.book = Workbook(
            self._stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.book.set_properties({"title": ABOUT[0], "created": CREATED})
        self.text = self.book.add_format(
            {"num_format": "@", "text_wrap": True, "valign": "top"}
        )
        self.required = self._header("#1F4E79")
        self.optional = self._header("#5B7F9E")
        self._list_ranges: dict[tuple[str, ...], str] = {}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *failed: object) -> None:
        if failed[0] is not None:
            self.book.fileclosed = True

    def _header(self, colour: str) -> Any:
        return self.book.add_format(
            {
                "bold": True,
                "font_color": "#FFFFFF",
                "bg_color": colour,
                "border": 1,
                "text_wrap": True,
                "valign": "vcenter",
            }
        )

    def sheet(self, columns: SheetColumns) -> SheetWriter:
        """Add a sheet with its header; choice lists are offered below it."""
        return SheetWriter(self, self.book.add_worksheet(columns.sheet), columns)

    def list_range(self, choices: tuple[str, ...]) -> str:
        """Return the range of the hidden sheet that holds the choices."""
        if choices not in self._list_ranges:
            column = address(0, len(self._list_ranges)).rstrip("1")
            self._list_ranges[choices] = (
                f"='{LISTS}'!${column}$1:${column}${len(choices)}"
            )
        return self._list_ranges[choices]

    def lists(self) -> None:
        """Write the hidden sheet of choices."""
        sheet = self.book.add_worksheet(LISTS)
        for column, choices in enumerate(self._list_ranges):
            for row, choice in enumerate(choices):
                sheet.write_string(row, column, choice)
        sheet.hide()

    def instructions(self) -> None:
        """Write 填表说明: the rules of the form, then a line for every column."""
        sheet = self.book.add_worksheet(INSTRUCTIONS)
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 90)
        for row, line in enumerate(ABOUT):
            sheet.write_string(row, 0, line)
        row = len(ABOUT) + 1
        for columns in (entry_columns(), item_columns()):
            sheet.write_string(row, 0, f"工作表“{columns.sheet}”", self.optional)
            sheet.write_string(row, 1, "怎样填写", self.optional)
            for place, column in enumerate(columns.columns, row + 1):
                sheet.write_string(place, 0, shown_header(column))
                sheet.write_string(place, 1, _explained(column))
            row += len(columns.columns) + 2

    def finish(self) -> bytes:
        """Close the workbook and return its bytes."""
        self.book.close()
        return self._stream.getvalue()


class SheetWriter:
    """Writes rows of one sheet by field names."""

    def __init__(self, book: Book, sheet: Worksheet, columns: SheetColumns) -> None:
        self.book, self.sheet, self.columns = book, sheet, columns
        sheet.freeze_panes(1, 4 if columns is entry_columns() else 2)
        sheet.set_row(0, 32)
        for place, column in enumerate(columns.columns):
            self._header(place, column)

    def row(
        self, number: int, values: Mapping[str, Any], sequence: int | None = None
    ) -> None:
        """Write one row; `number` counts from 0, the header's."""
        for place, column in enumerate(self.columns.columns):
            text = shown(values, column)
            if not column.field and sequence is not None:
                text = str(sequence)
            if text:
                self.sheet.write_string(number, place, text, self.book.text)

    def _header(self, place: int, column: Column) -> None:
        style = self.book.required if column.required else self.book.optional
        self.sheet.set_column(place, place, column.width, self.book.text)
        self.sheet.write_string(0, place, shown_header(column), style)
        if column.help:
            self.sheet.write_comment(
                0, place, column.help, {"author": "", "x_scale": 2}
            )
        if column.choices:
            self.sheet.data_validation(
                1, place, TEMPLATE_ROWS, place,
                {
                    "validate": "list",
                    "source": self.book.list_range(column.choices),
                    "error_title": column.header[:32],
                    "error_message": "请从下拉列表中选择。",
                },
            )  # fmt: skip


def shown_header(column: Column) -> str:
    """Return the header as the sheet shows it, with a star where required."""
    return f"{column.header}*" if column.required else column.header


def shown(values: Mapping[str, Any], column: Column) -> str:
    """Return the text of a field's cell, cut at what a cell holds; "" where empty."""
    value = values.get(column.field)
    if column.kind == "organization":
        value = values.get("organization_title") or value
    if value is None or value == "":
        return ""
    if column.kind == "licence":
        value = licence_titles().get(str(value), str(value))
    if isinstance(value, list | tuple):
        value = LIST_MARK.join(str(each) for each in value)
    return str(value)[:CELL_CHARACTERS]


def _explained(column: Column) -> str:
    choices = f"可选：{' | '.join(column.choices)}。" if column.choices else ""
    return ("必填。" if column.required else "") + column.help + choices
