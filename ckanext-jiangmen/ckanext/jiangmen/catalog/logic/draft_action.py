"""Actions on drafts: stage a file, take one out, merge an edit that was put aside."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import attachments, merging, proposals, revisions, shown
from ckanext.jiangmen.catalog.logic.taking import locked_revision, readable_revision
from ckanext.jiangmen.catalog.model import Revision

DataDict = dict[str, Any]


def jiangmen_revision_attach(context: Context, data_dict: DataDict) -> DataDict:
    """Stage a file for a revision; a table is checked against its items at once.

    ``ckanapi action jiangmen_revision_attach id=REVISION upload@table.csv``

    :param id: id of a draft
    :param upload: the file (multipart)
    :param resource_id: the file of the entry that it replaces
    :param name: its title; the file's name without it
    :param description: what it holds
    :param only_good_rows: load the good rows of a table and leave the bad ones out;
        without it a table with bad rows is refused, each named under ``bad_rows``
    :returns: the revision, with the new resource as `resource`; its `rows_left_out`
        is the number of bad rows, if there are any
    """
    revision = locked_revision(context, data_dict)
    tk.check_access("jiangmen_revision_attach", context, {"revision": revision})
    standing = _open_standing(revision)
    _entry, saved, resource = attachments.attach(context, standing, data_dict)
    answer = shown.whole(saved, accounts.caller_of(context))
    return {**answer, "resource": resource}


@tk.side_effect_free
def jiangmen_revision_bad_rows(context: Context, data_dict: DataDict) -> DataDict:
    """Return the rows of a revision's table that are left out, with the reasons.

    ``ckanapi action jiangmen_revision_bad_rows id=REVISION resource_id=FILE``

    :param id: id of the revision
    :param resource_id: id of the file
    :returns: ``{"file_name", "count", "rows": [{"row", "column", "reason",
        "value"}]}``, the first 10,000 rows; long numbers are hidden
    """
    revision = readable_revision(context, data_dict)
    wanted = str(tk.get_or_bust(data_dict, "resource_id"))
    found = attachments.left_out(revision.data, wanted)
    trail.note_read(
        context,
        "jiangmen_revision_bad_rows",
        entry_id=revision.package_id,
        resource_id=wanted,
        rows=len(found["rows"]),
    )
    return found


def jiangmen_revision_detach(context: Context, data_dict: DataDict) -> DataDict:
    """Take a file out of a revision; one in force stays until the approval.

    ``ckanapi action jiangmen_revision_detach id=REVISION resource_id=FILE``

    :param id: id of a draft
    :param resource_id: id of the file
    :returns: the revision as `jiangmen_revision_show`
    """
    revision = locked_revision(context, data_dict)
    tk.check_access("jiangmen_revision_detach", context, {"revision": revision})
    standing = _open_standing(revision)
    wanted = str(tk.get_or_bust(data_dict, "resource_id"))
    if wanted not in {r["id"] for r in revision.data.get("resources") or []}:
        raise tk.ObjectNotFound(tk._("Resource was not found."))
    entry = revisions.without_file(revision.data, wanted)
    saved = proposals.store(context, standing, entry)
    return shown.whole(saved, accounts.caller_of(context))


def _open_standing(revision: Revision) -> revisions.Standing:
    standing = revisions.standing(model.Session, revision.package_id, for_update=True)
    if standing is None or standing.open is None or standing.open.id != revision.id:
        raise tk.ValidationError({"revision": ["该修订已经办结，不能再修改。"]})
    return standing


def jiangmen_revision_merge(context: Context, data_dict: DataDict) -> DataDict:
    """Bring an edit that was put aside onto the newest state of its entry.

    What only one side changed is taken; where both changed a field, an item or a file,
    `take` decides by the `key` of each of the revision's `conflicts`.
    ``ckanapi action jiangmen_revision_merge id=REVISION take='{"notes": "mine"}'``

    :param id: id of a revision put aside
    :param take: ``{key: "mine" | "theirs"}``; keys such as notes, or
        information_items/区划代码
    :returns: the revision that holds the merged entry
    """
    aside = locked_revision(context, data_dict)
    tk.check_access("jiangmen_revision_merge", context, {"revision": aside})
    if aside.state != "aside":
        raise tk.ValidationError({"revision": ["只有已搁置的修订需要合并。"]})
    standing = revisions.standing(model.Session, aside.package_id, for_update=True)
    if standing is None:
        raise tk.ObjectNotFound(tk._("Dataset was not found."))
    take = data_dict.get("take") or {}
    if not isinstance(take, dict):
        raise tk.ValidationError({"take": ['请以 {"字段": "mine"} 的形式写明。']})
    base = shown.base_of(aside)
    merged, both = merging.merge(base, standing.newest or {}, aside.data, take)
    if both:
        sentence = "双方都修改了此项，请选择采用哪一方。"
        raise tk.ValidationError({conflict.key: [sentence] for conflict in both})
    entry = proposals.verified(context, merged, standing.newest)
    aside.state = "superseded"
    saved = proposals.store(context, standing, entry)
    return shown.whole(saved, accounts.caller_of(context))
