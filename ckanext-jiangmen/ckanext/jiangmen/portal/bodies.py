"""Departments and libraries as the open site lists them.

Core asks for the extras of each in queries of its own: here they are asked for once
for each state of the catalogue and of the bodies.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.portal.remembered import remembered

KEPT = ("id", "name", "title", "display_name", "description", "package_count")
EXTRAS = ("org_kind", "library_kind", "region_code", "members_by_role", "clause")


def listed(kind: str, q: str = "") -> list[dict[str, Any]]:
    """Return the departments or libraries of the site, by title.

    :param kind: organization or group
    :param q: only those with this text in their title
    """
    found = remembered(kind, lambda: _all(kind), besides=_state(kind))
    wanted = q.strip().lower()
    return [body for body in found if wanted in body["title"].lower()]


def _all(kind: str) -> list[dict[str, Any]]:
    return [
        {name: body.get(name) for name in KEPT}
        | {name: tk.h.jiangmen_extra(body, name) for name in EXTRAS}
        for body in tk.h.jiangmen_all_groups(kind)
    ]


def _state(kind: str) -> str:
    """Return a text that changes with every change of a title or a description."""
    rows = model.Session.execute(
        sa.select(model.Group.id, model.Group.title, model.Group.description)
        .where(model.Group.type == kind, model.Group.state == model.State.ACTIVE)
        .order_by(model.Group.id)
    ).all()
    told = json.dumps([list(row) for row in rows])
    return hashlib.sha256(told.encode()).hexdigest()


def leads(library: dict[str, Any]) -> list[str]:
    """Return the names of the departments that lead a library."""
    members = library.get("members_by_role") or {}
    if isinstance(members, str):
        members = json.loads(members)
    return list(members.get("lead") or [])
