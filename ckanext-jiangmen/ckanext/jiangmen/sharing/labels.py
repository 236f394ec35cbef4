"""What a search may find: labels of entries and of callers.

Labels of an entry stand in the index; what changes often (who works for which
department) stands on the caller's side only.
"""

from __future__ import annotations

import json
from typing import Any

from ckan import model

from ckanext.jiangmen import config
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.sharing import granting
from ckanext.jiangmen.sharing.callers import works_with_entries
from ckanext.jiangmen.sharing.decision import is_withheld

PUBLIC = "public"
DEPARTMENTS = "departments"
COORDINATOR = "coordinator"
NOBODY = "nobody"


def owner_label(organization_id: str) -> str:
    """Return the label of entries that belong to one organization."""
    return f"owner-{organization_id}"


def entry_label(package_id: str) -> str:
    """Return the label of one entry, which machine tokens find by their grants."""
    return f"entry-{package_id}"


def of_entry(entry: dict[str, Any]) -> list[str]:
    """Return the labels of an approved entry on the share site.

    An entry with nothing but 不予共享 items is found by its owner and the
    coordinating office only: redacting its package would leave it in the index.
    """
    labels = [owner_label(entry["owner_org"]), COORDINATOR]
    if not is_withheld(entry):
        labels += [DEPARTMENTS, entry_label(entry["id"])]
    return labels


def of_caller(caller: Caller) -> list[str]:
    """Return the labels a caller of the share site carries."""
    if caller.grants is not None:
        return [entry_label(i) for i in granting.entries_granted(caller)] or [NOBODY]
    labels = [owner_label(organization) for organization in caller.organizations]
    if caller.has(Role.COORDINATOR):
        labels.append(COORDINATOR)
    if works_with_entries(caller):
        labels.append(DEPARTMENTS)
    # Solr needs at least one label; nobody's entry carries this one.
    return labels or [NOBODY]


def of_package(package: model.Package) -> list[str]:
    """Return the labels of a package row, on either site.

    Anything that is not active is nobody's but the owner's.
    """
    owner = package.owner_org or "none"
    if config.is_open_site():
        active = package.state == model.State.ACTIVE and not package.private
        return [PUBLIC] if active else [owner_label(owner)]
    if package.state != model.State.ACTIVE:
        return [owner_label(owner), COORDINATOR]
    extras = package.extras
    return of_entry(
        {
            "id": package.id,
            "owner_org": owner,
            "sharing_category": _plain(extras.get("sharing_category")),
            "legal_basis_id": _plain(extras.get("legal_basis_id")),
            "information_items": _items(extras.get("information_items")),
        }
    )


def _plain(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _items(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, str):
        value = json.loads(value or "[]")
    return [item for item in value or [] if isinstance(item, dict)]
