"""Parameters of actions that callers send as they like."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def number(data_dict: dict[str, Any], name: str, default: int, most: int = 1000) -> int:
    """Return a parameter as a natural number, no more than `most`.

    Raise ValidationError if it is none.
    """
    return min(natural(data_dict, name, default), most)


def natural(data_dict: dict[str, Any], name: str, default: int) -> int:
    """Return a parameter as a natural number of at most nine digits; 0 is one.

    Raise ValidationError if it is none.
    """
    value = data_dict.get(name)
    if value is None or value == "":
        return default
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise tk.ValidationError({name: [tk._("Must be a natural number")]})
    return int(text)
