"""What a revision changes, line by line: fields, single items, single files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

Change = Mapping[str, Any]
Line = dict[str, str]

# Follow from other fields or are written by the platform.
NOT_SHOWN = frozenset({"category_badge", "schema_version"})


def lines(changes: Iterable[Change]) -> list[Line]:
    """Return an action's `changes` as lines for a table: [{label, before, after}]."""
    found: list[Line] = []
    for change in changes:
        name = change["field"]
        if name in NOT_SHOWN:
            continue
        if name == "information_items":
            found += _items(change["before"] or [], change["after"] or [])
        elif name == "resources":
            found += _files(change["before"] or [], change["after"] or [])
        else:
            found.append(
                {
                    "label": change["label"],
                    "before": tk.h.jiangmen_field_value(change["before"], name),
                    "after": tk.h.jiangmen_field_value(change["after"], name),
                }
            )
    return found


def _items(before: list[Change], after: list[Change]) -> list[Line]:
    old = {item.get("name", ""): item for item in before}
    new = {item.get("name", ""): item for item in after}
    labels = _item_labels()
    word = tk._("Item")
    found: list[Line] = []
    for name, item in new.items():
        if name not in old:
            found.append({"label": word, "before": "", "after": name})
            continue
        found += [
            {
                "label": f"{word} {name}：{labels[field]}",
                "before": _text(old[name].get(field)),
                "after": _text(item.get(field)),
            }
            for field in labels
            if _text(old[name].get(field)) != _text(item.get(field))
        ]
    found += [
        {"label": word, "before": name, "after": ""} for name in old if name not in new
    ]
    if not found:
        found.append(
            {
                "label": tk._("Order of the items"),
                "before": "、".join(old),
                "after": "、".join(new),
            }
        )
    return found


def _item_labels() -> dict[str, str]:
    schema = tk.h.scheming_get_dataset_schema("dataset") or {}
    field = tk.h.scheming_field_by_name(
        schema.get("dataset_fields", []), "information_items"
    )
    return {
        part["field_name"]: tk.h.scheming_language_text(part["label"])
        for part in (field or {}).get("repeating_subfields", [])
    }


def _files(before: list[Change], after: list[Change]) -> list[Line]:
    old = {each.get("id"): each for each in before}
    new = {each.get("id"): each for each in after}
    word = tk._("File")
    found = [
        {
            "label": word,
            "before": _file(old[key]) if key in old else "",
            "after": _file(each),
        }
        for key, each in new.items()
        if key not in old or _text(old[key]) != _text(each)
    ]
    found += [
        {"label": word, "before": _file(each), "after": ""}
        for key, each in old.items()
        if key not in new
    ]
    return found


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
