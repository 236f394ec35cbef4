"""An edition as a workbook, written row by row in bounded memory."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.document import Document
from ckanext.jiangmen.tables.sheet_writer import LONGEST_CELL, OPTIONS

WIDE = frozenset({"title", "notes", "legal_basis", "remarks", "share_condition"})
ITEMS_HEAD = ("信息资源代码", "信息资源名称", "序号")
ACTIVE = tuple("=+-@\t")


def write(document: Document, path: Path) -> None:
    """Write the workbook: 说明, 目录, 信息项, 不予共享 and 变化, each one sheet."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        book = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": folder})
        moment = dt.datetime.fromisoformat(f"{document.date}T00:00:00")
        book.set_properties({"title": document.title, "created": moment})
        sheets = _Sheets(book)
        _write_facts(sheets, document)
        _write_entries(sheets, document)
        _write_items(sheets, document)
        if document.content.withheld:
            _write_withheld(sheets, document)
        _write_changes(sheets, document)
        book.close()


class _Sheets:
    """Sheets with a head each, filled from the top."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True, "text_wrap": True, "border": 1})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._quoted = book.add_format(
            {"text_wrap": True, "valign": "top", "quote_prefix": True}
        )

    def begin(self, name: str, heads: Sequence[str], widths: Sequence[int]) -> None:
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_landscape()
        self._sheet.repeat_rows(0)
        for place, width in enumerate(widths):
            self._sheet.set_column(place, place, width)
        self._row = 0
        self._put(heads, self._bold)

    def add(self, cells: Sequence[str | int]) -> None:
        self._row += 1
        self._put(cells, self._text)

    def _put(self, cells: Sequence[str | int], form: Any) -> None:
        for place, value in enumerate(cells):
            if isinstance(value, int):
                self._sheet.write_number(self._row, place, value, form)
            elif value:
                quoted = self._quoted if value.startswith(ACTIVE) else form
                text = value[:LONGEST_CELL]
                self._sheet.write_string(self._row, place, text, quoted)


def _write_facts(sheets: _Sheets, document: Document) -> None:
    sheets.begin("说明", [document.title, ""], [24, 60])
    for row in (*document.facts, ("差异", document.changes_heading)):
        sheets.add(row)


def _write_entries(sheets: _Sheets, document: Document) -> None:
    fields = shape.FIELDS
    sheets.begin(
        "目录",
        ["序号", *(shape.label(field) for field in fields), "信息项数"],
        [6, *(36 if field in WIDE else 18 for field in fields), 9],
    )
    for place, entry in enumerate(document.content.entries, 1):
        cells = [shape.words(entry.get(field, "")) for field in fields]
        sheets.add([place, *cells, len(entry[shape.ITEMS])])


def _write_items(sheets: _Sheets, document: Document) -> None:
    fields = shape.ITEM_FIELDS
    heads = [*ITEMS_HEAD, *(shape.item_label(field) for field in fields)]
    sheets.begin("信息项", heads, [24, 30, 6, *(16 for _ in fields)])
    for entry in document.content.entries:
        code, title = entry.get("resource_code", ""), entry["title"]
        for place, item in enumerate(entry[shape.ITEMS], 1):
            sheets.add([code, title, place, *(item.get(f, "") for f in fields)])


def _write_withheld(sheets: _Sheets, document: Document) -> None:
    heads = ["序号", "信息资源名称", "信息资源提供方", "不予共享依据"]
    sheets.begin("不予共享", heads, [6, 40, 24, 60])
    for place, row in enumerate(document.content.withheld, 1):
        said = "；".join(row["grounds"])
        sheets.add([place, row["title"], row["department"], said])


def _write_changes(sheets: _Sheets, document: Document) -> None:
    heads = ["变化", "信息资源代码", "信息资源名称", "信息资源提供方"]
    heads += ["变更内容", "变更前", "变更后"]
    sheets.begin("变化", heads, [8, 24, 36, 24, 28, 36, 36])
    for kind, change in document.changes():
        head = [kind, change.code, change.title, change.department]
        for field in change.fields or (("", "", ""),):
            sheets.add([*head, *field])
