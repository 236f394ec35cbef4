"""What an approval writes, in one transaction: package, code, version, work to follow.

Core's actions write the package with the commit deferred; whatever fails, nothing of
the approval stays. `finish` comes after the commit and may be repeated.
"""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any, cast

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AlchemySession, Context

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import (
    bulk_show,
    codes,
    entries,
    events,
    jobs,
    revisions,
    stored,
)
from ckanext.jiangmen.catalog.model import Revision, Version

CODE_SEGMENTS = ("class_lei", "class_xiang", "class_mu", "class_ximu")


def writing_context(user: str, **more: Any) -> Context:
    """Return the context in which an approval calls core's writing actions.

    With both `defer_commit` and `return_id_only` core keeps the change and leaves the
    commit to us; with the first alone an update is silently rolled back.
    """
    return Context(
        user=user,
        ignore_auth=True,
        jiangmen_approval=True,  # type: ignore[typeddict-unknown-key]
        defer_commit=True,
        return_id_only=True,
        **more,
    )


def approve(session: AlchemySession, revision: Revision, approver: Any) -> int:
    """Put a revision in force and return the new version; the caller commits.

    `approver` is the account (row) that takes the last step. Raise `CodeTaken`, or
    core's ValidationError: then core has rolled the transaction back already.
    """
    wish = wish_of(revision)
    code = codes.give(session, wish.package_id, wish.class_segments, wish.wanted)
    version = revision.base_version + 1
    write_package(to_publish(revision, code), version, approver.name)
    put_in_force(
        session,
        package_id=revision.package_id,
        version=version,
        kind="approval",
        author=approver.id,
        revision=revision,
    )
    return version


def wish_of(revision: Revision) -> codes.Wish:
    """Return what decides on the code of a revision's entry."""
    entry = revision.data
    lei, xiang, mu, ximu = (entry.get(name) or "" for name in CODE_SEGMENTS)
    wanted = entry.get("resource_code") or ""
    return codes.Wish(revision.package_id, (lei, xiang, mu, ximu), wanted)


def to_publish(revision: Revision, code: str) -> dict[str, Any]:
    """Return the entry as it comes into force today, under `code`."""
    entry = copy.deepcopy(revision.data)
    entry["resource_code"] = code
    entry["publish_date"] = clock.today().isoformat()
    return entry


def write_package(entry: dict[str, Any], version: int, user: str) -> None:
    """Write the approved entry as CKAN's package, the commit left to the caller."""
    existing = model.Package.get(entry["id"])
    if existing is None:
        package = entries.packaged(entry, version)
        tk.get_action("package_create")(writing_context(user), package)
        return
    update_package(entry, version, user, stored.whole_entry(existing.id))


def update_package(
    entry: dict[str, Any], version: int, user: str, before: dict[str, Any]
) -> None:
    """Write the approved entry over the package that `before` shows.

    Raise core's ValidationError: the transaction is rolled back then.
    """
    package = entries.packaged(entry, version)
    _keep_table_flags(package, before)
    context = writing_context(user, original_package=before)
    tk.get_action("package_update")(context, package)
    # Core leaves its savepoint open when the commit is deferred.
    nested = model.Session().get_nested_transaction()
    if nested is not None:
        nested.commit()


def _keep_table_flags(package: dict[str, Any], before: dict[str, Any]) -> None:
    """Keep `datastore_active`: the table stays in force until the new one is loaded."""
    active = {r["id"] for r in before["resources"] if r.get("datastore_active")}
    for resource in package["resources"]:
        if resource["id"] in active:
            resource["datastore_active"] = True


def put_in_force(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    *,
    package_id: str,
    version: int,
    kind: str,
    author: str,
    revision: Revision | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Keep the package's present state as `version` and note the work that follows.

    Return the entry. Listeners are told here, inside the transaction.
    """
    session.flush()
    entry = stored.whole_entry(package_id)
    former = revisions.last_version(session, package_id)
    note_version(
        session,
        entry,
        former.data if former else None,
        version=version,
        kind=kind,
        author=author,
        revision=revision,
        note=note,
    )
    session.flush()
    events.tell_approved(session, package_id, version, entry)
    return entry


def note_version(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    entry: dict[str, Any],
    former: dict[str, Any] | None,
    *,
    version: int,
    kind: str,
    author: str,
    revision: Revision | None = None,
    note: str = "",
) -> None:
    """Keep an entry as `version` and note what follows; the flush is the caller's.

    `former` is the entry as it was in force before, None if it was not.
    """
    session.add(
        Version(
            package_id=entry["id"],
            version=version,
            kind=kind,
            data=_storable(entry),
            revision_id=revision.id if revision is not None else None,
            author=author,
            note=note or (revision.note if revision is not None else ""),
            approved_at=clock.now(),
        )
    )
    jobs.note_index(session, entry["id"])
    jobs.note_tables(session, entry, former)


def _storable(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry without what core derives from other tables at each show."""
    dropped = ("organization", "relationships_as_object", "relationships_as_subject")
    return {key: value for key, value in entry.items() if key not in dropped}


def withdraw(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    package_id: str,
    user: Any,
    reason: str,
    *,
    kind: str = "withdrawal",
    replaced_by: str = "",
) -> int:
    """Take an entry out of the catalogue; its code and its history stay.

    `kind` is withdrawal or retirement, `replaced_by` the id of the entry that replaces
    it. Return the version that says so; the caller commits and calls `finish`.
    """
    last = revisions.last_version(session, package_id)
    version = (last.version if last else 0) + 1
    package = cast(model.Package, model.Package.get(package_id))
    package.state = model.State.DELETED
    package.version = str(version)
    package.metadata_modified = dt.datetime.utcnow()  # noqa: DTZ003 - core's column
    data = dict(last.data) if last else {}
    session.add(
        Version(
            package_id=package_id,
            version=version,
            kind=kind,
            data=data
            | {"state": "deleted", "version": version, "replaced_by": replaced_by},
            revision_id=None,
            author=user.id,
            note=reason,
            approved_at=clock.now(),
        )
    )
    session.flush()
    jobs.note_index(session, package_id)
    for resource in data.get("resources") or []:
        jobs.note_drop(session, package_id, resource["id"])
    events.tell_withdrawn(session, package_id, reason)
    return version


def finish(package_ids: list[str], shown: bulk_show.Shown | None = None) -> None:
    """Do the work that the commit left: index now, tables now if they are small.

    Whatever fails here stays in the list of jobs and is tried again. `shown` is what
    a batch has just shown of the packages.
    """
    jobs.run_now(package_ids, shown)
