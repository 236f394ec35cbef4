"""The bodies and libraries of the plan, from YAML into CKAN, as often as one likes.

Ids follow from names (UUID 5), so both sites have the same ones. The open site gets
the libraries only: organizations arrive there with what they publish.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import config
from ckanext.jiangmen.accounts import acting_as_platform
from ckanext.jiangmen.catalog import lists

NAMESPACE = uuid.UUID("7c6e3f0a-5a44-5d0e-9d4f-440700000000")
_ORGANIZATION_FIELDS = (
    "title",
    "aliases",
    "org_kind",
    "region_code",
    "scope",
    "credit_code",
    "class_defaults",
    "contact_name",
    "contact_phone",
    "clause",
)


@dataclasses.dataclass
class Loaded:
    """What a load did: names created, names changed, how many were as they are."""

    created: list[str] = dataclasses.field(default_factory=list)
    changed: list[str] = dataclasses.field(default_factory=list)
    unchanged: int = 0


def organization_id(name: str) -> str:
    """Return the id of the organization with this name, on either site."""
    return str(uuid.uuid5(NAMESPACE, f"organization:{name}"))


def library_id(name: str) -> str:
    """Return the id of the library with this name, on either site."""
    return str(uuid.uuid5(NAMESPACE, f"library:{name}"))


def organization_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `organization_create` takes for one row of organizations.yaml."""
    fields = {field: row[field] for field in _ORGANIZATION_FIELDS}
    return {
        "id": organization_id(row["name"]),
        "name": row["name"],
        "type": "organization",
        "state": "active",
        **fields,
    }


def library_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `group_create` takes for one row of libraries.yaml."""
    lei, xiang, *_ = row["classes"][0].split("-")
    return {
        "id": library_id(row["name"]),
        "name": row["name"],
        "type": "group",
        "state": "active",
        "title": row["title"],
        "title_en": row["en"],
        "description": row["description"],
        "library_kind": row["kind"],
        "class_lei": lei,
        "class_xiang": xiang,
        "classes": row["classes"],
        "clause": row["clause"],
        "members_by_role": {
            role: row[role] for role in ("lead", "coordinating", "participating")
        },
    }


def load(*, overwrite: bool = False, dry_run: bool = False) -> Loaded:
    """Create what is missing and fill what is empty, as the site user.

    What was changed on the site stays, unless `overwrite`: then everything becomes
    what the YAML says. With `dry_run` nothing is written.
    """
    loaded = Loaded()
    if not config.is_open_site():
        for row in lists.organizations():
            _save("organization", organization_dict(row), loaded, overwrite, dry_run)
    for row in lists.libraries():
        _save("group", library_dict(row), loaded, overwrite, dry_run)
    return loaded


def _save(
    kind: str,
    wanted: dict[str, Any],
    loaded: Loaded,
    overwrite: bool,
    dry_run: bool,
) -> None:
    present = _present(kind, wanted["id"])
    if present is None:
        loaded.created.append(wanted["name"])
        if not dry_run:
            tk.get_action(f"{kind}_create")(acting_as_platform(), wanted)
        return
    differing = {
        field: value
        for field, value in wanted.items()
        if present.get(field) != value and (overwrite or not present.get(field))
    }
    if not differing:
        loaded.unchanged += 1
        return
    loaded.changed.append(wanted["name"])
    if not dry_run:
        changes = {"id": wanted["id"], **differing}
        tk.get_action(f"{kind}_patch")(acting_as_platform(), changes)


def _present(kind: str, id_: str) -> dict[str, Any] | None:
    params = {"id": id_, "include_users": False, "include_followers": False}
    try:
        return tk.get_action(f"{kind}_show")(acting_as_platform(), params)
    except tk.ObjectNotFound:
        return None
