"""Who may read which information item: the one place where it is decided.

First form: an item is read by its owner and by the coordinating office; what is
可社会公开 by everybody. Grants join here (江府办函〔2017〕82号, 四(二)).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from ckanext.jiangmen.catalog import rules

Entry = Mapping[str, Any]
Item = Mapping[str, Any]

WITHHELD = "不予共享"

# From the most open to the strictest.
CATEGORIES = ("可社会公开", "无条件共享", "有条件共享", WITHHELD)


class Standing(enum.Enum):
    """What a caller is to an entry."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    DEPARTMENT = "department"
    PUBLIC = "public"
    NOBODY = "nobody"


SEES_EVERYTHING = frozenset({Standing.OWNER, Standing.COORDINATOR})


class Mode(enum.Enum):
    """How the value of an item reaches a reader."""

    PLAIN = "plain"
    MASKED = "masked"


def category_of(entry: Entry, item: Item) -> str:
    """Return the item's category; an item without one has its entry's."""
    return item.get("sharing_category") or entry.get("sharing_category") or WITHHELD


def strictest(entry: Entry) -> str:
    """Return the strictest category among the items, the entry's own without items.

    It is the category of a file that is no table.
    """
    items = entry.get("information_items") or []
    found = {category_of(entry, item) for item in items}
    found = found or {entry.get("sharing_category") or WITHHELD}
    return max(found, key=CATEGORIES.index)


def is_withheld(entry: Entry) -> bool:
    """Return whether nothing but 不予共享 is left of the entry."""
    items = entry.get("information_items") or []
    if not items:
        return (entry.get("sharing_category") or WITHHELD) == WITHHELD
    return all(category_of(entry, item) == WITHHELD for item in items)


def visible_items(entry: Entry, standing: Standing) -> list[Item]:
    """Return the items whose existence a caller of this standing may know of."""
    items: list[Item] = list(entry.get("information_items") or [])
    if standing in SEES_EVERYTHING:
        return items
    if standing is Standing.DEPARTMENT:
        return [item for item in items if category_of(entry, item) != WITHHELD]
    if standing is Standing.PUBLIC:
        return list(rules.open_items(dict(entry)))
    return []


def readable_items(entry: Entry, standing: Standing) -> list[tuple[Item, Mode]]:
    """Return the items whose data a caller of this standing may read, and how.

    An identity number reaches nobody but its owner in plain.
    """
    if standing is Standing.OWNER:
        items = list(entry.get("information_items") or [])
        return [(item, Mode.PLAIN) for item in items]
    if standing is Standing.COORDINATOR:
        items = list(entry.get("information_items") or [])
    elif standing is Standing.NOBODY:
        items = []
    else:
        items = list(rules.open_items(dict(entry)))
    return [(item, Mode.MASKED) for item in items]


def may_read_file(entry: Entry, standing: Standing) -> bool:
    """Return whether a file that is no table may be read as it is."""
    if standing in SEES_EVERYTHING:
        return True
    if standing is Standing.NOBODY or not entry.get("information_items"):
        return standing is not Standing.NOBODY and (
            entry.get("open_flag") == "是" and strictest(entry) == CATEGORIES[0]
        )
    open_names = {item["name"] for item in rules.open_items(dict(entry))}
    return all(item["name"] in open_names for item in entry["information_items"])
