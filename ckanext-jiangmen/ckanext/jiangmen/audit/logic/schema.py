"""What the room's actions take."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.audit.search import EQUAL, KINDS, RESULTS

LIMIT = 100
LIMIT_MOST = 500
LONGEST = 200


def _v(name: str, *args: Any) -> Any:
    validator = tk.get_validator(name)
    return validator(*args) if args else validator


def _short(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or "\x00" in value:
        raise tk.Invalid(
            tk._("Please give a text of at most {number} characters.").format(
                number=LONGEST
            )
        )
    return value.strip()


def _day(value: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as err:
        raise tk.Invalid(tk._("Please give a day as 2026-01-31.")) from err


def _number(value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if not 0 < number < 2**63:
        raise tk.Invalid(tk._("Please give a whole number above 0."))
    return number


def _at_most(value: Any) -> int:
    return min(_number(value), LIMIT_MOST)


def audit_list() -> dict[str, Any]:
    """Return the shape of `jiangmen_audit_list`."""
    empty = _v("ignore_empty")
    shape = {name: [empty, _short] for name in (*EQUAL, "grant")}
    return shape | {
        "kind": [empty, _short, _v("one_of", list(KINDS))],
        "result": [empty, _short, _v("one_of", list(RESULTS))],
        "since": [empty, _day],
        "until": [empty, _day],
        "before": [empty, _number],
        "limit": [_v("default", LIMIT), _at_most],
    }
