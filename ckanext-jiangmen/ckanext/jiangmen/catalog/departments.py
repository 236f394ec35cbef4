"""Departments as the rules need them: scope, codes and default class, by id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import lists

EXTRAS = (
    "scope",
    "credit_code",
    "org_kind",
    "region_code",
    "class_defaults",
    "contact_name",
    "contact_phone",
    "leader_step",
)

_remembered: ContextVar[Mapping[str, dict[str, Any]]] = ContextVar(
    "jiangmen_departments", default=MappingProxyType({})
)


def of(id_or_name: str) -> dict[str, Any] | None:
    """Return the active organization with this id or name; None if there is none.

    Keys: `id`, `name`, `title` and those of `EXTRAS`; `class_defaults` is a dict.
    """
    if not id_or_name:
        return None
    if known := _remembered.get().get(id_or_name):
        return dict(known)
    group = model.Group.get(id_or_name)
    if group is None or not group.is_organization or group.state != "active":
        return None
    return by_ids([group.id])[group.id]


@contextmanager
def remembered(ids: Iterable[str]) -> Iterator[None]:
    """Have `of` answer for these organizations from one query, as long as it lasts.

    For one batch of one transaction: later changes are not seen.
    """
    group: Any = model.Group
    active = model.Session.scalars(
        sa.select(group.id).where(
            group.id.in_(set(ids)), group.state == model.State.ACTIVE
        )
    )
    token = _remembered.set(by_ids(active))
    try:
        yield
    finally:
        _remembered.reset(token)


def by_ids(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return organizations by id, in one query."""
    wanted = set(ids)
    group: Any = model.Group
    rows = model.Session.execute(
        sa.select(group.id, group.name, group.title, group.extras).where(
            group.id.in_(wanted), group.is_organization.is_(True)
        )
    )
    found: dict[str, dict[str, Any]] = {
        row.id: {
            "id": row.id,
            "name": row.name,
            "title": row.title,
            **{key: row.extras[key] for key in EXTRAS if key in (row.extras or {})},
        }
        for row in rows
    }
    for department in found.values():
        department["class_defaults"] = _class_defaults(department)
    return found


def _class_defaults(department: dict[str, Any]) -> dict[str, str]:
    """Return the class an entry of this body gets that names none; {} if unknown."""
    stored = department.get("class_defaults")
    if isinstance(stored, str) and stored.strip():
        try:
            stored = json.loads(stored)
        except ValueError:
            stored = None
    if isinstance(stored, dict) and stored:
        return {key: str(value) for key, value in stored.items()}
    return {}


def by_titles() -> dict[str, dict[str, Any]]:
    """Return all active organizations by title, name and alias, spaces removed."""
    ids = model.Session.scalars(
        sa.select(model.Group.id).where(
            model.Group.is_organization.is_(True), model.Group.state == "active"
        )
    )
    found: dict[str, dict[str, Any]] = {}
    for department in by_ids(ids).values():
        listed = lists.organization_named(department["title"]) or {}
        for title in (
            *listed.get("aliases", ()),
            department["name"],
            department["title"],
        ):
            found["".join(title.split())] = department
    return found
