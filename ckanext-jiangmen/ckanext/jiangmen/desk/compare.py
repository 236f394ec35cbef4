"""What a revision changes, line by line: fields, single items, single files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import comparison, lists

Change = Mapping[str, Any]
Line = dict[str, str]

# Follow from other fields or are written by the platform.
NOT_SHOWN = frozenset({"category_badge", "schema_version"})


def lines(changes: Iterable[Change]) -> list[Line]:
    """Return an action's `changes` as lines for a table: [{label, before, after}]."""
    found: list[Line] = []
    for change in changes:
        name, old, new = change["field"], change["before"], change["after"]
        if name == "information_items":
            found += item_lines(comparison.items(old or [], new or []))
        elif name == "resources":
            found += file_lines(comparison.files(old or [], new or []))
        else:
            found += field_lines([change])
    return found


def item_lines(items: Iterable[Change]) -> list[Line]:
    """Return what became of items as lines: one for the item, one for each field."""
    found: list[Line] = []
    for item in items:
        name = f"{tk._('Item')} {item['name']}"
        for kind in item["changes"]:
            if kind in _WORDS:
                before, after = _WORDS[kind](item)
                label = f"{name}：{_change_label(kind)}"
                found.append({"label": label, "before": before, "after": after})
        found += [
            {
                "label": f"{name}：{field['label']}",
                "before": _text(field["before"]),
                "after": _text(field["after"]),
            }
            for field in item["fields"]
            if field["field"] != "name"
        ]
    return found


_WORDS: dict[str, Callable[[Change], tuple[str, str]]] = {
    "added": lambda item: ("", item["name"]),
    "removed": lambda item: (item["name"], ""),
    "renamed": lambda item: (item["former_name"], item["name"]),
    "moved": lambda item: (str(item["before_position"]), str(item["after_position"])),
}


def _change_label(kind: str) -> str:
    return {
        "added": tk._("added"),
        "removed": tk._("removed"),
        "renamed": tk._("renamed"),
        "moved": tk._("moved to another place"),
    }[kind]


def file_lines(files: Iterable[Change]) -> list[Line]:
    """Return what became of files as lines."""
    return [
        {
            "label": tk._("File"),
            "before": _file(each["before"]) if each["before"] else "",
            "after": _file(each["after"]) if each["after"] else "",
        }
        for each in files
    ]


def field_lines(fields: Iterable[Change]) -> list[Line]:
    """Return what became of fields as lines; what follows from others is left out."""
    return [
        {
            "label": each["label"],
            "before": tk.h.jiangmen_field_value(each["before"], each["field"]),
            "after": tk.h.jiangmen_field_value(each["after"], each["field"]),
        }
        for each in fields
        if each["field"] not in NOT_SHOWN
    ]


def whole(compared: Mapping[str, Any]) -> list[Line]:
    """Return what `jiangmen_entry_compare` answers as lines."""
    return [
        *field_lines(compared["fields"]),
        *item_lines(compared["items"]),
        *file_lines(compared["files"]),
    ]


def conflict(told: Change) -> dict[str, str]:
    """Return a conflict of two edits as texts: key, label, base, theirs, mine."""
    texts = {side: _side(told, told[side]) for side in ("base", "theirs", "mine")}
    return {"key": told["key"], "label": told["label"], **texts}


def _side(told: Change, value: Any) -> str:
    if isinstance(value, Mapping) and told["field"] == "resources":
        return _file(value)
    if isinstance(value, Mapping):
        return "；".join(
            f"{lists.label(name, item=True)}：{_text(part)}"
            for name, part in value.items()
        )
    return tk.h.jiangmen_field_value(value, told["field"])


def _file(resource: Change) -> str:
    name = resource.get("name") or resource.get("file_name") or resource.get("id") or ""
    size = tk.h.jiangmen_size(resource.get("size"))
    left_out = resource.get("rows_left_out")
    if left_out:
        said = tk._("{count} rows left out").format(count=left_out)
        size = f"{size}，{said}" if size else said
    return f"{name}（{size}）" if size else str(name)


def _text(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
