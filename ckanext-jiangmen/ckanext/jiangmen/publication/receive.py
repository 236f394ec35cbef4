"""An entry's arrival on the open site: files are there, tables first, then one commit.

Nothing is visible until it is whole: the metadata, the organization, the state row and
the receipt are one transaction, the index follows it and is repeated until it holds.
Idempotent by (entry, version, sequence): what is older or equal is answered "already".
"""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import acting_as, acting_as_platform
from ckanext.jiangmen.catalog import approval, entries, files, jobs, stored
from ckanext.jiangmen.publication import cleanup, faults, locks, public_fields
from ckanext.jiangmen.publication.errors import NotReceived
from ckanext.jiangmen.publication.model import (
    PUBLISHED,
    WITHDRAWING,
    PublicEntry,
    Receipt,
)
from ckanext.jiangmen.tables import load

log = logging.getLogger(__name__)

PUBLIC_SCOPE = "public"


def receive(said: dict[str, Any]) -> dict[str, Any]:
    """Publish one version; return {status, version, hash}.

    `said` is validated for shape already. Raise `NotReceived` where files are missing
    or the payload is not what its sum says; core's ValidationError for its content.
    """
    package_id = said["package_id"]
    payload = public_fields.narrowed(said)
    if payload["entry"].get("id") != package_id:
        raise NotReceived("条目与其编号不符。")
    if public_fields.hash_of(payload) != said["hash"]:
        raise NotReceived("条目的校验值不符。")
    if payload["organization"].get("scope") != PUBLIC_SCOPE:
        raise NotReceived("提供单位不对社会公开。")
    with locks.exclusive(package_id):
        model.Session.rollback()
        known = model.Session.get(PublicEntry, package_id, populate_existing=True)
        if known is not None and not _is_newer(known, said):
            _index(known)
            return _answer("already", known)
        # Made once, before the transaction: creating it commits.
        acting_as_platform()
        return _answer("published", _publish(said, payload, known))


def _is_newer(known: PublicEntry, said: dict[str, Any]) -> bool:
    if said["sequence"] <= known.sequence:
        return False
    if known.state != PUBLISHED or said["repair"]:
        return said["version"] >= known.version
    return said["version"] > known.version


def _answer(status: str, row: PublicEntry) -> dict[str, Any]:
    return {"status": status, "version": row.version, "hash": row.hash}


def _publish(
    said: dict[str, Any],
    payload: dict[str, Any],
    known: PublicEntry | None,
) -> PublicEntry:
    _need_files(payload["resources"])
    before = list(known.resources) if known is not None else []
    if known is not None and known.state == WITHDRAWING:
        # A withdrawal that was cut short is finished first.
        cleanup.finish(known)
        before = []
    after = _load_tables(payload, before, repair=said["repair"])
    faults.reach("receiver-table-loaded")
    # No withdrawal may take the organization for empty meanwhile.
    with locks.exclusive(payload["organization"]["id"]):
        row = _write(said, payload, after)
    faults.reach("receiver-committed")
    _index(row)
    faults.reach("receiver-indexed")
    cleanup.leftovers(before, after)
    return row


def _need_files(resources: list[dict[str, Any]]) -> None:
    for resource in resources:
        sha256 = resource.get("sha256")
        if not sha256:
            continue
        if not files.has(sha256) or (
            files.path(sha256).stat().st_size != resource.get("size", 0)
        ):
            raise NotReceived(f"文件 {sha256[:12]} 没有收到，请先发送。")


def _load_tables(
    payload: dict[str, Any], before: list[dict[str, Any]], *, repair: bool
) -> list[dict[str, Any]]:
    """Load every table whose file is new; return what the entry now consists of."""
    known = {resource["id"]: resource for resource in before}
    after = []
    items = payload["entry"]["information_items"]
    for resource in payload["resources"]:
        held = {
            "id": resource["id"],
            "sha256": resource.get("sha256", ""),
            "size": resource.get("size", 0),
            "table": bool(resource.get("table")),
            "rows": None,
        }
        if held["table"]:
            old = known.get(resource["id"]) or {}
            same = old.get("sha256") == held["sha256"] and old.get("rows") is not None
            if same and not repair and old.get("items") == items:
                held["rows"] = old["rows"]
            else:
                held["rows"] = _load(resource, items)
            held["items"] = items
        after.append(held)
    return after


def _load(resource: dict[str, Any], items: list[dict[str, Any]]) -> int:
    path = files.existing(resource["sha256"])
    return load.load_table(resource["id"], path, items, is_export=True).rows


def _write(
    said: dict[str, Any],
    payload: dict[str, Any],
    after: list[dict[str, Any]],
) -> PublicEntry:
    """Write organization, package, state and receipt in one commit."""
    try:
        _write_organization(payload["organization"])
        _write_package(said, payload)
        row = _write_state(said, payload, after)
        if model.Session.get(Receipt, said["crossing"]) is None:
            model.Session.add(_receipt(said))
        faults.reach("receiver-written")
        model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise
    return row


def _receipt(said: dict[str, Any]) -> Receipt:
    names = ("crossing", "package_id", "verb", "version", "hash", "bytes")
    return Receipt(**{name: said[name] for name in names}, at=clock.now())


def _write_state(
    said: dict[str, Any], payload: dict[str, Any], after: list[dict[str, Any]]
) -> PublicEntry:
    fields = {
        "name": payload["entry"]["name"],
        "title": payload["entry"]["title"],
        "state": PUBLISHED,
        "version": said["version"],
        "sequence": said["sequence"],
        "hash": said["hash"],
        "resources": after,
        "indexed": False,
        "changed": clock.now(),
    }
    row = model.Session.get(PublicEntry, said["package_id"])
    if row is None:
        row = PublicEntry(package_id=said["package_id"], gone_resources=[], **fields)
        model.Session.add(row)
        return row
    gone = {*row.gone_resources, *(resource["id"] for resource in row.resources)}
    gone -= {resource["id"] for resource in after}
    for name, value in fields.items():
        setattr(row, name, value)
    row.gone_resources = sorted(gone)
    return row


def _write_organization(organization: dict[str, Any]) -> None:
    """Create or update the provider, ids equal on both sites; no commit."""
    known = model.Group.get(organization["id"])
    user = tk.config["ckan.site_id"]
    context = acting_as(user, ignore_auth=True, defer_commit=True)
    fields = organization | {"type": "organization", "is_organization": True}
    if known is None:
        tk.get_action("organization_create")(context, fields | {"state": "active"})
        return
    shown = tk.get_action("organization_show")(
        acting_as(user, ignore_auth=True),
        {"id": known.id, "include_users": False, "include_datasets": False},
    )
    if any(shown.get(name) != value for name, value in organization.items()):
        tk.get_action("organization_update")(
            context, fields | {"id": known.id, "state": "active"}
        )


def _write_package(said: dict[str, Any], payload: dict[str, Any]) -> None:
    entry = dict(payload["entry"])
    entry["resources"] = [_core_resource(r) for r in payload["resources"]]
    package = entries.packaged(entry, said["version"])
    package |= {"private": False, "groups": _known_libraries(package["groups"])}
    context = approval.writing_context(tk.config["ckan.site_id"])
    existing = model.Package.get(entry["id"])
    if existing is None:
        tk.get_action("package_create")(context, package)
        return
    context["original_package"] = stored.whole_entry(existing.id)
    tk.get_action("package_update")(context, package)
    # Core leaves its savepoint open when the commit is deferred.
    nested = model.Session().get_nested_transaction()
    if nested is not None:
        nested.commit()


def _core_resource(resource: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in resource.items() if name != "table"}
    shown["datastore_active"] = bool(resource.get("table"))
    if resource.get("sha256"):
        shown["hash"] = resource["sha256"]
    return shown


def _known_libraries(groups: list[dict[str, str]]) -> list[dict[str, str]]:
    names = [group["name"] for group in groups]
    found = model.Session.scalars(
        sa.select(model.Group.name).where(
            model.Group.name.in_(names), model.Group.state == model.State.ACTIVE
        )
    )
    return [{"name": name} for name in sorted(found)]


def _index(row: PublicEntry) -> None:
    """Bring the index to the entry's state if it is not; raise if it is down."""
    if row.indexed or row.state != PUBLISHED:
        return
    jobs.index_package(row.package_id)
    row.indexed = True
    model.Session.commit()
