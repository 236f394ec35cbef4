"""Parameters of actions that callers send as they like."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def number(data_dict: dict[str, Any], name: str, default: int, most: int = 1000) -> int:
    """Return a parameter as a number from 0 to `most`.

    Raise ValidationError if it is none.
    """
    try:
        return max(0, min(int(data_dict.get(name) or default), most))
    except (TypeError, ValueError, OverflowError) as err:
        raise tk.ValidationError({name: [tk._("Must be a natural number")]}) from err


def natural(data_dict: dict[str, Any], name: str, default: int) -> int:
    """Return a parameter as a natural number of at most nine digits.

    Raise ValidationError if it is none.
    """
    text = str(data_dict.get(name) or default)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise tk.ValidationError({name: [tk._("Must be a natural number")]})
    return int(text)
