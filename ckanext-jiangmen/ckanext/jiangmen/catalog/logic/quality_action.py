"""Action on quality: the score of an entry or revision before it is submitted."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen.catalog import revisions
from ckanext.jiangmen.catalog.logic import known
from ckanext.jiangmen.catalog.logic.taking import readable_revision
from ckanext.jiangmen.catalog.quality import alike, score

DataDict = dict[str, Any]


@tk.side_effect_free
def jiangmen_quality_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return how good an entry or a revision is, and what would raise its score.

    ``ckanapi action jiangmen_quality_show id=REVISION``

    :param id: id of a revision, or id or name of an entry
    :returns: ``{"score": 0–100, "parts": {name: {"title", "points", "of"}},
        "findings": [{"part", "field", "rule", "message", "points", "item"}],
        "alike": [{"id", "name", "title", "organization", "likeness"}]}``; `points` of
        a finding is what mending it adds; `alike` are entries of other departments
        with a title like this one, as far as the caller may know of them
    """
    entry = _entry(context, data_dict)
    found = alike.find(context, entry.get("title") or "", entry.get("owner_org") or "")
    return score.report(entry, found)


def _entry(context: Context, data_dict: DataDict) -> DataDict:
    wanted = str(tk.get_or_bust(data_dict, "id"))
    if revisions.get(model.Session, wanted) is not None:
        return readable_revision(context, {"id": wanted}).data
    standing = revisions.standing(model.Session, wanted)
    if standing is None:
        raise known.absent()
    known.check(context, standing.package_id, standing.owner_org)
    tk.check_access("jiangmen_quality_show", context, {"owner_org": standing.owner_org})
    return dict(standing.approved or standing.newest or {})
