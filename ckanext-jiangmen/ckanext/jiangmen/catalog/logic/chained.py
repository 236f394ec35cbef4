"""The stock writing actions on the share site: an account's call stores a revision.

Only approval and the site user on the command line write the package. On the open
site everything is passed on: authorization lets nobody but the receiver in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen.catalog import (
    attachments,
    direct,
    entries,
    proposals,
    revisions,
    web,
)
from ckanext.jiangmen.catalog.errors import WrongState
from ckanext.jiangmen.catalog.logic import known

DataDict = dict[str, Any]
LONGEST_REASON = 500
Action = Callable[[Context, DataDict], Any]


def _standing(
    context: Context, data_dict: DataDict, key: str = "id"
) -> revisions.Standing:
    """Return what there is of the entry named; NotFound if the caller knows of none."""
    wanted = tk.get_or_bust(data_dict, key)
    found = revisions.standing(model.Session, str(wanted), for_update=True)
    if found is None:
        raise known.absent()
    known.check(context, found.package_id, found.owner_org)
    return found


@tk.side_effect_free
@tk.chained_action
def package_show(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Show the entry from the database: the index does not hold its items."""
    context["use_cache"] = False
    return next_action(context, data_dict)


@tk.chained_action
def package_create(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Store a first draft and answer with it and its `revision_id`."""
    if web.writes_directly(context):
        return direct.write(next_action, context, data_dict)
    tk.check_access("package_create", context, data_dict)
    sent = {key: value for key, value in data_dict.items() if key != "id"}
    entry, revision = proposals.propose(context, sent, None)
    return proposals.answer(entry, revision)


@tk.chained_action
def organization_create(
    next_action: Action, context: Context, data_dict: DataDict
) -> Any:
    """Create an organization; one that the platform loads keeps its age."""
    if web.writes_directly(context):
        return direct.create_group(next_action, context, data_dict)
    return next_action(context, data_dict)


@tk.chained_action
def group_create(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a library; one that the platform loads keeps its age."""
    if web.writes_directly(context):
        return direct.create_group(next_action, context, data_dict)
    return next_action(context, data_dict)


@tk.chained_action
def package_update(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Store an edit as the entry's revision; the approved version stays in force."""
    if web.writes_directly(context):
        return direct.write(next_action, context, data_dict)
    key = "id" if data_dict.get("id") else "name"
    standing = _standing(context, data_dict, key)
    tk.check_access("package_update", context, {"id": standing.package_id})
    entry, revision = proposals.propose(context, data_dict, standing)
    return proposals.answer(entry, revision)


@tk.chained_action
def package_patch(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Store an edit of some fields, on top of the newest proposal."""
    if web.writes_directly(context):
        return next_action(context, data_dict)
    standing = _standing(context, data_dict)
    tk.check_access("package_patch", context, {"id": standing.package_id})
    sent = {**data_dict, "id": standing.package_id}
    entry, revision = proposals.propose(context, sent, standing, patch=True)
    return proposals.answer(entry, revision)


@tk.chained_action
def package_revise(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Revise an entry that nobody has open; core's matching reads the approved one."""
    if not web.writes_directly(context):
        match = data_dict.get("match") or {}
        wanted = data_dict.get("match__id") or data_dict.get("match__name")
        if isinstance(match, dict):
            wanted = wanted or match.get("id") or match.get("name")
        found = revisions.standing(model.Session, str(wanted)) if wanted else None
        if found is not None:
            # Before a word about its revisions: who may not know finds none.
            known.check(context, found.package_id, found.owner_org)
            tk.check_access("package_update", context, {"id": found.package_id})
        if found is not None and found.open is not None:
            raise tk.ValidationError(
                {
                    "revision": [
                        tk._("The entry has an open revision; use package_patch.")
                    ]
                }
            )
    return next_action(context, data_dict)


@tk.chained_action
def package_delete(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Propose to take the entry back; a mere draft is discarded."""
    if web.writes_directly(context):
        return direct.delete(next_action, context, data_dict)
    standing = _standing(context, data_dict)
    tk.check_access("package_delete", context, {"id": standing.package_id})
    if standing.version == 0 and standing.open is not None:
        return tk.get_action("jiangmen_revision_discard")(
            context, {"id": standing.open.id}
        )
    author = proposals.author_of(context)
    try:
        revision = revisions.save(
            model.Session,
            standing,
            dict(standing.approved or {}),
            author,
            kind="withdraw",
            note=str(data_dict.get("reason") or "").strip()[:LONGEST_REASON],
        )
    except WrongState as err:
        raise tk.ValidationError({"revision": [str(err)]}) from err
    model.Session.commit()
    return proposals.answer(revision.data, revision)


def _with_resources(
    context: Context, standing: revisions.Standing, resources: list[DataDict]
) -> tuple[DataDict, Any]:
    newest = standing.newest or {}
    return proposals.propose(context, {**newest, "resources": resources}, standing)


def _resource_answer(entry: DataDict, revision: Any, resource_id: str) -> DataDict:
    resource = next(r for r in entry["resources"] if r["id"] == resource_id)
    return {
        **resource,
        "package_id": entry["id"],
        "revision_id": revision.id,
        "lock_version": revision.lock_version,
    }


def _of_resource(
    context: Context, data_dict: DataDict
) -> tuple[revisions.Standing, DataDict]:
    """Return the entry that a resource belongs to, proposed ones too, and the dict.

    Raise NotFound if there is none, or none that the caller may know of.
    """
    resource_id = str(tk.get_or_bust(data_dict, "id"))
    standing = revisions.standing_of_resource(model.Session, resource_id)
    if standing is not None:
        for resource in (standing.newest or {}).get("resources", []):
            if resource["id"] == resource_id:
                known.check_file(context, standing, resource_id)
                return standing, resource
    raise tk.ObjectNotFound(tk._("Resource was not found."))


@tk.chained_action
def resource_create(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Propose another file or address of an entry; `upload` stages the file."""
    if web.writes_directly(context):
        return next_action(context, data_dict)
    standing = _standing(context, data_dict, "package_id")
    tk.check_access("resource_create", context, {"package_id": standing.package_id})
    if attachments.is_upload(data_dict.get("upload")):
        entry, revision, resource = attachments.attach(context, standing, data_dict)
        return _resource_answer(entry, revision, resource["id"])
    resource = entries.shape_resource(data_dict, None)
    kept = list((standing.newest or {}).get("resources") or [])
    entry, revision = _with_resources(context, standing, [*kept, resource])
    # Its id is given with the entry: one sent along could be another entry's.
    return _resource_answer(entry, revision, entry["resources"][-1]["id"])


def _change_resource(context: Context, data_dict: DataDict, action: str) -> DataDict:
    standing, file = _of_resource(context, data_dict)
    tk.check_access(action, context, {"id": file["id"]})
    if attachments.is_upload(data_dict.get("upload")):
        entry, revision, resource = attachments.attach(
            context, standing, {**data_dict, "resource_id": file["id"]}
        )
        return _resource_answer(entry, revision, resource["id"])
    sent = {**file, **data_dict} if action == "resource_patch" else data_dict
    resources = [
        {**sent, "id": file["id"]} if r["id"] == file["id"] else r
        for r in (standing.newest or {})["resources"]
    ]
    entry, revision = _with_resources(context, standing, resources)
    return _resource_answer(entry, revision, file["id"])


@tk.chained_action
def resource_update(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Propose a change of one file or address."""
    if web.writes_directly(context):
        return next_action(context, data_dict)
    return _change_resource(context, data_dict, "resource_update")


@tk.chained_action
def resource_patch(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Propose a change of some fields of one file or address."""
    if web.writes_directly(context):
        return next_action(context, data_dict)
    return _change_resource(context, data_dict, "resource_patch")


@tk.chained_action
def resource_delete(next_action: Action, context: Context, data_dict: DataDict) -> Any:
    """Propose the entry without one of its files."""
    if web.writes_directly(context):
        return next_action(context, data_dict)
    standing, file = _of_resource(context, data_dict)
    tk.check_access("resource_delete", context, {"id": file["id"]})
    kept = [r for r in (standing.newest or {})["resources"] if r["id"] != file["id"]]
    entry, revision = _with_resources(context, standing, kept)
    return proposals.answer(entry, revision)


def _refused(sentence: Callable[[], str]) -> Callable[..., Any]:
    """Return a chained action that only the platform itself may call."""

    def action(next_action: Action, context: Context, data_dict: DataDict) -> Any:
        if web.is_platform(context):
            return next_action(context, data_dict)
        raise tk.NotAuthorized(sentence())

    action.__doc__ = "Refuse accounts: what they change comes through a revision."
    return tk.chained_action(action)


def _rows() -> str:
    return tk._(
        "Rows come with a file: use jiangmen_revision_attach, or "
        "jiangmen_table_replace for a table in force."
    )


def _whole() -> str:
    return tk._("Change the entry itself: it is reviewed before it is in force.")


datastore_create = _refused(_rows)
datastore_upsert = _refused(_rows)
datastore_delete = _refused(_rows)
datastore_records_delete = _refused(_rows)
package_owner_org_update = _refused(_whole)
bulk_update_private = _refused(_whole)
bulk_update_public = _refused(_whole)
bulk_update_delete = _refused(_whole)
package_relationship_create = _refused(_whole)
package_relationship_update = _refused(_whole)
package_relationship_delete = _refused(_whole)
dataset_purge = _refused(_whole)

NAMES = (
    "package_show",
    "group_create",
    "organization_create",
    "package_create",
    "package_update",
    "package_patch",
    "package_revise",
    "package_delete",
    "package_owner_org_update",
    "package_relationship_create",
    "package_relationship_update",
    "package_relationship_delete",
    "resource_create",
    "resource_update",
    "resource_patch",
    "resource_delete",
    "datastore_create",
    "datastore_upsert",
    "datastore_delete",
    "datastore_records_delete",
    "bulk_update_private",
    "bulk_update_public",
    "bulk_update_delete",
    "dataset_purge",
)
