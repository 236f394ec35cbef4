"""Grants: what one department may read of another's entry, for what and until when.

A value, without CKAN: which items, which rows, by which channels (四(二), 五(六)).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ckanext.jiangmen import clock
from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.tables import projection
from ckanext.jiangmen.tables.projection import Column, Predicate

MAX_CONDITIONS = 50
LONGEST_VALUE = 200

Scalar = str | int | float | bool
Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class RowsRefused(JiangmenError):
    """The row filter of a grant cannot be understood; the text says what and where."""


class Channel(enum.StrEnum):
    """How data leave: the plan's four exchange methods, and the pages' previews.

    A preview is allowed to whoever may take the rows in bulk.
    """

    SYSTEM = "系统对接"
    FRONT_END = "前置机共享"
    QUERY = "联机查询"
    DOWNLOAD = "部门批量下载"
    PAGE = "页面预览"


GRANTABLE = tuple(channel for channel in Channel if channel is not Channel.PAGE)
_BULK = frozenset({Channel.SYSTEM, Channel.DOWNLOAD})


@dataclass(frozen=True)
class Grant:
    """One grant on one entry to one organization.

    `items` are names of information items, `rows` is the row filter or None for all
    rows, `valid_until` a moment with its zone.
    """

    id: str
    package_id: str
    organization: str
    items: frozenset[str]
    channels: frozenset[Channel]
    purpose: str
    valid_until: dt.datetime
    rows: Rows | None = None

    def covers(self, item_name: str, channel: Channel) -> bool:
        """Return whether the item may be read by this channel."""
        if item_name not in self.items:
            return False
        if channel is Channel.PAGE:
            return bool(self.channels & _BULK)
        return channel in self.channels


def _eq(column: str, value: Any) -> Predicate:
    return projection.compare(column, "=", value)


def _compared(operator: str) -> Callable[[str, Any], Predicate]:
    return lambda column, value: projection.compare(column, operator, value)


# Operators as core's filters write them, and one for codes of regions.
OPERATORS: Mapping[str, Callable[[str, Any], Predicate]] = {
    "eq": _eq,
    "gt": _compared(">"),
    "gte": _compared(">="),
    "lt": _compared("<"),
    "lte": _compared("<="),
    "in": projection.one_of,
    "starts_with": projection.starts_with,
}


def check_rows(rows: Any, items: Sequence[str]) -> Rows | None:
    """Return the row filter, None for none.

    It is a dict of item → value, list of values or {operator: value}; all must hold.
    A list of such dicts: at least one must. Raise `RowsRefused`.
    """
    if rows in (None, "", {}, []):
        return None
    groups = rows if isinstance(rows, list) else [rows]
    count = 0
    for group in groups:
        if not isinstance(group, Mapping) or not group:
            raise RowsRefused("行条件应是“信息项: 值”的对象，或若干个这样的对象。")
        for name, wanted in group.items():
            if name not in items:
                raise RowsRefused(f"行条件中的“{name}”不是该信息资源的信息项。")
            for operator, value in _conditions(wanted):
                _check_condition(name, operator, value)
                count += 1
    if count > MAX_CONDITIONS:
        raise RowsRefused(f"行条件最多{MAX_CONDITIONS}项，现有{count}项。")
    return rows


def _conditions(wanted: Any) -> list[tuple[str, Any]]:
    if isinstance(wanted, Mapping):
        return list(wanted.items())
    return [("in" if isinstance(wanted, list) else "eq", wanted)]


def _check_condition(name: str, operator: str, value: Any) -> None:
    if operator not in OPERATORS:
        known = "、".join(OPERATORS)
        raise RowsRefused(f"行条件“{name}”的运算“{operator}”不可用，可选 {known}。")
    values = value if operator == "in" else [value]
    if not isinstance(values, list) or not values or len(values) > MAX_CONDITIONS:
        raise RowsRefused(f"行条件“{name}”应给出1至{MAX_CONDITIONS}个值。")
    for one in values:
        if not isinstance(one, Scalar) or len(str(one)) > LONGEST_VALUE:
            raise RowsRefused(
                f"行条件“{name}”的值应是文字或数字，不超过{LONGEST_VALUE}个字。"
            )
    if operator == "starts_with" and not isinstance(value, str):
        raise RowsRefused(f"行条件“{name}”的 starts_with 应给出文字。")


def predicate(rows: Rows | None, columns: Mapping[str, Column]) -> Predicate | None:
    """Return the row filter as SQL; `columns` maps item names to the table's columns.

    An item without a column, with a protected one, or a value that its type cannot
    hold lets no row through.
    """
    if rows is None:
        return None
    groups = [rows] if isinstance(rows, Mapping) else rows
    return projection.any_of(
        projection.all_of(
            _condition(columns.get(name), operator, value)
            for name, wanted in group.items()
            for operator, value in _conditions(wanted)
        )
        for group in groups
    )


def _condition(column: Column | None, operator: str, value: Any) -> Predicate:
    if column is None or column.is_encrypted:
        return projection.nothing()
    try:
        if operator == "in":
            fit: Any = [_fitting(column.type, one) for one in value]
        else:
            fit = value if operator == "starts_with" else _fitting(column.type, value)
    except (ValueError, ArithmeticError):
        return projection.nothing()
    return OPERATORS[operator](column.name, fit)


def _fitting(column_type: str, value: Any) -> Any:
    """Return a value as a column of this type is compared with."""
    if column_type == "text":
        return str(value)
    if column_type == "bool":
        if not isinstance(value, bool):
            raise ValueError(value)
        return value
    if column_type in {"date", "timestamp"}:
        return dt.datetime.fromisoformat(str(value))
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return number


def moment_until(text: Any) -> dt.datetime | None:
    """Return the end of a term: a date ends with its day in Jiangmen; None if wrong.

    >>> moment_until("2026-12-31").isoformat()
    '2026-12-31T15:59:59+00:00'
    """
    try:
        if len(str(text)) <= len("2026-12-31"):
            day = dt.date.fromisoformat(str(text))
            end = dt.datetime.combine(day, dt.time(23, 59, 59), clock.SHANGHAI)
        else:
            end = dt.datetime.fromisoformat(str(text))
            end = end if end.tzinfo else end.replace(tzinfo=clock.SHANGHAI)
    except ValueError:
        return None
    return end.astimezone(dt.UTC)
