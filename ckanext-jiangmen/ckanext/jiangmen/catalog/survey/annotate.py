"""Give a wrong workbook back with every wrong cell marked and explained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from . import cells, manifest
from .columns import SheetColumns, entry_columns, item_columns
from .facts import address, position
from .model import CellProblem
from .raw import RawSheet, Source, read_cells
from .read import OPEN_VALUE, SECRECY, TITLE
from .sheets import read_sheet
from .write import Book

ERRORS = "错误清单"
REMOVED = "（涉密属性不是“非涉密”，本行内容未保存）"
HEADERS = (("工作表", 12), ("单元格", 10), ("字段", 24), ("规则", 22), ("说明", 90))


def annotate(source: Source, problems: Iterable[CellProblem]) -> bytes:
    """Return the workbook with its wrong cells coloured and commented.

    The cells stand where the department put them; a sheet 错误清单 lists every problem.
    Rows whose 涉密属性 is not 非涉密 come back empty, with their items. Raise
    `WorkbookRefused` for a file that cannot be read.
    """
    wrong: dict[tuple[str, str], list[CellProblem]] = defaultdict(list)
    listed = list(problems)
    for problem in listed:
        wrong[problem.sheet, problem.cell].append(problem)
    known = (entry_columns(), item_columns())
    wanted = [*(each.sheet for each in known), manifest.SHEET]
    raw, _others = read_cells(source, wanted)
    hidden = _hidden(raw)
    with Book() as book:
        _error_list(book, listed)
        for columns in known:
            if columns.sheet in raw:
                _sheet(book, raw[columns.sheet], columns, wrong, hidden[columns.sheet])
        book.lists()
        if exported := manifest.read(raw):
            manifest.write(book.book, exported)
        return book.finish()


def _hidden(raw: dict[str, RawSheet]) -> dict[str, set[int]]:
    """Return the rows (from 1) by sheet of which nothing may be given back.

    Where a sheet cannot be read by its header, that is every row but the header:
    what is classified cannot be told from what is not.
    """
    known, items = entry_columns(), item_columns()
    hidden: dict[str, set[int]] = {}
    titles: set[str] = set()
    unreadable = False
    for columns in (known, items):
        if columns.sheet not in raw:
            continue
        sheet = read_sheet(raw[columns.sheet], columns)
        unreadable = unreadable or bool(sheet.fatal)
        if unreadable:
            every = set(range(1, len(raw[columns.sheet].rows) + 1))
            hidden[columns.sheet] = every - {sheet.header_row + 1}
            continue
        hidden[columns.sheet] = found = set()
        for row in sheet.rows:
            title = cells.key(row.values.get(TITLE, ""))
            if columns is known and row.values.get(SECRECY) != OPEN_VALUE:
                titles.add(title)
                found.add(row.number)
            elif columns is items and title and title in titles:
                found.add(row.number)
    return hidden


def _error_list(book: Book, problems: list[CellProblem]) -> None:
    sheet = book.book.add_worksheet(ERRORS)
    sheet.freeze_panes(1, 0)
    for place, (header, width) in enumerate(HEADERS):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, header, book.required)
    for row, problem in enumerate(problems, 1):
        sheet.write_string(row, 0, problem.sheet)
        sheet.write_url(
            row, 1, f"internal:'{problem.sheet}'!{problem.cell}", string=problem.cell
        )
        for place, text in enumerate((problem.field, problem.rule, problem.message), 2):
            sheet.write_string(row, place, text)
    sheet.autofilter(0, 0, max(1, len(problems)), len(HEADERS) - 1)


def _sheet(
    book: Book,
    raw: RawSheet,
    columns: SheetColumns,
    wrong: dict[tuple[str, str], list[CellProblem]],
    hidden: set[int],
) -> None:
    marked = book.book.add_format(
        {"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1, "text_wrap": True}
    )
    sheet = book.book.add_worksheet(columns.sheet)
    for place, column in enumerate(columns.columns):
        sheet.set_column(place, place, column.width)
    for row, values in enumerate(raw.rows):
        for place, cell in enumerate(values):
            if row + 1 not in hidden and not cells.is_empty(cell):
                here = marked if (columns.sheet, address(row, place)) in wrong else None
                sheet.write_string(row, place, _shown(cell), here or book.text)
    for (name, cell), problems in wrong.items():
        if name != columns.sheet:
            continue
        row, place = position(cell)
        if row + 1 in hidden:
            sheet.write_string(row, place, REMOVED, marked)
        elif _is_blank(raw, row, place):
            sheet.write_blank(row, place, None, marked)
        told = "\n".join(dict.fromkeys(problem.message for problem in problems))
        sheet.write_comment(row, place, told[:2000], {"author": "", "x_scale": 2.5})


def _is_blank(raw: RawSheet, row: int, place: int) -> bool:
    beyond = row >= len(raw.rows) or place >= len(raw.rows[row])
    return beyond or cells.is_empty(raw.rows[row][place])


def _shown(cell: Any) -> str:
    """Return what stands in a cell as text."""
    if isinstance(cell, str):
        return cell[: cells.CELL_CHARACTERS]
    kind, text = cell
    if kind == "error":
        return "#错误"
    if kind == "number":
        number = float(text)
        return str(int(number)) if number.is_integer() else text
    if kind == "boolean":
        return "TRUE" if text == "1" else "FALSE"
    return text
