"""The hidden sheet that says which entries a workbook was made of.

So an upload can tell what is missing in it, and what was changed on the platform
since. It is a department's file: ids in it are looked up among its own entries only.
"""

from __future__ import annotations

from collections.abc import Mapping

from xlsxwriter import Workbook

from . import cells
from .raw import RawSheet

SHEET = "导出清单"
HEADERS = ("条目标识", "版本标记")


def write(book: Workbook, exported: Mapping[str, str]) -> None:
    """Add the sheet; it is not offered among the sheets that can be shown.

    `exported` is {entry id: stamp}; a stamp changes with every save of its entry.
    """
    sheet = book.add_worksheet(SHEET)
    for number, row in enumerate((HEADERS, *exported.items())):
        sheet.write_row(number, 0, row)
    sheet.very_hidden()


def read(raw: Mapping[str, RawSheet]) -> dict[str, str]:
    """Return {entry id: stamp} of a workbook's sheet; {} if it has none."""
    rows = raw[SHEET].rows[1:] if SHEET in raw else []
    texts = [[cell for cell in row[:2] if isinstance(cell, str)] for row in rows]
    return {cells.clean(row[0]): cells.clean(row[1]) for row in texts if len(row) == 2}
