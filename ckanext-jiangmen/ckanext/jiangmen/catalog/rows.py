"""New rows or a new file under unchanged metadata: in force without a review.

The file is checked against the items in force like any other; the version is one of
kind `data`, and goes through the valve like any approval.
"""

from __future__ import annotations

import copy
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import approval, attachments, entries, revisions, stored
from ckanext.jiangmen.catalog.model import OPEN_STATES, Revision


def replace(
    context: Context, package_id: str, resource_id: str, upload: Any
) -> dict[str, Any]:
    """Put a new file in the place of one in force, commit, and say what came of it.

    Raise ValidationError where the file does not fit the items in force.
    """
    if not attachments.is_upload(upload):
        raise tk.ValidationError({"upload": [attachments.NO_FILE]})
    staged = attachments.stage(upload)
    session = model.Session
    # One writer of an entry at a time, rows locked in the order of approvals.
    _open_revision(package_id)
    session.execute(
        sa.select(model.Package.id)
        .where(model.Package.id == package_id)
        .with_for_update()
    )
    entry = stored.whole_entry(package_id)
    former = next(r for r in entry["resources"] if r["id"] == resource_id)
    resource = attachments.check_table({**former, **staged}, entry)
    if former.get("sha256") == resource["sha256"]:
        session.rollback()
        return _answer(entry, resource, int(entry["version"]))
    version = int(entry["version"]) + 1
    changed = revisions.with_file(ours(entry), resource)
    caller = accounts.caller_of(context)
    approval.write_package(changed, version, caller.name)
    approval.put_in_force(
        session,
        package_id=package_id,
        version=version,
        kind="data",
        author=caller.user_id,
    )
    _rebase(package_id, former, resource, version)
    session.commit()
    return _answer(entry, resource, version)


def ours(entry: dict[str, Any]) -> dict[str, Any]:
    """Return of an entry in force what a revision of it would hold, as a copy."""
    known = {*entries.FIELDS, "id", "name", "type", "resources"}
    return {key: copy.deepcopy(entry[key]) for key in known if key in entry}


def _rebase(
    package_id: str, former: dict[str, Any], resource: dict[str, Any], version: int
) -> None:
    """Let an open revision stand on the new rows, if it did not touch the file."""
    revision = _open_revision(package_id)
    if revision is None or revision.base_version != version - 1:
        return
    held = {r["id"]: r for r in revision.data["resources"]}.get(former["id"])
    if held is not None and held.get("sha256") == former.get("sha256"):
        kept = {k: held[k] for k in entries.RESOURCE_TEXTS if k in held}
        revision.data = revisions.with_file(revision.data, {**resource, **kept})
        revision.editor = ""
        revisions.touch(revision)
    revision.base_version = version


def _open_revision(package_id: str) -> Revision | None:
    """Return the entry's open revision, locked until the commit."""
    return model.Session.scalar(
        sa.select(Revision)
        .where(Revision.package_id == package_id, Revision.state.in_(OPEN_STATES))
        .with_for_update()
    )


def _answer(
    entry: dict[str, Any], resource: dict[str, Any], version: int
) -> dict[str, Any]:
    return {
        "package_id": entry["id"],
        "resource_id": resource["id"],
        "version": version,
        "sha256": resource["sha256"],
        "size": resource["size"],
        "header": resource.get("header") or [],
    }
