"""Rules of the information items, 信息项 (1272号, 信息项信息)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.jiangmen.catalog import lists, openness
from ckanext.jiangmen.catalog.problems import Problem
from ckanext.jiangmen.catalog.values import (
    has_control_characters,
    quote_short,
    text,
)

FIELD = "information_items"
LONGEST_COLUMN_BYTES = 63  # PostgreSQL cuts identifiers there, silently.
_LENGTH = re.compile(r"[1-9]\d{0,7}([,，.]\d{1,3})?", re.ASCII)
_CHOICES = {
    "data_type": "data_type",
    "is_key": "yes_no",
    "sharing_category": "sharing_category",
    "open_flag": "yes_no",
    "sensitivity": "sensitivity",
}


def with_defaults(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item with 列名 (its name, where that fits), 是否主键 and 敏感级别."""
    filled = {key: value for key, value in item.items() if value is not None}
    name = text(item.get("name"))
    if not text(item.get("column")) and len(name.encode()) <= LONGEST_COLUMN_BYTES:
        filled["column"] = name
    filled["is_key"] = text(item.get("is_key")) or openness.NO
    filled["sensitivity"] = text(item.get("sensitivity")) or "无"
    return filled


def column_of(item: Mapping[str, Any]) -> str:
    """Return the 列名 of an item: its own, else its name."""
    return text(item.get("column")) or text(item.get("name"))


def column_proposal(name: str, taken: set[str]) -> str:
    """Return a 列名 made of the beginning of `name`, free and ≤ 63 bytes."""
    number = 1
    while True:
        ending = "" if number == 1 else f"_{number}"
        room = LONGEST_COLUMN_BYTES - len(ending)
        proposal = name.encode()[:room].decode(errors="ignore") + ending
        if proposal not in taken:
            return proposal
        number += 1


def check(entry: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every broken rule of the entry's items."""
    items = entry.get(FIELD)
    if items in (None, "", []):
        if lists.is_tabular(text(entry.get("format_class"))):
            message = (
                f"信息资源格式分类为“{text(entry.get('format_class'))}”的，"
                "须填写至少一个信息项，请在“信息项”中逐项填写。"
            )
            yield Problem(FIELD, "items_required", message)
        return
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        message = "信息项须为列表，每项为字段与值，请按接口说明改正。"
        yield Problem(FIELD, "items_shape", message)
        return
    columns = {column_of(item) for item in items}
    names_seen: dict[str, int] = {}
    columns_seen: dict[str, tuple[int, str]] = {}
    limits = lists.requirements()["item_max_length"]
    for place, item in enumerate(items):
        yield from _check_texts(place, item, limits)
        yield from _check_choices(place, item)
        yield from _check_unique(place, item, names_seen)
        yield from _check_column(place, item, columns, columns_seen)
        yield from _check_type(place, item)
        yield from _check_sharing(place, item, entry)


def _problem(place: int, field: str, rule: str, message: str) -> Problem:
    return Problem(FIELD, rule, message, place, field)


def _check_texts(
    place: int, item: Mapping[str, Any], limits: Mapping[str, int]
) -> Iterator[Problem]:
    for field in ("name", "data_type"):
        if not text(item.get(field)):
            label = lists.label(field, item=True)
            yield _problem(place, field, "required", f"缺少{label}，请填写。")
    for field, value in item.items():
        if value is not None and not isinstance(value, (str, int, float)):
            label = lists.label(field, item=True)
            yield _problem(place, field, "text", f"{label}须为文字，请改正。")
        elif field in limits and len(text(value)) > limits[field]:
            label = lists.label(field, item=True)
            message = f"{label}超过{limits[field]}个字符，请精简。"
            yield _problem(place, field, "too_long", message)
    if has_control_characters(text(item.get("name"))):
        yield _problem(place, "name", "text", "信息项名称中有换行或控制字符，请删除。")


def _check_choices(place: int, item: Mapping[str, Any]) -> Iterator[Problem]:
    for field, name in _CHOICES.items():
        value = text(item.get(field))
        if value and value not in lists.value_set(name):
            label = lists.label(field, item=True)
            permitted = "、".join(lists.values(name))
            message = f"{label}{quote_short(value)}不在列表中，请改为：{permitted}。"
            yield _problem(place, field, "choice", message)


def _check_unique(
    place: int, item: Mapping[str, Any], seen: dict[str, int]
) -> Iterator[Problem]:
    name = text(item.get("name"))
    if not name:
        return
    first = seen.setdefault(name, place)
    if first != place:
        message = f"名称{quote_short(name)}与第{first + 1}项重复，请改名或删除一项。"
        yield _problem(place, "name", "item_duplicate", message)


def _check_column(
    place: int,
    item: Mapping[str, Any],
    columns: set[str],
    seen: dict[str, tuple[int, str]],
) -> Iterator[Problem]:
    column = column_of(item)
    if not column:
        return
    typed = bool(text(item.get("column")))
    if len(column.encode()) > LONGEST_COLUMN_BYTES:
        proposal = column_proposal(column, columns)
        if typed:
            message = f"列名超过63字节（21个汉字），请缩短，如“{proposal}”。"
        else:
            message = (
                "信息项名称超过63字节（21个汉字），不能作列名，"
                f"请填写列名，如“{proposal}”。"
            )
        yield _problem(place, "column", "column_too_long", message)
        return
    if column.startswith("_") or '"' in column or has_control_characters(column):
        message = f"列名{quote_short(column)}以下划线开头或含双引号、控制字符，请改名。"
        yield _problem(place, "column", "column_name", message)
    name = text(item.get("name"))
    first, first_name = seen.setdefault(column, (place, name))
    if first == place or (not typed and name == first_name):
        return  # Two equal names are told once, as such.
    if typed:
        message = f"列名{quote_short(column)}与第{first + 1}项重复，请改名。"
    else:
        message = f"名称用作列名时与第{first + 1}项的列名重复，请填写列名。"
    yield _problem(place, "column", "column_duplicate", message)


def _check_type(place: int, item: Mapping[str, Any]) -> Iterator[Problem]:
    known = lists.by_value("data_type").get(text(item.get("data_type")))
    length = text(item.get("data_length"))
    if length and not _LENGTH.fullmatch(length):
        message = (
            f"数据长度{quote_short(length)}应为正整数或“总位数,小数位数”，如 10,2。"
        )
        yield _problem(place, "data_length", "length", message)
    if known is None:
        return
    if known["length"] and not length:
        message = f"{known['value']}须有数据长度，请填写，如 18 或 10,2。"
        yield _problem(place, "data_length", "length", message)
    if known.get("remarks") and not text(item.get("remarks")):
        message = f"{known['value']}须在备注中说明内容，请填写备注。"
        yield _problem(place, "remarks", "type_note", message)


def _check_sharing(
    place: int, item: Mapping[str, Any], entry: Mapping[str, Any]
) -> Iterator[Problem]:
    own = text(item.get("sharing_category"))
    category = own or text(entry.get("sharing_category"))
    flag = text(item.get("open_flag"))
    closes_part = (
        not own
        and flag == openness.NO
        and entry.get("secrecy_review_result") == openness.PARTIAL
    )
    if (
        flag in lists.value_set("yes_no")
        and category in lists.value_set("sharing_category")
        and flag != openness.flag_of(category)
        and not closes_part
    ):
        message = (
            f"是否向社会开放为“{flag}”，与共享方式类别“{category}”矛盾，"
            "请改正其中之一。"
        )
        yield _problem(place, "open_flag", "open_contradiction", message)
    if (
        own == openness.CONDITIONAL
        and not text(item.get("share_condition"))
        and not text(entry.get("share_condition"))
    ):
        message = "有条件共享须写明共享条件，请填写本项或本资源的共享条件。"
        yield _problem(place, "share_condition", "item_condition", message)
