"""Actions of the editor: check what is typed before anything is stored."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen.catalog import checking, revisions
from ckanext.jiangmen.catalog.logic import known

DataDict = dict[str, Any]


def _standing(context: Context, data_dict: DataDict) -> revisions.Standing | None:
    """Return what there is of the entry named by `id`; None without one.

    Raise NotFound if the caller knows of none, NotAuthorized if it may not write it
    or, without an id, may not begin one.
    """
    if not data_dict.get("id"):
        tk.check_access(
            "package_create", context, {"owner_org": data_dict.get("owner_org")}
        )
        return None
    found = revisions.standing(model.Session, str(data_dict["id"]))
    if found is None:
        raise known.absent()
    known.check(context, found.package_id, found.owner_org)
    tk.check_access("package_update", context, {"id": found.package_id})
    return found


def jiangmen_entry_check(context: Context, data_dict: DataDict) -> DataDict:
    """Say what is wrong with a proposed entry, by field and item; store nothing.

    The sentences are those that saving, the survey workbook and the API have.
    ``ckanapi action jiangmen_entry_check title=… owner_org=市民政局``

    :param id: id or name of the entry, if it is there already
    :param title: every other field as `package_create` and `package_update` take it
    :returns: ``{"count", "problems": [{"field", "label", "rule", "message", "item",
        "item_field"}]}``, the first 500; `item` is the place among the items, from 0
    """
    tk.check_access("jiangmen_entry_check", context, data_dict)
    standing = _standing(context, data_dict)
    return checking.shown(checking.check(context, data_dict, standing))
