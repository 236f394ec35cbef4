"""Take one change of an entry back where later ones stand on it, field by field.

Items are compared one by one by their names, and each of their fields.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.jiangmen.catalog import entries, openness, rules

ITEMS = "information_items"
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Conflict:
    """A field that was changed again: what the change made of it, and what it is now.

    `item` is the name of the information item, "" for a field of the entry.
    """

    field: str
    item: str
    changed_to: Any
    now: Any


def take_back(
    now: Entry, before: Entry, after: Entry, *, force: bool = False
) -> tuple[dict[str, Any], list[Conflict]]:
    """Return `now` without the change from `before` to `after`, and the conflicts.

    What was changed again since stays and is a conflict; with `force` it goes back as
    well. Files are left alone: no change of a workbook touches them.
    """
    result, told = copy.deepcopy(dict(now)), []
    changed = entries.changed_fields(before, after)
    since = entries.changed_fields(after, now)
    for field, (_old, new) in changed.items():
        if field == "resources":
            continue
        if field == ITEMS and field in since:
            result[ITEMS], found = _take_items_back(now, before, after, force=force)
            told += found
        elif field not in since or force:
            result[field] = copy.deepcopy(before.get(field))
        elif since[field][1] != changed[field][0] and field not in rules.DERIVED_FIELDS:
            told.append(Conflict(field, "", new, since[field][1]))
    result |= openness.derived_fields(openness.declared_badge(result))
    return result, told


def _take_items_back(
    now: Entry, before: Entry, after: Entry, *, force: bool
) -> tuple[list[dict[str, Any]], list[Conflict]]:
    """Return the items of `now` without the change, in the order that they have now."""
    old, new, current = (_by_name(each) for each in (before, after, now))
    told: list[Conflict] = []
    kept: dict[str, dict[str, Any]] = {}
    for name, item in current.items():
        if name in new and name not in old:
            if item != new[name] and not force:
                told += _item_edits(name, new[name], item)
                kept[name] = item
        else:
            kept[name], found = _take_item_back(
                name, item, old.get(name), new.get(name), force=force
            )
            told += found
    # What the change removed comes back, unless it is there again by now.
    removed = {name: old[name] for name in old if name not in new}
    for name, item in removed.items():
        kept.setdefault(name, copy.deepcopy(item))
    for name in old:
        if name in new and name not in current and old[name] != new[name]:
            told += _item_edits(name, new[name], None)
    order = list(old) if list(current) == list(new) else list(kept)
    places = {name: place for place, name in enumerate(order)}
    names = sorted(kept, key=lambda name: places.get(name, len(places)))
    return [kept[name] for name in names], told


def _take_item_back(
    name: str,
    item: dict[str, Any],
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    *,
    force: bool,
) -> tuple[dict[str, Any], list[Conflict]]:
    """Return one item without what the change did to its fields."""
    result, told = dict(item), []
    if old is None or new is None:
        return result, told
    for field in dict.fromkeys((*old, *new)):
        was, became, is_now = old.get(field), new.get(field), item.get(field)
        if was in (became, is_now):
            continue
        if is_now != became and not force:
            told.append(Conflict(field, name, became, is_now))
        elif was is None:
            result.pop(field, None)
        else:
            result[field] = was
    return result, told


def edits(after: Entry, now: Entry) -> list[Conflict]:
    """Return what is no more as a change left it, field by field and item by item."""
    found: list[Conflict] = []
    for field, (old, new) in entries.changed_fields(after, now).items():
        if field != ITEMS:
            found.append(Conflict(field, "", old, new))
            continue
        before, current = _by_name(after), _by_name(now)
        for name in dict.fromkeys((*before, *current)):
            found += _item_edits(name, before.get(name), current.get(name))
    return found


def _item_edits(
    name: str, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> list[Conflict]:
    if old is None or new is None:
        return [Conflict("name", name, old and name, new and name)]
    return [
        Conflict(field, name, old.get(field), new.get(field))
        for field in dict.fromkeys((*old, *new))
        if old.get(field) != new.get(field)
    ]


def _by_name(entry: Entry) -> dict[str, dict[str, Any]]:
    return {item.get("name", ""): dict(item) for item in entry.get(ITEMS) or []}
