"""Who may read which information item: the one place where it is decided.

First form: an item is read by its owner and by the coordinating office; what is
可社会公开 by everybody. Grants join here (江府办函〔2017〕82号, 四(二)).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from ckanext.jiangmen.catalog import lists, openness
from ckanext.jiangmen.catalog.openness import OPEN, WITHHELD, item_category

Entry = Mapping[str, Any]
Item = Mapping[str, Any]


class Standing(enum.Enum):
    """What a caller is to an entry.

    `PUBLISHED` is everybody on the open site: what lies there is an export by the
    public projection already, and nothing behind it is hidden.
    """

    OWNER = "owner"
    COORDINATOR = "coordinator"
    DEPARTMENT = "department"
    PUBLIC = "public"
    PUBLISHED = "published"
    NOBODY = "nobody"


SEES_EVERYTHING = frozenset({Standing.OWNER, Standing.COORDINATOR, Standing.PUBLISHED})
READS_PLAIN = frozenset({Standing.OWNER, Standing.PUBLISHED})


class Mode(enum.Enum):
    """How the value of an item reaches a reader."""

    PLAIN = "plain"
    MASKED = "masked"


def strictest(entry: Entry) -> str:
    """Return the strictest category among the items, the entry's own without items.

    It is the category of a file that is no table.
    """
    items = openness.items_of(entry) or [{}]
    return min((item_category(entry, item) for item in items), key=lists.openness)


def is_withheld(entry: Entry) -> bool:
    """Return whether nothing but 不予共享 is left of the entry."""
    return openness.category_badge(entry) == WITHHELD


def visible_items(entry: Entry, standing: Standing) -> list[Item]:
    """Return the items whose existence a caller of this standing may know of."""
    items: list[Item] = list(openness.items_of(entry))
    if standing in SEES_EVERYTHING:
        return items
    if standing is Standing.DEPARTMENT:
        return [item for item in items if item_category(entry, item) != WITHHELD]
    if standing is Standing.PUBLIC:
        return list(openness.open_items(entry))
    return []


def readable_items(entry: Entry, standing: Standing) -> list[tuple[Item, Mode]]:
    """Return the items whose data a caller of this standing may read, and how.

    An identity number reaches nobody but its owner in plain.
    """
    if standing in READS_PLAIN:
        return [(item, Mode.PLAIN) for item in openness.items_of(entry)]
    if standing is Standing.COORDINATOR:
        return [(item, Mode.MASKED) for item in openness.items_of(entry)]
    if standing is Standing.NOBODY:
        return []
    return [(item, Mode.MASKED) for item in openness.open_items(entry)]


def may_read_file(
    entry: Entry, standing: Standing, resource: Mapping[str, Any]
) -> bool:
    """Return whether a file that is no table may be read as it is.

    It has a category of its own, by default the strictest among the items.
    """
    if standing in SEES_EVERYTHING:
        return True
    if standing is Standing.NOBODY:
        return False
    category = resource.get("sharing_category") or strictest(entry)
    return openness.is_open(entry) and category == OPEN
