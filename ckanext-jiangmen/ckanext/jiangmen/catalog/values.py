"""Reading the values of an entry as people and forms write them."""

from __future__ import annotations

import re
from typing import Any

SEPARATORS = re.compile(r"[；;、]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def text(value: Any) -> str:
    """Return a value as text without surrounding space; "" for None and no text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (int, float)):
        return str(value)
    return ""


def as_list(value: Any) -> list[str]:
    """Return a list field: a list as it is, a text split at ；;、, nothing empty.

    >>> as_list("甲；乙、丙")
    ['甲', '乙', '丙']
    """
    if isinstance(value, str):
        value = SEPARATORS.split(value)
    if not isinstance(value, (list, tuple)):
        return []
    return [part for part in map(text, value) if part]


def is_empty(value: Any) -> bool:
    """Return whether a field holds nothing: None, blank text, an empty list."""
    return not text(value) and not as_list(value)


def has_control_characters(value: str) -> bool:
    """Return whether a one-line text holds a line break or control character."""
    return _CONTROL.search(value) is not None


def quote_short(value: str, longest: int = 30) -> str:
    """Return a value for a message, in quotes and not longer than it need be."""
    return f"“{value[:longest]}…”" if len(value) > longest else f"“{value}”"
