"""From what stands in a cell to the value it means.

Text keeps its characters; codes, numbers and choices are brought to half width
(Unicode NFKC), because departments type ４４０７００ and ＣＣ０.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ckanext.jiangmen.catalog import lists

from .columns import CLASS_DIGITS, Column

#: What `child` sends besides None and strings.
KINDS = ("number", "boolean", "date", "error", "uncalculated")

#: NFKC has made ； a ; before.
LIST_MARKS = re.compile(r"[;、\n]+")
BOOLEANS = {"TRUE": "是", "FALSE": "否"}
CELL_CHARACTERS = 32_767
#: A spreadsheet number holds 15 digits; the 16th is already invented.
EXACT_BELOW = 10**15

INVISIBLE = dict.fromkeys(
    [*(code for code in range(32) if code not in (9, 10)), 0x7F, 0xAD, 0x200B, 0x200C]
    + [0x200D, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)

ERROR = "公式出错（如 #N/A），没有可用的值；请改正公式或直接填写内容。"
UNCALCULATED = (
    "公式没有计算结果；请在 Excel 或 WPS 中打开、保存后再上传，或直接填写内容。"
)
LOSSY = "长数字被当作数值保存，第 15 位以后已经失真；请把单元格设为文本格式后重新填写。"
LONG = "内容超过 32,767 个字符；请缩短。"


class CellRefused(ValueError):
    """A cell's content has no usable value; `rule` is a short id."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


def header(cell: Any) -> str:
    """Return a column's header without stars, spaces and full-width letters.

    >>> header("信息资源名称 ＊"), header(" 内容 类别*")
    ('信息资源名称', '内容类别')
    """
    text = unicodedata.normalize("NFKC", _characters(cell))
    return "".join(text.split()).strip("*★").removesuffix("(必填)").strip("*★")


def key(text: str) -> str:
    """Return the form in which names are compared: no spaces, widths or case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def is_empty(cell: Any) -> bool:
    """Return whether nothing can be seen in the cell."""
    return cell is None or (isinstance(cell, str) and not clean(cell))


def clean(text: str) -> str:
    """Return the text without invisible characters and outer spaces, of all widths."""
    return text.replace("\r\n", "\n").translate(INVISIBLE).strip()


def value(cell: Any, column: Column) -> Any:
    """Return the value of a cell; "" (or [] of a list) where it is empty.

    Raise `CellRefused` where the cell has no usable value.
    """
    text = clean(_text(cell))
    if len(text) > CELL_CHARACTERS:
        raise CellRefused("too_long", LONG)
    if column.kind == "text":
        return text
    narrow = unicodedata.normalize("NFKC", text).strip()
    if column.kind == "list":
        parts = [part.strip() for part in LIST_MARKS.split(narrow)]
        return list(dict.fromkeys(part for part in parts if part))
    if column.kind == "licence":
        return lists.licence_id(narrow) or narrow
    if column.kind in ("choice", "organization"):
        narrow = BOOLEANS.get(narrow, "".join(narrow.split()))
    elif isinstance(cell, list) and cell[0] == "number":
        narrow = narrow.zfill(CLASS_DIGITS.get(column.field, 1))
    return narrow


def _text(cell: Any) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    kind, text = cell
    if kind == "error":
        raise CellRefused("formula_error", ERROR)
    if kind == "uncalculated":
        raise CellRefused("formula_uncalculated", UNCALCULATED)
    if kind == "number":
        return _number(float(text))
    if kind == "date":
        return text.removesuffix("T00:00:00").replace("T", " ")
    return "TRUE" if text == "1" else "FALSE"


def _number(number: float) -> str:
    if abs(number) >= EXACT_BELOW:
        raise CellRefused("number_precision", LOSSY)
    return str(int(number)) if number.is_integer() else format(number, ".15g")


def _characters(cell: Any) -> str:
    """Return what a header cell shows, whatever its kind."""
    if isinstance(cell, list):
        return cell[1]
    return clean(cell or "")
