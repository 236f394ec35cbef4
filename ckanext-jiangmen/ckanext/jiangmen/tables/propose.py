"""Propose information items for a file that nobody has described yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from ckanext.jiangmen.tables import checks, decode
from ckanext.jiangmen.tables.columns import TYPES, check_name
from ckanext.jiangmen.tables.limits import Limits
from ckanext.jiangmen.tables.values import RULES

LOOKED_AT_ROWS = 50_000
# From the narrowest type to the widest; a text that fits none is 字符型.
TRIED = ("整型", "数值型", "日期型", "日期时间型")
# What names of columns say of persons, the stricter first (个人信息保护法 28条、4条).
PERSONAL = (
    (
        "敏感个人信息",
        ("身份证", "身份号码", "证件号", "银行账", "银行卡", "病", "诊断"),
    ),
    ("个人信息", ("姓名", "手机", "电话", "住址", "出生", "邮箱", "民族", "籍贯")),
)
BOOLEANS = frozenset({"是", "否"})
LONG_TEXT = 1000


def propose_items(
    path: Path, file_limits: Limits | None = None
) -> list[dict[str, Any]]:
    """Return an information item per named column, in the file's order.

    Keys as in an entry: name, column, data_type, data_length, is_key, sensitivity.
    A cataloguer has to confirm them: types come from the first 50,000 rows, and the
    first column without a repetition is taken for the key. Raise `Unreadable`,
    `TooLarge`.
    """
    with decode.open_table(path, (), file_limits) as source:
        frames: list[pl.DataFrame] = []
        seen = 0
        for batch in source.batches():
            frames.append(batch.frame)
            seen += len(batch.frame)
            if seen >= LOOKED_AT_ROWS:
                break
        frame = pl.concat(frames) if frames else pl.DataFrame()
        items = [
            _item(
                name,
                frame.to_series(place)
                if len(frame)
                else pl.Series([], dtype=pl.String),
            )
            for place, name in enumerate(source.columns)
            if name is not None
        ]
        # Several would be one key together, which lets each of them repeat.
        for other in [item for item in items if item["is_key"] == "是"][1:]:
            other["is_key"] = "否"
        return items


def _item(name: str, column: pl.Series) -> dict[str, Any]:
    values = column.drop_nulls().str.strip_chars()
    values = values.filter(values != "")
    kind = _type(values)
    longest = values.str.len_chars().max() or 1
    identity = checks.count_identity_numbers(values) * 2 > len(values) > 0
    unique = len(values) == len(column) > 0 and values.n_unique() == len(values)
    if kind == "字符型" and int(str(longest)) > LONG_TEXT:
        kind = "备注型"
    return {
        "name": name,
        "column": name if check_name(name) is None else "",
        "data_type": kind,
        "data_length": "" if kind.endswith(("日期型", "时间型")) else str(longest),
        "is_key": "是" if unique and kind in {"字符型", "整型"} else "否",
        "sensitivity": "敏感个人信息" if identity else _personal(name),
    }


def _personal(name: str) -> str:
    """Return the level of personal data that a column's name tells of."""
    for level, words in PERSONAL:
        if any(word in name for word in words):
            return level
    return "无"


def _type(values: pl.Series) -> str:
    """Return the narrowest data type that every value fits."""
    if not len(values):
        return "字符型"
    different = values.unique().to_list()
    if set(different) <= BOOLEANS:
        return "逻辑型"
    for kind in TRIED:
        # Eight digits are a code more often than a date.
        if kind.startswith("日期") and all(value.isdigit() for value in different):
            continue
        if all(not RULES[TYPES[kind]][1](value)[1] for value in different):
            is_code = kind == "整型" and min(map(len, different)) >= 6
            return "字符型" if is_code else kind
    return "字符型"
