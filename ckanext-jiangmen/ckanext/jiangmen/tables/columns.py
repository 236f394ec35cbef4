"""Columns of a table: their names and types from the information items (信息项).

An item binds to the file's column that bears its 列名 or its name. Data types are
those of 发改高技〔2017〕1272号.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.jiangmen.tables.errors import ColumnsRefused
from ckanext.jiangmen.tables.headers import fold

# PostgreSQL cuts a longer name off, silently: 63 bytes are 21 Chinese characters.
NAME_BYTES = 63

TYPES = {
    "字符型": "text",
    "备注型": "text",
    "通用型": "text",
    "数值型": "numeric",
    "货币型": "numeric",
    "整型": "int8",
    "双精度型": "float8",
    "浮点型": "float8",
    "日期型": "date",
    "日期时间型": "timestamp",
    "逻辑型": "bool",
}
_IDENTITY = re.compile(
    r"身份证(件)?(编)?号|公民身份(证)?号|居民身份(证)?号|身份号码|^(居民)?身份证$"
)

Item = Mapping[str, Any]


@dataclass(frozen=True)
class TableColumn:
    """One column as it will stand in the table.

    `source` is its place in the file from 0, `length` the item's 数据长度 in
    characters, `identity` True or False where the item says so, None where the values
    decide.
    """

    name: str
    label: str
    type: str
    source: int
    item: str | None = None
    length: int | None = None
    is_key: bool = False
    identity: bool | None = False
    notes: str = ""

    def encrypted(self) -> TableColumn:
        """Return the column as one of identity numbers."""
        return replace(self, identity=True)


def column_of(item: Item) -> str:
    """Return the name of the column that holds an item's values."""
    return str(item.get("column") or item["name"]).strip()


def type_of(item: Item) -> str:
    """Return the PostgreSQL type of an item's column; text where none is given."""
    return TYPES.get(str(item.get("data_type") or "").strip(), "text")


def names_of(items: Iterable[Item]) -> list[tuple[str, ...]]:
    """Return, per item, the names its column may bear in a file."""
    return [
        tuple(str(i[key]) for key in ("column", "name") if i.get(key)) for i in items
    ]


def holds_identity_numbers(item: Item) -> bool:
    """Return whether an item, by its name, is a 公民身份号码."""
    return type_of(item) == "text" and bool(_IDENTITY.search(fold(item["name"])))


def check_name(name: str) -> str | None:
    """Return why a column cannot bear this name, None if it can."""
    if len(name.encode()) > NAME_BYTES:
        return (
            f"列名“{name}”超过 {NAME_BYTES} 字节（21 个汉字），"
            "请在信息项中填写较短的列名"
        )
    if not name or name != name.strip() or name.startswith("_"):
        return f"列名“{name}”不能为空、不能以下划线或空格开头"
    if '"' in name or any(unicodedata.category(c).startswith("C") for c in name):
        return f"列名“{name}”含有引号或控制字符"
    return None


def bind(
    header: Sequence[str | None], items: Sequence[Item], *, unknown_allowed: bool
) -> list[TableColumn]:
    """Return the table's columns for a file's header, in the file's order.

    Columns without a name are left out here (they must be empty). Raise
    `ColumnsRefused` naming, all at once: columns that no item describes (unless
    `unknown_allowed` or there are no items), items without a column, twins, and names
    that PostgreSQL would cut off.
    """
    by_name = {fold(n): item for item in items for n in _names(item) if n}
    columns: list[TableColumn] = []
    unknown: list[str] = []
    for place, name in enumerate(header):
        if name is None:
            continue
        item = by_name.get(fold(name))
        if item is not None:
            columns.append(_from_item(item, place))
        elif items and not unknown_allowed:
            unknown.append(name)
        else:
            columns.append(TableColumn(name, name, "text", place, identity=None))
    problems = [f"信息项中没有这些列：{'、'.join(unknown)}"] if unknown else []
    bound = {column.item for column in columns}
    missing = [str(i["name"]) for i in items if i["name"] not in bound]
    if missing:
        problems.append(f"文件缺少这些信息项的列：{'、'.join(missing)}")
    problems += _name_problems(columns)
    if problems or not columns:
        raise ColumnsRefused("；".join(problems or ["文件没有列名"]) + "。")
    return columns


def _names(item: Item) -> tuple[str, ...]:
    return names_of([item])[0]


def _from_item(item: Item, place: int) -> TableColumn:
    kind = type_of(item)
    length = str(item.get("data_length") or "").strip()
    identity = None if kind == "text" else False
    return TableColumn(
        name=column_of(item),
        label=str(item["name"]),
        type=kind,
        source=place,
        item=str(item["name"]),
        length=int(length) if kind == "text" and length.isdecimal() else None,
        is_key=str(item.get("is_key") or "") == "是",
        identity=True if holds_identity_numbers(item) else identity,
        notes=str(item.get("remarks") or ""),
    )


def _name_problems(columns: Sequence[TableColumn]) -> list[str]:
    names = [column.name for column in columns]
    twins = sorted({name for name in names if names.count(name) > 1})
    problems = [p for p in map(check_name, names) if p]
    if twins:
        problems.append(f"列名重复：{'、'.join(twins)}")
    return problems
