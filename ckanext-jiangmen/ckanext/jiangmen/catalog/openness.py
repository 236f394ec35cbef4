"""共享方式类别, item by item: what is open, how open an entry is (四(二) "逐项明确").

The entry's typed category is its items' default; the entry is as open as its most
open item. Where the department's words do not agree, the stricter one holds. What
it declares 不予共享 is so only while its ground holds (`legal_basis`): before the city
has approved and after a term has ended it is 有条件共享.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.jiangmen.catalog import legal_basis, lists
from ckanext.jiangmen.catalog.values import text

OPEN = "可社会公开"
UNCONDITIONAL = "无条件共享"
CONDITIONAL = "有条件共享"
WITHHELD = "不予共享"
NOT_CLASSIFIED = "非涉密"
YES, NO = "是", "否"
PARTIAL = "部分公开"

Entry = Mapping[str, Any]
Item = Mapping[str, Any]


def items_of(entry: Entry) -> list[dict[str, Any]]:
    """Return the entry's information items; [] if there are none or no list."""
    items = entry.get("information_items")
    if not isinstance(items, list):
        return []
    return [item for item in items if isinstance(item, dict)]


def item_category(entry: Entry, item: Item) -> str:
    """Return the category in force of one item today.

    As declared, except that what is to be withheld on a ground that does not hold, not
    yet or no more, is 有条件共享.
    """
    category = declared_category(entry, item)
    if category == WITHHELD and not legal_basis.still_withheld(entry, item):
        return CONDITIONAL
    return category


def declared_category(entry: Entry, item: Item) -> str:
    """Return the category of one item as the department's words have it.

    Its own, else its entry's, else 不予共享. What is 可社会公开 but marked 否, or only
    inherits it where the review said 部分公开 and is not marked 是, is 无条件共享.
    """
    own = text(item.get("sharing_category"))
    category = own or text(entry.get("sharing_category")) or WITHHELD
    if category != OPEN:
        return category
    marked = text(item.get("open_flag"))
    if marked == NO:
        return UNCONDITIONAL
    reviewed = text(entry.get("secrecy_review_result"))
    if not own and marked != YES and reviewed == PARTIAL:
        return UNCONDITIONAL
    return OPEN


def category_badge(entry: Entry) -> str:
    """Return how open the entry is today: the most open category among its items.

    Without items it is the typed one, except that nothing of a file can be opened
    部分公开.
    """
    return _most_open(entry, item_category)


def declared_badge(entry: Entry) -> str:
    """Return the badge as declared, whatever became of the grounds: what is stored."""
    return _most_open(entry, declared_category)


def _most_open(entry: Entry, category: Callable[[Entry, Item], str]) -> str:
    found = [category(entry, item) for item in items_of(entry) or [{}]]
    return max(found, key=lists.openness)


def derived_fields(badge: str) -> dict[str, str]:
    """Return what follows from a badge: itself, 共享类型 and 是否向社会开放."""
    return {
        "category_badge": badge,
        "share_type": share_type_of(badge),
        "open_flag": flag_of(badge),
    }


def file_category(entry: Entry, resource: Mapping[str, Any]) -> str:
    """Return the category of a file that is no table: its own, else the strictest."""
    own = text(resource.get("sharing_category"))
    found = [item_category(entry, item) for item in items_of(entry) or [{}]]
    return own or min(found, key=lists.openness)


def declares_withheld(entry: Entry) -> bool:
    """Return whether the entry declares anything 不予共享."""
    return text(entry.get("sharing_category")) == WITHHELD or any(
        text(item.get("sharing_category")) == WITHHELD for item in items_of(entry)
    )


def is_mixed(entry: Entry) -> bool:
    """Return whether the entry's items are of more than one category."""
    return len({item_category(entry, item) for item in items_of(entry)}) > 1


def open_items(entry: Entry) -> list[dict[str, Any]]:
    """Return the items that are 可社会公开, as they stand in the entry.

    Of an entry that is not 非涉密 nothing is.
    """
    if entry.get("secrecy") != NOT_CLASSIFIED:
        return []
    return [item for item in items_of(entry) if item_category(entry, item) == OPEN]


def is_open(entry: Entry) -> bool:
    """Return whether anything of the entry is 可社会公开."""
    return entry.get("secrecy") == NOT_CLASSIFIED and category_badge(entry) == OPEN


def effective_items(entry: Entry) -> list[dict[str, Any]]:
    """Return the items with category, condition and 是否向社会开放 in force."""
    filled = []
    for item in items_of(entry):
        category = item_category(entry, item)
        filled.append(
            {
                **item,
                "sharing_category": category,
                "open_flag": flag_of(category),
                "share_condition": item.get("share_condition")
                or (entry.get("share_condition") or ""),
            }
        )
    return filled


def flag_of(category: str) -> str:
    """Return 是否向社会开放 of a category."""
    return YES if category == OPEN else NO


def share_type_of(category: str) -> str:
    """Return the national 共享类型 of a category; "" for what is none."""
    return lists.by_value("sharing_category").get(category, {}).get("share_type", "")
