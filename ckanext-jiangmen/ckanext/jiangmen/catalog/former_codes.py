"""原编号: the numbers an entry had before its 信息资源代码, which still lead to it.

The survey's number (调查表编号) and codes of GB/T 21063.5. They need not be unique:
two departments may have numbered their surveys alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from ckanext.jiangmen.catalog import lists, resource_code
from ckanext.jiangmen.catalog.problems import Problem
from ckanext.jiangmen.catalog.values import (
    as_list,
    has_control_characters,
    quote_short,
    text,
)

FIELD = "former_codes"
LONGEST = 64


def is_legacy(code: str) -> bool:
    """Return whether a text is a code of GB/T 21063.5 and none of 1272号."""
    return resource_code.is_legacy(code, {row["code"] for row in lists.classes()})


def keep_legacy(entry: MutableMapping[str, Any]) -> None:
    """Move a legacy code out of 信息资源代码: the platform gives a national one."""
    own = text(entry.get("resource_code"))
    if not is_legacy(own):
        return
    entry["resource_code"] = ""
    entry[FIELD] = list(dict.fromkeys([*as_list(entry.get(FIELD)), own]))


def check(entry: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the former numbers of an entry."""
    seen: set[str] = set()
    for code in as_list(entry.get(FIELD)):
        if len(code) > LONGEST or has_control_characters(code):
            message = (
                f"原编号{quote_short(code)}超过{LONGEST}个字符或有控制字符，请改正。"
            )
            yield Problem(FIELD, "former_code", message)
        if code in seen:
            message = f"原编号{quote_short(code)}重复，请删除一个。"
            yield Problem(FIELD, "former_code", message)
        seen.add(code)
