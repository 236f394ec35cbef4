"""Actions on the reference list 《江门市政务信息资源参考内容》 (六)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts, clock
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog.logic.summary_action import owners_asked
from ckanext.jiangmen.catalog.logic.survey_action import (
    uploaded_workbook,
    workbook_answer,
)
from ckanext.jiangmen.catalog.reference import book, coverage, loading
from ckanext.jiangmen.catalog.reference.matching import Entry, key
from ckanext.jiangmen.catalog.reference.model import (
    CONFIRMED,
    REJECTED,
    Reference,
    ReferenceMatch,
)
from ckanext.jiangmen.catalog.survey import WorkbookRefused

DataDict = dict[str, Any]
TEMPLATE_NAME = "江门市政务信息资源参考内容.xlsx"
STATE_NAME = "应报未报-{:%Y%m%d}.xlsx"
DECISIONS = ("confirm", "reject", "clear")


@tk.side_effect_free
def jiangmen_reference_template(context: Context, data_dict: DataDict) -> DataDict:
    """Return the workbook of expected entries, to be filled in and uploaded.

    ``ckanapi action jiangmen_reference_template filled=true``

    :param filled: with the references that the caller may see in it
    :param organization: id or name of an organization
    :returns: ``{"file_name", "mimetype", "content_base64"}``
    """
    tk.check_access("jiangmen_reference_template", context, data_dict)
    rows: list[DataDict] = []
    if tk.asbool(data_dict.get("filled") or False):
        found = coverage.lines(owners_asked(context, data_dict))
        rows = [book.as_dict(line) for line in found]
        rows = [row | {"organization_title": row["organization"]} for row in rows]
        _note(context, "jiangmen_reference_template", TEMPLATE_NAME, found)
    return workbook_answer(book.write(rows), TEMPLATE_NAME)


def _plan(data_dict: DataDict) -> loading.Plan:
    content, _name = uploaded_workbook(data_dict)
    try:
        return loading.plan(content)
    except WorkbookRefused as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err


def jiangmen_reference_preview(context: Context, data_dict: DataDict) -> DataDict:
    """Say what an upload of the reference list would change; nothing is stored.

    ``ckanapi action jiangmen_reference_preview upload@reference.xlsx``

    :param upload: the workbook, xlsx or xls (multipart)
    :returns: ``{"created", "changed", "unchanged", "refused", "errors": [{"sheet",
        "cell", "field", "rule", "message"}], "missing": [{"id", "title"}], "rows":
        [{"row", "organization", "title", "change", "fields"}]}``; `missing` are
        references of the workbook's departments without a row
    """
    tk.check_access("jiangmen_reference_preview", context, data_dict)
    return _plan(data_dict).as_dict()


def jiangmen_reference_import(context: Context, data_dict: DataDict) -> DataDict:
    """Store the reference list of a workbook; with wrong cells nothing is stored.

    ``ckanapi action jiangmen_reference_import upload@reference.xlsx``

    :param upload: the workbook, xlsx or xls (multipart)
    :param drop_missing: drop references of its departments that have no row in it
    :returns: as the preview, with `dropped`, how many were dropped
    """
    tk.check_access("jiangmen_reference_import", context, data_dict)
    made = _plan(data_dict)
    answer = made.as_dict()
    if made.problems:
        return answer | {"created": 0, "changed": 0, "dropped": 0}
    dropped = loading.apply(
        made,
        accounts.caller_of(context).user_id,
        drop_missing=tk.asbool(data_dict.get("drop_missing") or False),
    )
    return answer | {"dropped": dropped}


@tk.side_effect_free
def jiangmen_reference_list(context: Context, data_dict: DataDict) -> DataDict:
    """Return what departments are expected to file, and which entry answers it.

    ``ckanapi action jiangmen_reference_list state=missing``

    :param organization: id or name of an organization
    :param state: missing (应报未报, drafts included), under_way (a draft answers it)
        or filed
    :returns: ``{"count", "references": [{"id", "organization", "owner_org", "title",
        "aliases", "content_kind", "clause", "remarks", "state", "entry_id",
        "entry_title", "score", "why", "by_hand"}]}``
    """
    tk.check_access("jiangmen_reference_list", context, data_dict)
    wanted = _states(data_dict)
    found = coverage.lines(owners_asked(context, data_dict))
    listed = [book.as_dict(line) for line in found if line.state in wanted]
    return {"count": len(listed), "references": listed}


def _states(data_dict: DataDict) -> tuple[str, ...]:
    wanted = data_dict.get("state")
    if not wanted:
        return coverage.STATES
    if wanted not in coverage.STATES:
        raise tk.ValidationError(
            {"state": [f"状态应为 {'、'.join(coverage.STATES)} 之一。"]}
        )
    # A draft is not filed yet.
    return ("missing", "under_way") if wanted == "missing" else (wanted,)


@tk.side_effect_free
def jiangmen_reference_coverage(context: Context, data_dict: DataDict) -> DataDict:
    """Return filed / expected for each department, the best first, and in all.

    ``ckanapi action jiangmen_reference_coverage``

    :param organization: id or name of an organization
    :returns: ``{"departments": [{"id", "title", "reference", "filed", "under_way",
        "missing", "coverage"}], "total": the same}``; coverage 0 to 1, None of none
    """
    tk.check_access("jiangmen_reference_coverage", context, data_dict)
    listed = coverage.by_department(coverage.lines(owners_asked(context, data_dict)))
    names = ("reference", *coverage.STATES)
    total: DataDict = {name: sum(row[name] for row in listed) for name in names}
    share = total["filed"] / total["reference"] if total["reference"] else None
    total["coverage"] = None if share is None else round(share, 4)
    return {"departments": listed, "total": total}


@tk.side_effect_free
def jiangmen_reference_export(context: Context, data_dict: DataDict) -> DataDict:
    """Return the list with what answers each reference as a workbook.

    ``ckanapi action jiangmen_reference_export state=missing``

    :param organization: id or name of an organization
    :param state: as in `jiangmen_reference_list`
    :returns: ``{"file_name", "mimetype", "content_base64"}``
    """
    tk.check_access("jiangmen_reference_export", context, data_dict)
    wanted = _states(data_dict)
    found = coverage.lines(owners_asked(context, data_dict))
    found = [line for line in found if line.state in wanted]
    name = STATE_NAME.format(clock.local(clock.now()))
    _note(context, "jiangmen_reference_export", name, found)
    return workbook_answer(book.write_state(found), name)


def _note(
    context: Context, action: str, name: str, found: Sequence[coverage.Line]
) -> None:
    """Write the file into the trail, with the entries that it names."""
    named = [line.match.entry.package_id for line in found if line.match is not None]
    trail.note_file(context, action, name, entries=named, rows=len(found))


def jiangmen_reference_match(context: Context, data_dict: DataDict) -> DataDict:
    """Correct by hand which entry answers a reference.

    ``ckanapi action jiangmen_reference_match id=ID entry=ENTRY decision=confirm``

    :param id: id of a reference
    :param entry: id or title of an entry of its department, in force or a draft
    :param decision: confirm (this entry answers it, whatever its name), reject (it
        does not) or clear (forget what was said about this entry)
    :returns: the reference as in `jiangmen_reference_list`
    """
    reference = model.Session.get(Reference, str(data_dict.get("id") or ""))
    owner = reference.owner_org if reference is not None else None
    tk.check_access("jiangmen_reference_match", context, {"owner_org": owner})
    tk.get_or_bust(data_dict, "id")
    if reference is None or owner not in owners_asked(context, {}):
        raise tk.ObjectNotFound(tk._("There is no such reference."))
    decision = str(data_dict.get("decision") or "")
    if decision not in DECISIONS:
        raise tk.ValidationError(
            {"decision": [f"请填写 {'、'.join(DECISIONS)} 之一。"]}
        )
    entry = _entry(reference, str(data_dict.get("entry") or ""))
    _decide(reference, entry, decision, accounts.caller_of(context).user_id)
    line = next(
        line
        for line in coverage.lines([reference.owner_org])
        if line.reference.id == reference.id
    )
    return book.as_dict(line)


def _entry(reference: Reference, wanted: str) -> Entry:
    """Return the entry of the reference's department with this id or title."""
    there = coverage.entries({reference.owner_org})[reference.owner_org]
    for each in there:
        if wanted and (each.package_id == wanted or key(each.title) == key(wanted)):
            return each
    raise tk.ValidationError(
        {"entry": ["该单位没有这个条目，请填写其名称或标识，如“社会组织登记信息”。"]}
    )


def _decide(reference: Reference, entry: Entry, decision: str, author: str) -> None:
    """Write a decision down and commit; an entry is confirmed for one reference."""
    session = model.Session
    match = ReferenceMatch
    same = sa.and_(
        match.reference_id == reference.id, match.package_id == entry.package_id
    )
    if decision == "confirm":
        other = sa.or_(
            match.reference_id == reference.id, match.package_id == entry.package_id
        )
        same = sa.or_(same, sa.and_(other, match.decision == CONFIRMED))
    session.execute(sa.delete(match).where(same))
    if decision != "clear":
        session.add(
            match(
                reference_id=reference.id,
                package_id=entry.package_id,
                decision=CONFIRMED if decision == "confirm" else REJECTED,
                author=author,
                at=clock.now(),
            )
        )
    session.commit()
