"""What templates ask of the catalogue; they read, and never query per row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.jiangmen.catalog import lists, review, rules, shown


def jiangmen_field_label(field: str, item: bool = False) -> str:
    """Return the Chinese name of a field of an entry, or of an item."""
    return lists.label(field, item=item)


def jiangmen_step_title(step: str) -> str:
    """Return how a step of the review is called."""
    return review.STEP_TITLES.get(step, "")


def jiangmen_state_title(state: str) -> str:
    """Return how a revision's state is called."""
    return shown.STATE_TITLES.get(state, "")


def jiangmen_effective_items(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entry's items with category and 是否向社会开放 in force."""
    return rules.effective_items(entry)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        each.__name__: each
        for each in (
            jiangmen_field_label,
            jiangmen_step_title,
            jiangmen_state_title,
            jiangmen_effective_items,
        )
    }
