"""A row of the trail as it is hashed, exported and shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]


def as_hashed(row: Mapping[str, Any]) -> Row:
    """Return a database row as the chain hashes it: no empty parts, moments in UTC."""
    return {
        name: moment(value) if isinstance(value, dt.datetime) else value
        for name, value in row.items()
        if value is not None and value not in ("", [])
    }


def moment(value: dt.datetime) -> str:
    """Return a moment as the chain writes it: UTC, microseconds."""
    return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
