"""Workbooks (XLSX, XLS), read in a process of their own with limits on its memory.

``python -m ckanext.jiangmen.tables.sheets FILE MEGABYTES`` writes one JSON line with
the first rows of every visible sheet, reads the number of the one wanted from its
standard input, and writes that sheet as an Arrow stream of text columns ``c0…`` and
``row`` (the spreadsheet's row number). A failure is one JSON line with "error".
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

BATCH_ROWS = 20_000
HEAD_ROWS = 40
# Beyond 15 digits a spreadsheet has lost the last ones; shown so that checks see it.
_EXACT_LIMIT = 1e15


def text_of(value: Any) -> str | None:
    """Return a cell as text; None for an empty one.

    A whole number has no decimal point, a date no time; one beyond 15 digits is
    written with an exponent, as spreadsheets do.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _figure(value)
    if isinstance(value, dt.datetime):
        whole_day = value.time() == dt.time()
        return value.date().isoformat() if whole_day else value.isoformat(sep=" ")
    return str(value)


def _figure(value: float) -> str:
    if abs(value) >= _EXACT_LIMIT:
        return f"{value:.16E}"
    return str(int(value)) if value.is_integer() else repr(value)


def _rows(sheet: Any) -> Iterator[tuple[int, list[str | None]]]:
    """Yield (row number from 1, cells) of the sheet, its empty first rows too."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [text_of(cell) for cell in row]


def _head(sheet: Any) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    for _, cells in _rows(sheet):
        rows.append([cell[:200] if cell else None for cell in cells])
        if len(rows) == HEAD_ROWS:
            break
    return rows


def _write(sheet: Any, sink: Any) -> None:
    import pyarrow as pa

    width = sheet.width
    schema = pa.schema(
        [("row", pa.uint32()), *((f"c{i}", pa.string()) for i in range(width))]
    )
    with pa.ipc.new_stream(sink, schema) as writer:
        numbers: list[int] = []
        rows: list[list[str | None]] = []

        def flush() -> None:
            columns = zip(*rows, strict=True)
            arrays = [pa.array(numbers, pa.uint32())]
            arrays += [pa.array(column, pa.string()) for column in columns]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            numbers.clear()
            rows.clear()

        for number, cells in _rows(sheet):
            numbers.append(number)
            rows.append([*cells, *[None] * (width - len(cells))])
            if len(rows) == BATCH_ROWS:
                flush()
        if rows:
            flush()


def main(path: str, megabytes: int) -> None:
    """Serve one workbook as the module's text says."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import python_calamine as calamine

    out = sys.stdout.buffer
    try:
        book = calamine.load_workbook(path)
        visible = [
            (i, meta.name)
            for i, meta in enumerate(book.sheets_metadata)
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
            and meta.visible == calamine.SheetVisibleEnum.Visible
        ]
        kept: dict[int, Any] = {}
        heads = []
        for index, name in visible:
            sheet = book.get_sheet_by_index(index)
            heads.append({"index": index, "name": name, "rows": _head(sheet)})
            if len(visible) == 1:
                kept[index] = sheet
        out.write(json.dumps({"sheets": heads}).encode() + b"\n")
        out.flush()
        wanted = sys.stdin.readline().strip()
        if wanted:
            index = int(wanted)
            _write(kept.get(index) or book.get_sheet_by_index(index), out)
    except calamine.PasswordError:
        out.write(b'{"error": "password"}\n')
    except calamine.CalamineError as err:
        out.write(json.dumps({"error": "damaged", "detail": str(err)}).encode() + b"\n")
    except MemoryError:
        out.write(b'{"error": "memory"}\n')


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
