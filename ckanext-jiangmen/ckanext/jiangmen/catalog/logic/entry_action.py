"""Actions on entries in force: withdraw, history, new rows, work that waits."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import (
    approval,
    codes,
    comparison,
    jobs,
    owed,
    retired,
    revisions,
    rows,
    shown,
)
from ckanext.jiangmen.catalog.logic import known
from ckanext.jiangmen.catalog.model import OPEN_STATES, Revision, RevisionEvent, Version

DataDict = dict[str, Any]
LONGEST_REASON = 500
LONGEST_CODE, LONGEST_VERSION = 100, 9


def jiangmen_entry_withdraw(context: Context, data_dict: DataDict) -> DataDict:
    """Take an entry out of the catalogue, and off the open site within a minute.

    Its code and its history stay; an open revision of it is superseded.
    ``ckanapi action jiangmen_entry_withdraw id=ENTRY reason=…``

    :param id: id or name of the entry
    :param reason: why; the public reads it on the page that remains
    :returns: ``{"id", "version", "state": "deleted", "reason"}``
    """
    return _end(context, data_dict, "jiangmen_entry_withdraw", retired.WITHDRAWAL)


def jiangmen_entry_retire(context: Context, data_dict: DataDict) -> DataDict:
    """End an entry whose time is over; its page and its code go on saying so.

    ``ckanapi action jiangmen_entry_retire id=ENTRY reason=… replaced_by=CODE``

    :param id: id or name of the entry
    :param reason: why; shown on its page, on the open site too
    :param replaced_by: id, name or code of the entry in force that replaces it
    :returns: ``{"id", "version", "state": "deleted", "reason"}``
    """
    return _end(context, data_dict, "jiangmen_entry_retire", retired.RETIREMENT)


def _end(context: Context, data_dict: DataDict, auth: str, kind: str) -> DataDict:
    package = model.Package.get(str(tk.get_or_bust(data_dict, "id")))
    if package is None or package.state != model.State.ACTIVE:
        raise known.absent()
    known.check(context, package.id, package.owner_org)
    tk.check_access(auth, context, {"owner_org": package.owner_org})
    reason = str(data_dict.get("reason") or "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise tk.ValidationError({"reason": ["请写明原因，最多500个字。"]})
    successor = _successor(context, package.id, data_dict.get("replaced_by"))
    caller = accounts.caller_of(context)
    package_id = package.id
    _supersede(package_id, caller.user_id, reason)
    account = model.User.get(caller.user_id)
    version = approval.withdraw(
        model.Session(), package_id, account, reason, kind=kind, replaced_by=successor
    )
    model.Session.commit()
    approval.finish([package_id])
    return {"id": package_id, "version": version, "state": "deleted", "reason": reason}


def _successor(context: Context, package_id: str, wanted: Any) -> str:
    """Return the id of the entry that replaces one, "" if none is named."""
    text = str(wanted or "").strip()
    if not text:
        return ""
    found = model.Package.get(codes.owner_of(model.Session(), text) or text)
    sentence = f"目录中没有代码或标识为“{text[:LONGEST_CODE]}”的现行信息资源。"
    refusal = tk.ValidationError({"replaced_by": [sentence]})
    if found is None or found.state != model.State.ACTIVE or found.id == package_id:
        raise refusal
    try:
        known.check(context, found.id, found.owner_org)
    except tk.ObjectNotFound as err:
        raise refusal from err
    return found.id


@tk.side_effect_free
def jiangmen_entry_retired_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return since when and why an entry is in force no more, and what replaced it.

    ``ckanapi action jiangmen_entry_retired_show id=CODE``

    :param id: id, name or code of the entry
    :returns: ``{"id", "name", "title", "resource_code", "kind": "retirement" |
        "withdrawal", "version", "since", "reason", "replaced_by"}``; the last is
        ``{"name", "title", "resource_code"}`` or null
    """
    session, wanted = model.Session(), str(tk.get_or_bust(data_dict, "id"))
    caller = accounts.caller_of(context)
    ended = retired.find(session, wanted)
    if ended is None or not retired.may_know(caller, ended):
        raise known.absent()
    tk.check_access("jiangmen_entry_retired_show", context, {})
    answer = retired.as_dict(session, ended)
    answer["replaced_by"] = _shown_successor(context, answer["replaced_by"])
    return answer


def _shown_successor(context: Context, package_id: str) -> DataDict | None:
    found = model.Package.get(package_id) if package_id else None
    if found is None or found.state != model.State.ACTIVE:
        return None
    try:
        known.check(context, found.id, found.owner_org)
    except tk.ObjectNotFound:
        return None
    code = codes.code_of(model.Session(), found.id)
    return {"name": found.name, "title": found.title, "resource_code": code or ""}


def _supersede(package_id: str, user_id: str, reason: str) -> None:
    found = model.Session.scalars(
        sa.select(Revision)
        .where(Revision.package_id == package_id, Revision.state.in_(OPEN_STATES))
        .with_for_update()
    )
    for revision in found:
        revision.state, revision.step = "superseded", None
        revision.waiting_since = None
        revisions.touch(revision)
        revisions.record(model.Session, revision, "superseded", user_id, comment=reason)
        owed.note(model.Session(), revision)


@tk.side_effect_free
def jiangmen_entry_history(context: Context, data_dict: DataDict) -> DataDict:
    """Return every state of an entry that was in force, and what happened on the way.

    ``ckanapi action jiangmen_entry_history id=ENTRY``

    :param id: id or name of the entry
    :param version: return the entry as of this version, as `entry`, too
    :returns: ``{"id", "versions": [{"version", "kind", "approved_at", "author",
        "note", "revision_id", "changes"}], "events": […]}``, newest first
    """
    wanted = str(tk.get_or_bust(data_dict, "id"))
    standing = revisions.standing(model.Session, wanted)
    if standing is None:
        raise known.absent()
    known.check(context, standing.package_id, standing.owner_org)
    tk.check_access(
        "jiangmen_entry_history", context, {"owner_org": standing.owner_org}
    )
    found = list(
        model.Session.scalars(
            sa.select(Version)
            .where(Version.package_id == standing.package_id)
            .order_by(Version.version)
        )
    )
    people = revisions.full_names(row.author for row in found if row.author)
    versions, before = [], {}
    for row in found:
        versions.append(
            {
                "version": row.version,
                "kind": row.kind,
                "approved_at": row.approved_at.isoformat(),
                "author": people.get(row.author, ""),
                "note": row.note,
                "revision_id": row.revision_id,
                "changes": shown.changes(before, row.data) if before else [],
            }
        )
        before = row.data
    happened = model.Session.scalars(
        sa.select(RevisionEvent)
        .where(RevisionEvent.package_id == standing.package_id)
        .order_by(RevisionEvent.id)
    )
    answer: DataDict = {
        "id": standing.package_id,
        "versions": versions[::-1],
        "events": shown.events(happened)[::-1],
    }
    asked = str(data_dict.get("version") or "")
    if asked.isdigit():
        answer["entry"] = next(
            (row.data for row in found if row.version == int(asked)), None
        )
    return answer


@tk.side_effect_free
def jiangmen_entry_compare(context: Context, data_dict: DataDict) -> DataDict:
    """Compare two states of an entry that were in force, field by field.

    Items are matched by name and column: renamed, moved and changed are told apart.
    ``ckanapi action jiangmen_entry_compare id=ENTRY from=1 to=3``

    :param id: id or name of the entry
    :param from: a version; the one before `to` without it
    :param to: a version; the last without it
    :returns: ``{"id", "from", "to", "fields": [{"field", "label", "before", "after"}],
        "items": [{"name", "former_name", "changes", "before_position",
        "after_position", "fields"}], "files": [{"name", "change", "before",
        "after"}]}``; `changes` holds added, removed, renamed, moved, changed
    """
    session = model.Session()
    standing = revisions.standing(session, str(tk.get_or_bust(data_dict, "id")))
    if standing is None:
        raise known.absent()
    known.check(context, standing.package_id, standing.owner_org)
    tk.check_access(
        "jiangmen_entry_compare", context, {"owner_org": standing.owner_org}
    )
    later = _version(data_dict, "to", standing.version)
    earlier = _version(data_dict, "from", max(later - 1, 1))
    states = []
    for number in (earlier, later):
        state = revisions.version_data(session, standing.package_id, number)
        if state is None:
            raise tk.ValidationError({"id": [f"该信息资源没有第{number}版。"]})
        states.append(state)
    compared = comparison.compare(*states)
    return {"id": standing.package_id, "from": earlier, "to": later, **compared}


def _version(data_dict: DataDict, key: str, default: int) -> int:
    text = str(data_dict.get(key) or default)
    if not text.isdecimal() or len(text) > LONGEST_VERSION:
        raise tk.ValidationError({key: ["版本应为自然数，如 1。"]})
    return int(text)


def jiangmen_table_replace(context: Context, data_dict: DataDict) -> DataDict:
    """Bring a new file under unchanged metadata: no review, a version of its own.

    Changed columns are refused: they need a revision.
    ``ckanapi action jiangmen_table_replace resource_id=FILE upload@rows.csv``

    :param resource_id: id of a file of an entry in force
    :param upload: the new file (multipart)
    :returns: ``{"package_id", "resource_id", "version", "sha256", "size"}``
    """
    resource_id = str(tk.get_or_bust(data_dict, "resource_id"))
    resource = model.Resource.get(resource_id)
    package = resource.package if resource is not None else None
    if package is None or package.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(tk._("Resource was not found."))
    standing = revisions.standing_of_resource(model.Session, resource_id)
    if standing is not None:
        known.check_file(context, standing, resource_id)
    tk.check_access("jiangmen_table_replace", context, {"owner_org": package.owner_org})
    answer = rows.replace(context, package.id, resource_id, data_dict.get("upload"))
    approval.finish([package.id])
    return answer


@tk.side_effect_free
def jiangmen_jobs_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """Return the work that follows approvals and is still to be done.

    ``ckanapi action jiangmen_jobs_list``

    :returns: ``[{"id", "kind", "package_id", "resource_id", "attempts", "last_error",
        "due"}]``
    """
    tk.check_access("jiangmen_jobs_list", context, data_dict)
    return jobs.waiting()
