"""Actions on guides: what there is, what a change would do, and the change itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import entries
from ckanext.jiangmen.catalog.guides import change, versions

DataDict = dict[str, Any]
AT_ONCE, MOST = 500, 1000


@tk.side_effect_free
def jiangmen_guide_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """Return the versions of the guide and how many entries are filed under each.

    ``ckanapi action jiangmen_guide_list``

    :returns: ``[{"version", "title", "source", "certainty", "in_force_from", "follows",
        "current", "state", "superseded_by", "entries"}]``, the oldest first; `state` is
        `superseded`, `current` or `coming`
    """
    tk.check_access("jiangmen_guide_list", context, data_dict)
    package: Any = model.Package
    filed = (
        sa.select(change.filed_under().label("version"))
        .where(package.state == "active", package.type == entries.TYPE)
        .subquery()
    )
    counted: dict[str, int] = {
        row[0]: row[1]
        for row in model.Session.execute(
            sa.select(filed.c.version, sa.func.count()).group_by(filed.c.version)
        )
    }
    return [
        {
            "version": guide.version,
            "title": guide.title,
            "source": guide.source,
            "certainty": guide.certainty,
            "in_force_from": guide.in_force_from.isoformat(),
            "follows": guide.follows,
            "current": guide.version == versions.current(),
            "state": versions.state(guide.version),
            "superseded_by": versions.superseded_by(guide.version),
            "entries": counted.get(guide.version, 0),
        }
        for guide in versions.guides().values()
    ]


@tk.side_effect_free
def jiangmen_guide_preview(context: Context, data_dict: DataDict) -> DataDict:
    """Return which entries would not be right under another guide; nothing is written.

    ``ckanapi action jiangmen_guide_preview version=1272-2017``

    :param version: the version of the guide
    :param limit: look at so many entries (500, no more than 1000)
    :param after: begin after this entry's id: the `next` of the call before
    :returns: ``{"version", "title", "examined", "right", "wrong", "entries": [{"id",
        "name", "title", "organization", "resource_code", "schema_version", "problems":
        [{"field", "label", "messages"}]}], "left", "next"}``; `left` are entries not
        yet looked at, `next` is null after the last
    """
    tk.check_access("jiangmen_guide_preview", context, data_dict)
    version, ids, rest = _wanted(data_dict)
    moves = change.plan(ids, version)
    wrong = [change.told(move) for move in moves if move.problems]
    return _answer(version, ids, rest, wrong)


def jiangmen_guide_apply(context: Context, data_dict: DataDict) -> DataDict:
    """Move entries to another guide; those that would not be right stay, listed.

    May be repeated and interrupted: what is moved already is not looked at again.
    ``ckanapi action jiangmen_guide_apply version=1272-2017``

    :param version: the version of the guide
    :param limit: move so many entries (500, no more than 1000)
    :param after: begin after this entry's id: the `next` of the call before
    :returns: as `jiangmen_guide_preview`; `right` is how many were moved
    """
    tk.check_access("jiangmen_guide_apply", context, data_dict)
    version, ids, rest = _wanted(data_dict)
    stay = change.apply(ids, version, accounts.caller_of(context))
    return _answer(version, ids, rest, [change.told(move) for move in stay])


def _wanted(data_dict: DataDict) -> tuple[str, list[str], int]:
    """Return the version, ids to look at now, and how many come after them."""
    version = str(tk.get_or_bust(data_dict, "version"))
    limit = str(data_dict.get("limit") or AT_ONCE)
    if not limit.isascii() or not limit.isdigit() or not 0 < int(limit) <= MOST:
        raise tk.ValidationError({"limit": [f"每次数量应为1至{MOST}的整数。"]})
    try:
        waiting = change.waiting(version, str(data_dict.get("after") or ""))
    except versions.NoSuchGuide as err:
        raise tk.ValidationError({"version": [str(err)]}) from err
    ids = waiting[: int(limit)]
    return version, ids, len(waiting) - len(ids)


def _answer(version: str, ids: list[str], rest: int, wrong: list[DataDict]) -> DataDict:
    return {
        "version": version,
        "title": versions.get(version).title,
        "examined": len(ids),
        "right": len(ids) - len(wrong),
        "wrong": len(wrong),
        "entries": wrong,
        "left": rest,
        "next": ids[-1] if rest else None,
    }
