"""Two states of an entry, field by field and item by item.

Items are matched by name, then by column, then by all the rest of them: so one that was
renamed or moved is told apart from one that was taken out while another came.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ckanext.jiangmen.catalog import entries, lists

Row = Mapping[str, Any]
Pairs = list[tuple[int | None, int | None]]

ITEMS, FILES = "information_items", "resources"
ADDED, REMOVED = "added", "removed"
RENAMED, MOVED, CHANGED = "renamed", "moved", "changed"


def compare(before: Row, after: Row) -> dict[str, list[dict[str, Any]]]:
    """Return what differs: `fields`, `items` and `files`, a list each."""
    fields = [
        {"field": field, "label": lists.label(field), "before": old, "after": new}
        for field, (old, new) in entries.changed_fields(before, after).items()
        if field not in {ITEMS, FILES}
    ]
    return {
        "fields": fields,
        "items": items(before.get(ITEMS) or [], after.get(ITEMS) or []),
        "files": files(before.get(FILES) or [], after.get(FILES) or []),
    }


def matched_items(before: Sequence[Row], after: Sequence[Row]) -> Pairs:
    """Return pairs of positions that are one item; None where one side has none.

    In the order of `after`, then those that only `before` has.
    """
    ways: list[Callable[[Row], Any]] = [
        lambda item: item.get("name"),
        lambda item: item.get("column"),
        _content,
    ]
    return _matched(before, after, ways)


def matched_files(before: Sequence[Row], after: Sequence[Row]) -> Pairs:
    """Return pairs of positions that are one file, by id."""
    return _matched(before, after, [lambda file: file.get("id")])


def _content(item: Row) -> Any:
    """Return what an item says besides its name and column; None if that is little."""
    rest = {k: v for k, v in item.items() if k not in {"name", "column"} and v}
    return tuple(sorted((k, str(v)) for k, v in rest.items())) or None


def _matched(
    before: Sequence[Row], after: Sequence[Row], ways: Sequence[Callable[[Row], Any]]
) -> Pairs:
    former: dict[int, int] = {}
    for way in ways:
        left = _by(way, before, set(former.values()))
        here = _by(way, after, set(former))
        # Only what is unique on both sides is surely the same.
        former |= {
            here[key][0]: left[key][0]
            for key in here
            if len(here[key]) == 1 and len(left.get(key, ())) == 1
        }
    gone = [place for place in range(len(before)) if place not in former.values()]
    pairs: Pairs = [(former.get(place), place) for place in range(len(after))]
    return pairs + [(place, None) for place in gone]


def _by(
    way: Callable[[Row], Any], rows: Sequence[Row], known: set[int]
) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for place, row in enumerate(rows):
        key = way(row)
        if place not in known and key:
            found.setdefault(key, []).append(place)
    return found


def items(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what became of items: name, changes, positions (from 1) and fields.

    `changes` holds added, removed, renamed, moved, changed; only items with any.
    """
    pairs = matched_items(before, after)
    moved = _moved(pairs)
    found = []
    for old, new in pairs:
        was = before[old] if old is not None else {}
        now = after[new] if new is not None else {}
        fields = _differences(was, now) if old is not None and new is not None else []
        changes = [ADDED] * (old is None) + [REMOVED] * (new is None)
        changes += [RENAMED] * any(each["field"] == "name" for each in fields)
        changes += [MOVED] * (new in moved)
        changes += [CHANGED] * any(each["field"] != "name" for each in fields)
        if changes:
            found.append(
                {
                    "name": now.get("name") or was.get("name") or "",
                    "former_name": was.get("name") or "",
                    "changes": changes,
                    "before_position": old + 1 if old is not None else None,
                    "after_position": new + 1 if new is not None else None,
                    "fields": fields,
                }
            )
    return found


def _differences(was: Row, now: Row) -> list[dict[str, Any]]:
    return [
        {
            "field": field,
            "label": lists.label(field, item=True),
            "before": was.get(field) or "",
            "after": now.get(field) or "",
        }
        for field in entries.ITEM_FIELDS
        if (was.get(field) or "") != (now.get(field) or "")
    ]


def _moved(pairs: Pairs) -> set[int]:
    """Return the later positions of what left the longest run that kept its order."""
    both = [(old, new) for old, new in pairs if old is not None and new is not None]
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, (old, _new) in enumerate(both):
        place = bisect_left(tails, old)
        tails[place : place + 1] = [old]
        ends[place : place + 1] = [index]
        previous.append(ends[place - 1] if place else -1)
    kept = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        kept.add(both[index][1])
        index = previous[index]
    return {new for _old, new in both} - kept


def files(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what became of files: name, change, and the file before and after."""
    old_rows = entries.canonical(FILES, {FILES: before})
    new_rows = entries.canonical(FILES, {FILES: after})
    found = []
    for old, new in matched_files(before, after):
        if old is not None and new is not None and old_rows[old] == new_rows[new]:
            continue
        was = before[old] if old is not None else None
        now = after[new] if new is not None else None
        told = now or was or {}
        found.append(
            {
                "name": told.get("name") or told.get("file_name") or "",
                "change": ADDED if was is None else REMOVED if now is None else CHANGED,
                "before": was,
                "after": now,
            }
        )
    return found
