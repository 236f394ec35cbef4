"""A withdrawal on the open site: everything that came from an entry goes.

Core's purge leaves files, tables, counts, task status, tags and the organization
behind. The order is: out of sight first (state, index), then package, tables, files.
Every step may be repeated; a call that was cut short is finished by the next.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import logic, model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import acting_as_platform
from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.publication import editions, faults, locks
from ckanext.jiangmen.publication.model import (
    PUBLISHED,
    WITHDRAWING,
    WITHDRAWN,
    PublicEntry,
    Receipt,
)
from ckanext.jiangmen.tables import load

log = logging.getLogger(__name__)

# A file that was staged so lately may be waiting for its entry.
YOUNG_S = 300


def withdraw(said: dict[str, Any]) -> dict[str, Any]:
    """Take an entry back; return {status, version, hash}. The caller holds its lock.

    An entry that never came is noted as withdrawn, so that a late message of its
    publication finds it so.
    """
    row = model.Session.get(PublicEntry, said["package_id"], populate_existing=True)
    if row is not None and said["sequence"] < row.sequence:
        return {"status": "already", "version": row.version, "hash": row.hash}
    if row is None:
        row = _unknown(said)
    status = "already" if row.state == WITHDRAWN else "withdrawn"
    # Also what is said to be gone is looked at again: a repair asks for it.
    row.state, row.indexed = WITHDRAWING, False
    row.version = max(row.version, said["version"])
    row.sequence = said["sequence"]
    row.changed = clock.now()
    model.Session.commit()
    faults.reach("receiver-withdrawing")
    finish(row)
    _keep_receipt(said)
    return {"status": status, "version": said["version"], "hash": ""}


def _unknown(said: dict[str, Any]) -> PublicEntry:
    """Return the row of an entry that the state table does not know."""
    package = model.Package.get(said["package_id"])
    resources = package.resources_all if package is not None else []
    row = PublicEntry(
        package_id=said["package_id"],
        name=package.name if package is not None else said["package_id"],
        title=(package.title if package is not None else "") or "",
        state=WITHDRAWING,
        version=said["version"],
        sequence=said["sequence"],
        hash="",
        resources=[
            {"id": r.id, "sha256": (r.extras or {}).get("sha256", ""), "table": True}
            for r in resources
        ],
        gone_resources=[],
        indexed=False,
    )
    model.Session.add(row)
    return row


def _keep_receipt(said: dict[str, Any]) -> None:
    if model.Session.get(Receipt, said["crossing"]) is None:
        names = ("crossing", "package_id", "verb", "version", "hash", "bytes")
        receipt = {name: said[name] for name in names}
        model.Session.add(Receipt(**receipt, at=clock.now()))
    model.Session.commit()


def finish(row: PublicEntry) -> None:
    """Remove what is left of a withdrawn entry and mark it as gone. Commits."""
    package_id, resources = row.package_id, list(row.resources)
    logic.index_remove_package(package_id)
    faults.reach("receiver-unindexed")
    package = model.Package.get(package_id)
    if package is not None:
        tk.get_action("dataset_purge")(acting_as_platform(), {"id": package_id})
    remove_empty_organizations()
    faults.reach("receiver-purged")
    leftovers(resources, [])
    _task_status(package_id, [resource["id"] for resource in resources])
    _tags()
    faults.reach("receiver-cleaned")
    # The purge has closed the session: the row is read again.
    row = model.Session.get_one(PublicEntry, package_id, populate_existing=True)
    gone = {*row.gone_resources, *(resource["id"] for resource in resources)}
    row.gone_resources = sorted(gone)
    # Its words go with it; ids and the name stay for the addresses that answer 410.
    row.state, row.resources, row.title = WITHDRAWN, [], ""
    model.Session.commit()


def leftovers(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """Remove tables and files of `before` that `after` has no more."""
    kept = {resource["id"] for resource in after if resource["table"]}
    for resource in before:
        if resource.get("table") and resource["id"] not in kept:
            load.remove_table(resource["id"])
    sums = {resource["sha256"] for resource in after}
    for resource in before:
        if resource.get("sha256") and resource["sha256"] not in sums:
            remove_file(resource["sha256"])


def remove_file(sha256: str) -> None:
    """Delete a stored file that nothing else published has."""
    owners = model.Session.scalar(
        sa.select(sa.func.count())
        .select_from(PublicEntry)
        .where(
            PublicEntry.state == PUBLISHED,
            PublicEntry.resources.contains([{"sha256": sha256}]),
        )
    )
    # The caller's own row still names the file while it is being withdrawn: its state
    # is not PUBLISHED then.
    if not owners and sha256 not in editions.kept_files():
        files.remove(sha256)


def unowned_files() -> list[str]:
    """Return sums of files that nothing published has and that are not quite new."""
    owned = {
        resource["sha256"]
        for resources in model.Session.scalars(
            sa.select(PublicEntry.resources).where(PublicEntry.state == PUBLISHED)
        )
        for resource in resources
    }
    owned |= editions.kept_files()
    return [
        sha256
        for sha256, stat in files.stored()
        if sha256 not in owned and time.time() - stat.st_mtime > YOUNG_S
    ]


def remove_unowned_files() -> list[str]:
    """Delete files that belong to no published entry; return their sums."""
    removed = unowned_files()
    for sha256 in removed:
        files.remove(sha256)
    return removed


def remove_empty_organizations() -> None:
    """Purge the organizations that have nothing published any more."""
    for organization_id in list(model.Session.scalars(_empty_organizations())):
        with locks.exclusive(organization_id):
            model.Session.rollback()
            still = _empty_organizations().where(model.Group.id == organization_id)
            if model.Session.scalar(still) is not None:
                tk.get_action("organization_purge")(
                    acting_as_platform(), {"id": organization_id}
                )


def _empty_organizations() -> sa.Select[tuple[str]]:
    return sa.select(model.Group.id).where(
        model.Group.is_organization.is_(True),
        ~sa.exists().where(model.Package.owner_org == model.Group.id),
    )


def _task_status(package_id: str, resource_ids: list[str]) -> None:
    model.Session.execute(
        sa.delete(model.TaskStatus).where(
            model.TaskStatus.entity_id.in_([package_id, *resource_ids])
        )
    )
    model.Session.commit()


def _tags() -> None:
    """Delete free tags that no package has."""
    model.Session.execute(
        sa.delete(model.Tag).where(
            model.Tag.vocabulary_id.is_(None),
            ~sa.exists().where(model.PackageTag.tag_id == model.Tag.id),
        )
    )
    model.Session.commit()
