"""Numbers of withheld entries by ground and department, as the public is told (四(二)).

A document of the platform: a new one crosses whenever the numbers change, and once a
day. No title of an entry is in it, and no name of a department that is not public.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import legal_basis, legal_shown
from ckanext.jiangmen.publication.model import Document

Body = dict[str, Any]

KIND = "withheld_counts"
ROW = ("department", "door", "ground", "entries")
LONGEST_NAME = 100
MOST_ROWS = 1000


def due() -> dict[str, Body]:
    """Return the numbers of now, by their moment; nothing while they are known."""
    results = legal_shown.counts()
    last = latest()
    moment = clock.local(clock.now()).replace(microsecond=0)
    today = moment.date().isoformat()
    if last and last["results"] == results and last["as_of"].startswith(today):
        return {}
    total = sum(row["entries"] for row in results)
    as_of = moment.isoformat()
    return {as_of: {"as_of": as_of, "total": total, "results": results}}


def latest() -> Body | None:
    """Return the newest numbers that this site has sent or received, None: none."""
    return model.Session.scalar(
        sa.select(Document.body)
        .where(Document.kind == KIND)
        .order_by(Document.name.desc())
        .limit(1)
    )


def public(body: Body) -> Body:
    """Return what crosses of the numbers."""
    return {
        "as_of": body["as_of"],
        "total": body["total"],
        "results": [{name: row[name] for name in ROW} for row in body["results"]],
    }


def is_right(name: str, body: Body) -> bool:
    """Return whether a document holds numbers and nothing else."""
    try:
        moment = dt.datetime.fromisoformat(name)
        rows = body["results"]
        return (
            moment.tzinfo is not None
            and set(body) == {"as_of", "total", "results"}
            and body["as_of"] == name
            and len(rows) <= MOST_ROWS
            and all(_is_right_row(row) for row in rows)
            and body["total"] == sum(row["entries"] for row in rows)
        )
    except (KeyError, TypeError, ValueError):
        return False


def _is_right_row(row: Body) -> bool:
    titles = legal_basis.door_titles()
    return (
        set(row) == set(ROW)
        and isinstance(row["department"], str)
        and len(row["department"]) <= LONGEST_NAME
        and row["ground"] == titles.get(row["door"], "")
        and (row["door"] in titles or row["door"] == "")
        and type(row["entries"]) is int
        and row["entries"] > 0
    )
