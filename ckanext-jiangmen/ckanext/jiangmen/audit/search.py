"""Searching the trail: filters, pages by the last id, plain rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jiangmen import clock
from ckanext.jiangmen.audit import rows

Row = dict[str, Any]

KINDS = ("read", "refusal", "login", "logout", "change")
RESULTS = ("done", "refused", "failed")
# What is compared as a whole; the columns of the same names.
EQUAL = ("account", "entry", "resource", "action", "kind", "result", "address", "token")

SELECT = (
    "SELECT r.*, l.seq FROM audit.jiangmen_audit r"
    " LEFT JOIN audit.jiangmen_audit_link l ON l.id = r.id"
)


def _conditions(asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    found, values = ["true"], {}
    for name in EQUAL:
        if asked.get(name):
            found.append(f"r.{name} = :{name}")
            values[name] = asked[name]
    if asked.get("grant"):
        found.append("r.grants @> ARRAY[CAST(:grant AS text)] AND r.grants <> '{}'")
        values["grant"] = asked["grant"]
    if asked.get("since"):
        found.append("r.at >= :since")
        values["since"] = _midnight(asked["since"])
    if asked.get("until"):
        found.append("r.at < :until")
        values["until"] = _midnight(asked["until"]) + dt.timedelta(days=1)
    if asked.get("before"):
        found.append("r.id < :before")
        values["before"] = asked["before"]
    return " AND ".join(found), values


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, clock.SHANGHAI)


def find(connection: Connection, asked: dict[str, Any], limit: int) -> list[Row]:
    """Return the newest rows that answer to every filter asked, `limit` at most.

    `asked`: the words of `EQUAL`, `grant`, `since` and `until` (days of Jiangmen,
    both included) and `before` (an id: rows older than it).
    """
    return list(_rows(connection, asked, limit))


def stream(connection: Connection, asked: dict[str, Any], limit: int) -> Iterator[Row]:
    """Yield the same rows one by one, for an export."""
    options = {"stream_results": True, "max_row_buffer": 2000}
    yield from _rows(connection.execution_options(**options), asked, limit)


def _rows(connection: Connection, asked: dict[str, Any], limit: int) -> Iterator[Row]:
    where, values = _conditions(asked)
    statement = sa.text(f"{SELECT} WHERE {where} ORDER BY r.id DESC LIMIT :limit")
    found = connection.execute(statement, values | {"limit": limit})
    for row in found.mappings():
        yield rows.as_hashed(dict(row))
