"""The process that opens the workbook, so that no file can hurt the server.

`python -m ckanext.jiangmen.catalog.survey.child SHEET…` reads a workbook from standard
input and writes one JSON object to standard output: ``{"sheets": {name: {"rows",
"merges", "formulas"}}, "others": [name]}`` or ``{"reason", "message"}``. A cell is
null, a string, or ``[kind, text]`` with the kinds of `cells.KINDS`. It never writes a
file and never leaves a core.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import sys
from io import BytesIO
from typing import Any

from . import limits, xls, xlsx
from .errors import WorkbookRefused
from .facts import SheetFacts, address

TOO_MANY = (
    "工作表“{sheet}”的数据区延伸到 {cell}，超出上限（{rows} 行、{columns} 列、"
    "{cells} 个单元格）；请删除多余的行列或分成几个工作簿上传。"
)
DAMAGED = "文件已损坏，无法读取；请在 Excel 或 WPS 中打开并另存为 xlsx 后再上传。"
NOT_A_WORKBOOK = (
    "这不是 Excel 工作簿，而是{what}；请用模板填写，以 xlsx 或 xls 格式上传。"
)
#: First bytes of what departments upload by mistake.
DISGUISES = (
    (b"%PDF", " PDF 文件"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "文字文档"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
)


def limit_self() -> None:
    """Bound memory and CPU time of this process; no files, no cores, no children."""
    for what, wanted in (
        (resource.RLIMIT_AS, limits.CHILD_MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.CHILD_CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(what, (most, most))


def inspect(data: bytes) -> dict[str, SheetFacts]:
    """Return the facts of every sheet, or raise `WorkbookRefused`."""
    if not data:
        raise WorkbookRefused("not_a_workbook", "文件是空的；请选择填好的调查表。")
    if data.startswith(b"PK\x03\x04"):
        return xlsx.inspect(data)
    if data.startswith(xls.SIGNATURE):
        return xls.inspect(data)
    if data[:2] == b"\x09\x08" or data[:2] in (b"\x09\x04", b"\x09\x02", b"\x09\x00"):
        raise WorkbookRefused(
            "old_format", "这是过旧的 xls 格式；请在 Excel 或 WPS 中另存为 xlsx。"
        )
    for signature, what in DISGUISES:
        if data.startswith(signature):
            raise WorkbookRefused("not_a_workbook", NOT_A_WORKBOOK.format(what=what))
    raise WorkbookRefused("not_a_workbook", NOT_A_WORKBOOK.format(what=_textual(data)))


def _textual(data: bytes) -> str:
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<", b"<\0", b"\xff\xfe<", b"mime-version")):
        return "改了后缀的网页文件 (HTML/XML)"
    if b"\0" not in head.replace(b"\xff\xfe", b"")[:512] and (
        b"," in head or b"\t" in head or b"\n" in head
    ):
        return "文本文件 (CSV/TXT)"
    return "其他类型的文件"


def read(data: bytes, wanted: list[str]) -> dict[str, Any]:
    """Return the cells of the wanted sheets (names compared without spaces)."""
    from python_calamine import CalamineWorkbook

    facts = inspect(data)
    names = {_plain(name): name for name in facts}
    for sheet in wanted:
        if names.get(sheet) in facts:
            _refuse_too_many(sheet, facts[names[sheet]])
    answer: dict[str, Any] = {"sheets": {}, "others": []}
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    budget = limits.TEXT_CHARACTERS
    for name in book.sheet_names:
        if _plain(name) not in wanted:
            answer["others"].append(name[:31])
            continue
        known = facts.get(name, SheetFacts())
        rows = _rows(book.get_sheet_by_name(name), known)
        budget -= sum(len(_text(cell)) for row in rows for cell in row)
        if budget < 0:
            raise WorkbookRefused(
                "too_many_cells", "工作簿的文字总量过大；请分成几个工作簿上传。"
            )
        answer["sheets"][_plain(name)] = {
            "rows": rows,
            "merges": known.merges[:5_000],
            "formulas": [address(*cell) for cell in sorted(known.formulas)[:1]]
            + [len(known.formulas)],
        }
    return answer


def _plain(name: str) -> str:
    return "".join(name.split())


def _refuse_too_many(sheet: str, facts: SheetFacts) -> None:
    if (
        facts.rows > limits.ROWS
        or facts.columns > limits.COLUMNS
        or facts.rows * facts.columns > limits.CELLS * 4
        or facts.cells > limits.CELLS
    ):
        raise WorkbookRefused(
            "too_many_cells",
            TOO_MANY.format(
                sheet=sheet,
                cell=address(facts.rows - 1, facts.columns - 1),
                rows=limits.ROWS,
                columns=limits.COLUMNS,
                cells=limits.CELLS,
            ),
        )


def _rows(sheet: Any, facts: SheetFacts) -> list[list[Any]]:
    if sheet.start is None:
        return []
    first_row, first_column = sheet.start
    rows: list[list[Any]] = [[] for _ in range(first_row)]
    for number, values in enumerate(sheet.iter_rows(), first_row):
        if number >= limits.ROWS:
            break
        cells = [None] * first_column + [
            _cell(value, (number, column), facts)
            for column, value in enumerate(values[: limits.COLUMNS], first_column)
        ]
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(cells)
    return rows


def _cell(value: Any, where: tuple[int, int], facts: SheetFacts) -> Any:
    if where in facts.errors:
        return ["error", ""]
    if value == "":
        return ["uncalculated", ""] if where in facts.formulas else None
    return value if isinstance(value, str) else [_kind(value), _plain_text(value)]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "date"


def _plain_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return repr(float(value))
    dated = isinstance(value, dt.datetime | dt.date | dt.time)
    return value.isoformat() if dated else str(value)


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else ""


def main() -> None:
    """Read standard input, write the answer; exit 0 whatever the workbook is."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    limit_self()
    try:
        answer = read(sys.stdin.buffer.read(limits.FILE_BYTES + 1), sys.argv[1:])
    except WorkbookRefused as refused:
        answer = {"reason": refused.reason, "message": refused.message}
    except MemoryError:
        answer = {
            "reason": "too_many_cells",
            "message": "工作簿过大，读取所需内存超限。",
        }
    # Rust's panics derive from BaseException; whatever it is, the file is at fault.
    except BaseException as err:  # noqa: BLE001
        answer = {"reason": "damaged", "message": DAMAGED}
        if type(err).__name__ == "PasswordError":
            answer = {"reason": "encrypted", "message": xls.PASSWORD}
    json.dump(answer, out, ensure_ascii=False)
    out.close()


if __name__ == "__main__":
    main()
