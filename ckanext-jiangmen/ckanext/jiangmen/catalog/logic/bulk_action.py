"""Actions of the bulk edit: which entries, what would change, change it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import bulk_edit, revisions
from ckanext.jiangmen.catalog.logic import known

DataDict = dict[str, Any]


@tk.side_effect_free
def jiangmen_bulk_entries(context: Context, data_dict: DataDict) -> list[DataDict]:
    """List the entries that the caller's department may change in bulk, by title.

    ``ckanapi action jiangmen_bulk_entries``

    :returns: ``[{"id", "title"}]``: those in force and those drafted
    """
    tk.check_access("jiangmen_bulk_entries", context, data_dict)
    organizations = accounts.caller_of(context).organizations
    return bulk_edit.own_entries(model.Session(), organizations)


def jiangmen_bulk_preview(context: Context, data_dict: DataDict) -> DataDict:
    """Show what a change of some fields would make of each of several entries.

    ``ckanapi action jiangmen_bulk_preview ids:'["ENTRY"]' changes:'{"remarks": "…"}'``

    :param ids: ids or names of entries of the caller's department, 200 at most
    :param changes: ``{field: new value}``; titles, codes and grounds are not changed so
    :returns: ``{"counts": {"change", "unchanged", "refused"}, "rows": [{"id",
        "title", "outcome", "fields": [{"field", "label", "old", "new"}],
        "messages"}]}``
    """
    tk.check_access("jiangmen_bulk_preview", context, data_dict)
    changes, found = _asked(context, data_dict)
    rows = [bulk_edit.seen(context, standing, changes) for standing in found]
    return bulk_edit.counted(rows)


def jiangmen_bulk_update(context: Context, data_dict: DataDict) -> DataDict:
    """Change some fields of several entries, each as its own revision.

    Entries that the change would make wrong are left as they are and named.
    ``ckanapi action jiangmen_bulk_update ids:'["ENTRY"]' changes:'{"remarks": "…"}'``

    :param ids: ids or names of entries of the caller's department, 200 at most
    :param changes: ``{field: new value}``; titles, codes and grounds are not changed so
    :param note: why; it stands at every revision
    :returns: as `jiangmen_bulk_preview`; changed rows have their ``revision_id``
    """
    tk.check_access("jiangmen_bulk_update", context, data_dict)
    changes, found = _asked(context, data_dict)
    note = str(data_dict.get("note") or "")
    rows = [bulk_edit.changed(context, standing, changes, note) for standing in found]
    return bulk_edit.counted(rows)


def _asked(
    context: Context, data_dict: DataDict
) -> tuple[DataDict, Iterator[revisions.Standing]]:
    """Return the changes, and the entries one after the other as they then stand."""
    ids, changes = bulk_edit.asked(data_dict.get("ids"), data_dict.get("changes"))
    for one in ids:
        _may_write(context, one)
    return changes, (_may_write(context, one) for one in ids)


def _may_write(context: Context, id: str) -> revisions.Standing:
    found = revisions.standing(model.Session(), id)
    if found is None:
        raise known.absent()
    known.check(context, found.package_id, found.owner_org)
    tk.check_access("package_update", context, {"id": found.package_id})
    return found
