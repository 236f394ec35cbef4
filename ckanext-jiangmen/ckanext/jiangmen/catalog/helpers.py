"""What templates ask of the catalogue; they read, and never query per row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import (
    bulk_edit,
    legal_basis,
    legal_shown,
    lists,
    review,
    rules,
    shown,
)
from ckanext.jiangmen.catalog.search import shown as search_shown


def jiangmen_field_label(field: str, item: bool = False) -> str:
    """Return the Chinese name of a field of an entry, or of an item."""
    return lists.label(field, item=item)


def jiangmen_step_title(step: str) -> str:
    """Return how a step of the review is called."""
    return review.STEP_TITLES.get(step, "")


def jiangmen_state_title(state: str) -> str:
    """Return how a revision's state is called."""
    return shown.STATE_TITLES.get(state, "")


def jiangmen_quality(id: str) -> dict[str, Any] | None:
    """Return the score of an entry or revision; None for who may not see it."""
    context = accounts.acting_as(tk.current_user.name)
    try:
        return tk.get_action("jiangmen_quality_show")(context, {"id": id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None


def jiangmen_effective_items(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entry's items with category and 是否向社会开放 in force."""
    return rules.effective_items(entry)


def jiangmen_item_category(entry: dict[str, Any], item: dict[str, Any]) -> str:
    """Return the category of an item that is in force today."""
    return rules.item_category(entry, item)


def jiangmen_class_tree() -> list[dict[str, Any]]:
    """Return 类, 项, 目 and 细目 for a form: `code`, `name`, `below`."""
    return lists.class_tree()


def jiangmen_bulk_fields() -> tuple[str, ...]:
    """Return the fields that can be changed in many entries at once."""
    return bulk_edit.FIELDS


def jiangmen_legal_bases() -> list[dict[str, str]]:
    """Return the grounds that the signed-in cataloguer may name: [{value, label}]."""
    context = accounts.acting_as(tk.current_user.name)
    try:
        found = tk.get_action("jiangmen_legal_basis_list")(context, {"limit": 1000})
    except tk.NotAuthorized:
        return []
    return [
        {
            "value": row["number"],
            "label": f"{row['number']} {row['title']} {row['article'][:30]}"
            f"（{row['standing_title']}）",
        }
        for row in found["results"]
        if row["may"]["edit"]
    ]


def jiangmen_related(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entries that an entry names and that name it, as the reader may."""
    context = accounts.acting_as(tk.current_user.name)
    try:
        return tk.get_action("jiangmen_entry_related")(context, {"id": entry["id"]})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return {"names": [], "named_by": []}


def jiangmen_basis_states() -> list[tuple[str, str]]:
    """Return the states of grounds and how they are called."""
    return [(state, legal_shown.STATE_TITLES[state]) for state in legal_basis.STATES]


def jiangmen_due_label(why: str, date: str) -> str:
    """Return in words why a ground needs somebody."""
    return {
        "expired": tk._("The term ended on {date}."),
        "overdue": tk._("The yearly check was due on {date}."),
        "expires": tk._("The term ends on {date}."),
        "check": tk._("The yearly check is due by {date}."),
        "refused": tk._("Refused on {date}, and entries still name it."),
        "ended": tk._("Ended on {date}, and entries still name it."),
    }[why].format(date=date)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        each.__name__: each
        for each in (
            jiangmen_field_label,
            jiangmen_quality,
            jiangmen_step_title,
            jiangmen_state_title,
            jiangmen_effective_items,
            jiangmen_item_category,
            jiangmen_class_tree,
            jiangmen_bulk_fields,
            jiangmen_legal_bases,
            jiangmen_related,
            jiangmen_basis_states,
            jiangmen_due_label,
        )
    } | search_shown.get_helpers()
