"""The score of one entry: what the guide asks for, its words, its items (pure)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.values import is_empty, quote_short, text

Entry = Mapping[str, Any]

_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff]\s*([,;:?!()])|([,;:?!()])\s*[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Finding:
    """One thing that could be better: where, why and how, and what it is worth.

    `points` is what mending it adds to the score; `item` is the 0-based place of an
    information item.
    """

    part: str
    field: str
    rule: str
    message: str
    points: float = 0.0
    item: int | None = None


@functools.cache
def settings() -> MappingProxyType[str, Any]:
    """Return ``schemas/quality.yaml``."""
    return MappingProxyType(lists.read_yaml("quality.yaml"))


def report(entry: Entry, alike: list[dict[str, Any]]) -> dict[str, Any]:
    """Return score, parts and findings, the dearest first.

    `alike` are the titles of other departments that look like this one's.
    """
    parts = settings()["parts"]
    found: list[Finding] = []
    scored = {}
    for name, part in parts.items():
        lost = list(_CHECKS[name](entry, alike))
        worth = float(part["points"])
        share = min(sum(finding.points for finding in lost), 1.0)
        found += [_priced(finding, worth, lost) for finding in lost]
        scored[name] = {
            "title": part["title"],
            "points": round(worth * (1 - share), 1),
            "of": part["points"],
        }
    found.sort(key=lambda finding: -finding.points)
    return {
        "score": round(sum(part["points"] for part in scored.values())),
        "parts": scored,
        "findings": [asdict(finding) for finding in found],
        "alike": alike,
    }


def _priced(finding: Finding, worth: float, lost: list[Finding]) -> Finding:
    """Return a finding with its share of the part's points as points."""
    whole = max(sum(each.points for each in lost), 1.0)
    points = round(worth * finding.points / whole, 1)
    return Finding(**{**asdict(finding), "points": points})


def _completeness(entry: Entry, _alike: Any) -> Iterator[Finding]:
    required = lists.requirements()["entry"]
    kind = text(entry.get("content_kind"))
    of_kind = lists.requirements()["content_kind"].get(kind, [])
    wanted = list(dict.fromkeys([*required, *of_kind, *settings()["recommended"]]))
    for field in wanted:
        if is_empty(entry.get(field)):
            message = f"未填写{lists.label(field)}，请补充。"
            yield Finding("completeness", field, "missing", message, 1 / len(wanted))


def _wording(entry: Entry, _alike: Any) -> Iterator[Finding]:
    for field in settings()["worded"]:
        value = text(entry.get(field))
        if not value:
            continue
        label = lists.label(field)
        for word in settings()["never"]:
            if word in value:
                message = f"{label}中有“{word}”，似为测试或占位内容，请改为实际内容。"
                yield Finding("wording", field, "placeholder", message, 0.5)
        if value.rstrip("。.") in settings()["empty"]:
            message = f"{label}只写了{quote_short(value)}，请写明具体内容。"
            yield Finding("wording", field, "says_nothing", message, 0.25)
        mark = _HALF_WIDTH.search(value)
        if mark:
            sign = mark[1] or mark[2]
            message = f"{label}的中文中用了半角标点“{sign}”，请改用全角标点。"
            yield Finding("wording", field, "half_width", message, 0.1)
    yield from _abstract(entry)


def _abstract(entry: Entry) -> Iterator[Finding]:
    title, notes = text(entry.get("title")), text(entry.get("notes"))
    least = settings()["shortest_abstract"]
    if notes and notes.rstrip("。") == title.rstrip("。"):
        message = "摘要与名称相同，请说明资源包含什么内容、来自哪项业务。"
        yield Finding("wording", "notes", "abstract_is_title", message, 0.5)
    elif notes and len(notes) < least:
        message = (
            f"摘要只有{len(notes)}个字，请说明内容、来源和范围，不少于{least}个字。"
        )
        yield Finding("wording", "notes", "short_abstract", message, 0.25)


def _items(entry: Entry, _alike: Any) -> Iterator[Finding]:
    items = entry.get("information_items") or []
    for place, item in enumerate(items):
        message = _type_problem(item)
        if message:
            told = f"第{place + 1}项{quote_short(text(item.get('name')))}{message}"
            yield Finding(
                "items", "data_type", "standard_type", told, 1 / len(items), place
            )


def _type_problem(item: Entry) -> str:
    """Return why an item's type is none of the standard ones, "" if it is."""
    data_type = text(item.get("data_type"))
    standard = _standard(text(item.get("name")))
    if standard and data_type not in standard["types"]:
        wanted = "或".join(standard["types"])
        return f"的标准数据类型为{wanted}，现为“{data_type}”，请核对。"
    length = (standard or {}).get("length")
    if length and text(item.get("data_length")) != length:
        return f"的标准数据长度为{length}，请核对。"
    if data_type in settings()["vague_types"] and not text(item.get("standard")):
        return f"的数据类型“{data_type}”没有说明内容，请改用标准数据类型。"
    return ""


def _standard(name: str) -> dict[str, Any] | None:
    for row in settings()["standard_types"]:
        if name.endswith(tuple(row["ends"])):
            return row
    return None


def _source(_entry: Entry, alike: list[dict[str, Any]]) -> Iterator[Finding]:
    for each in alike:
        message = (
            f"与{each['organization']}的“{each['title']}”名称相近，"
            "请核对是否一数一源：同一数据只由数源部门编目，其他单位以关联资源代码引用。"
        )
        yield Finding("source", "title", "alike", message, 1.0)


_CHECKS = {
    "completeness": _completeness,
    "wording": _wording,
    "items": _items,
    "source": _source,
}
