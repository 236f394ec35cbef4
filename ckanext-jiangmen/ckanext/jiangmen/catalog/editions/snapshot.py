"""The three contents of an edition, read from one snapshot of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import departments, entries, legal_shown
from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.document import Content, Entry
from ckanext.jiangmen.catalog.legal_register import ROWS
from ckanext.jiangmen.catalog.model import Version

ROWS_AT_ONCE = 500

# Of the entries with these ids: (entry as the open site shows it, its provider).
Published = Callable[[Sequence[str]], Iterator[tuple[dict[str, Any], str]]]

_published: list[Published] = []


def on_published(tell: Published) -> None:
    """Have `tell` say which entries the open site shows, and how."""
    if tell not in _published:
        _published.append(tell)


def take(organization_id: str | None) -> dict[str, Content]:
    """Return the contents by text, of the whole city or of one department.

    There is a public text for the city and for departments with scope `public`. The
    session's transaction is ended before and after.
    """
    with _one_state():
        ids, full = _approved(organization_id)
        open_, withheld = _for_departments(ids, full)
        contents = {
            shape.FULL: Content(shape.in_order(full)),
            shape.DEPARTMENTS: Content(shape.in_order(open_), withheld),
        }
        if _is_public(organization_id):
            shown = [
                shape.entry_of(entry, provider)
                for tell in _published
                for entry, provider in tell(ids)
            ]
            contents[shape.PUBLIC] = Content(shape.in_order(shown))
    return contents


@contextmanager
def _one_state() -> Iterator[None]:
    """Have every query of the session see one state of the database."""
    model.Session.commit()
    model.Session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    ROWS.forget()
    try:
        yield
    finally:
        model.Session.rollback()
        ROWS.forget()


def _is_public(organization_id: str | None) -> bool:
    if organization_id is None:
        return True
    return (departments.of(organization_id) or {}).get("scope") == "public"


def _approved(organization_id: str | None) -> tuple[list[str], list[Entry]]:
    """Return ids and entries in force, in one order."""
    package: Any = model.Package
    query = (
        sa.select(Version.package_id, Version.data, package.owner_org)
        .join(package, package.id == Version.package_id)
        .where(package.state == model.State.ACTIVE, package.type == entries.TYPE)
        .distinct(Version.package_id)
        .order_by(Version.package_id, Version.version.desc())
    )
    if organization_id is not None:
        query = query.where(package.owner_org == organization_id)
    titles = _titles()
    ids, found = [], []
    stream = query.execution_options(yield_per=ROWS_AT_ONCE)
    for package_id, data, owner_org in model.Session.execute(stream):
        ids.append(package_id)
        found.append(shape.entry_of(data, titles.get(owner_org, "")))
    return ids, found


def _titles() -> dict[str, str]:
    group: Any = model.Group
    rows = model.Session.execute(
        sa.select(group.id, group.title).where(group.is_organization.is_(True))
    )
    return {row.id: row.title for row in rows}


def _for_departments(
    ids: list[str], full: list[Entry]
) -> tuple[list[Entry], tuple[Entry, ...]]:
    """Return what all departments may know, and what they know by title only."""
    shown, hidden = [], {}
    for package_id, entry in zip(ids, full, strict=True):
        known = shape.for_departments(entry)
        if known is None:
            hidden[package_id] = entry
        else:
            shown.append(known)
    grounds = legal_shown.grounds_of(hidden)
    withheld = [
        {
            "title": entry["title"],
            "department": entry["department"],
            "grounds": [_ground(row) for row in grounds.get(package_id, [])],
        }
        for package_id, entry in hidden.items()
    ]
    ordered = sorted(withheld, key=lambda row: (row["department"], row["title"]))
    return shown, tuple(ordered)


def _ground(row: dict[str, str]) -> str:
    title = row["title"] if row["title"].startswith("《") else f"《{row['title']}》"
    return f"{row['door_title']}：{title}（{row['document_number']}）"
