"""Fields of many entries changed at once: seen first, then stored as their revisions.

Each entry for itself: the right ones are changed, the others named with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AlchemySession, Context

from ckanext.jiangmen.catalog import checking, entries, lists, proposals
from ckanext.jiangmen.catalog.model import EDITABLE_STATES, OPEN_STATES, Revision
from ckanext.jiangmen.catalog.revisions import Standing

MOST = 200
# What entries may have in common; titles, codes, grounds and reviews they may not.
FIELDS = (
    "content_kind",
    "content_subkind",
    "provider_unit",
    "class_lei",
    "class_xiang",
    "class_mu",
    "class_ximu",
    "region_code",
    "format_class",
    "format_types",
    "system_name",
    "storage_medium",
    "subject_terms",
    "sharing_category",
    "share_condition",
    "share_scope",
    "license_id",
    "open_condition",
    "exchange_method",
    "exchange_reason",
    "update_cycle",
    "cycle_reason",
    "contact_name",
    "contact_phone",
    "remarks",
)

WRONG_FIELD = "不能批量修改{fields}，可批量修改：{permitted}。"
NO_CHANGES = "请选择要修改的字段。"
NO_ENTRIES = "请至少选择一个信息资源。"
TOO_MANY = "一次最多修改{most}个信息资源，现为{count}个，请分批进行。"
UNDER_REVIEW = "该资源的修订正在审核中，请先撤回或等待审核结束，再作修改。"
WITHDRAWAL = "该资源正在办理撤回，不能修改。"


def asked(ids: Any, changes: Any) -> tuple[list[str], dict[str, Any]]:
    """Return ids and changes as asked for; raise ValidationError if they are none."""
    wanted = [ids] if isinstance(ids, str) else ids
    if not isinstance(wanted, list) or not wanted:
        raise tk.ValidationError({"ids": [NO_ENTRIES]})
    wanted = list(dict.fromkeys(str(one) for one in wanted))
    if len(wanted) > MOST:
        raise tk.ValidationError(
            {"ids": [TOO_MANY.format(most=MOST, count=len(wanted))]}
        )
    if not isinstance(changes, Mapping) or not changes:
        raise tk.ValidationError({"changes": [NO_CHANGES]})
    wrong = [field for field in changes if field not in FIELDS]
    if wrong:
        told = WRONG_FIELD.format(
            fields="、".join(lists.label(str(field)[:50]) for field in wrong),
            permitted="、".join(lists.label(field) for field in FIELDS),
        )
        raise tk.ValidationError({"changes": [told]})
    return wanted, dict(changes)


def seen(
    context: Context, standing: Standing, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the changes make of one entry; nothing is stored.

    ``{"id", "title", "outcome": change | unchanged | refused, "fields": [{"field",
    "label", "old", "new"}], "messages"}``.
    """
    before = standing.newest or {}
    row = {
        "id": standing.package_id,
        "title": before.get("title", ""),
        "outcome": "refused",
        "fields": [],
        "messages": _in_the_way(standing),
    }
    if row["messages"]:
        return row
    try:
        after = proposals.checked(context, {**before, **changes}, before)
    except tk.ValidationError as err:
        shaped, _unread = entries.shape({**before, **changes}, before)
        return row | {
            "fields": _told(before, shaped, changes),
            "messages": list(checking.sentences(err.error_dict)),
        }
    told = _told(before, after, changes)
    return row | {"fields": told, "outcome": "change" if told else "unchanged"}


def changed(
    context: Context, standing: Standing, changes: Mapping[str, Any], note: str
) -> dict[str, Any]:
    """Store the changes of one entry as its revision; return the row of `seen`.

    A changed one has its `revision_id`.
    """
    row = seen(context, standing, changes)
    if row["outcome"] != "change":
        return row
    sent = {**changes, "revision_note": note, "id": standing.package_id}
    try:
        _entry, revision = proposals.propose(context, sent, standing, patch=True)
    except tk.ValidationError as err:
        told = {k: v for k, v in err.error_dict.items() if not k.endswith("_id")}
        messages = list(checking.sentences(told))
        return row | {"outcome": "refused", "messages": messages}
    return row | {"revision_id": revision.id}


def counted(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rows with how many there are of each outcome."""
    outcomes = ("change", "unchanged", "refused")
    told = [row["outcome"] for row in rows]
    return {"counts": {one: told.count(one) for one in outcomes}, "rows": list(rows)}


def own_entries(
    session: AlchemySession, organizations: Collection[str]
) -> list[dict[str, str]]:
    """Return the departments' entries, in force or drafted: id and title, by title."""
    in_force = sa.select(model.Package.id, model.Package.title).where(
        model.Package.owner_org.in_(organizations),
        model.Package.state == model.State.ACTIVE,
        model.Package.type == entries.TYPE,
    )
    drafted = sa.select(Revision.package_id, Revision.title).where(
        Revision.owner_org.in_(organizations),
        Revision.state.in_(OPEN_STATES),
        Revision.kind == "create",
    )
    found = {row[0]: row[1] for query in (in_force, drafted)
             for row in session.execute(query)}  # fmt: skip
    return [
        {"id": key, "title": title}
        for key, title in sorted(found.items(), key=lambda pair: (pair[1], pair[0]))
    ]


def _in_the_way(standing: Standing) -> list[str]:
    opened = standing.open
    if opened is None:
        return []
    if opened.kind in ("withdraw", "retire"):
        return [WITHDRAWAL]
    return [] if opened.state in EDITABLE_STATES else [UNDER_REVIEW]


def _told(
    before: Mapping[str, Any], after: Mapping[str, Any], changes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what changes in the fields asked for, old and new as read by people."""
    differing = entries.changed_fields(before, after)
    return [
        {
            "field": field,
            "label": lists.label(field),
            "old": _plain(differing[field][0]),
            "new": _plain(differing[field][1]),
        }
        for field in changes
        if field in differing
    ]


def _plain(value: Any) -> str:
    return "；".join(value) if isinstance(value, list) else str(value)
