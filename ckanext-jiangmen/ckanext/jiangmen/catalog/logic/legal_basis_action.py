"""Actions on grounds for 不予共享, and what others may know of withheld entries."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import (
    departments,
    legal_basis,
    legal_changes,
    legal_shown,
)
from ckanext.jiangmen.catalog.legal_changes import LegalBasisRefused
from ckanext.jiangmen.catalog.model import LegalBasis
from ckanext.jiangmen.parameters import natural, number

DataDict = dict[str, Any]

LIST_LIMIT, LIST_MOST = 100, 1000


def jiangmen_legal_basis_create(context: Context, data_dict: DataDict) -> DataDict:
    """Register a ground for 不予共享; complete, it is submitted for its decision.

    One that still lacks something is kept as a draft; ``missing`` says what. Law and
    the superior's refusal are decided by the coordinating office, the approval of the
    city by `city_approver`.
    ``ckanapi action jiangmen_legal_basis_create door=a title=中华人民共和国统计法
    document_number=主席令第十五号 article=第二十五条 authority=全国人大常委会
    issued=2009-06-27 upload@law.pdf``

    :param door: a (law, administrative regulation or central policy), b (approval by
        the city government), c (written refusal by a superior department), or the
        Chinese words of 不予共享依据类型
    :param title: name of the document
    :param document_number: 文号
    :param article: the article or clause, or what it says
    :param authority: who made or issued it
    :param issued: its date, as 2017-04-05
    :param upload: the document itself (multipart)
    :param valid_until: last day of its term; without one it has no term
    :param next_check: day of the next yearly check; within a year, a year without it
    :param reason: why the department may not share
    :param organization: id or name of the department; the caller's own without it
    :returns: the ground as `jiangmen_legal_basis_show`; entries name its ``number``
    """
    owner = _department(context, data_dict)
    tk.check_access("jiangmen_legal_basis_create", context, {"owner_org": owner})
    fields = _fields(data_dict)
    caller = accounts.caller_of(context)
    row = legal_changes.create(owner, fields, caller.user_id)
    return legal_shown.whole(row, caller)


def _department(context: Context, data_dict: DataDict) -> str:
    """Return the id of the department meant: the one named, else the caller's own."""
    wanted = str(data_dict.get("organization") or data_dict.get("owner_org") or "")
    if wanted:
        found = departments.of(wanted)
        if found is None:
            raise tk.ValidationError({"organization": ["没有这个单位，请核对名称。"]})
        return found["id"]
    own = {
        organization
        for role, organization in accounts.caller_of(context).roles
        if role == Role.CATALOGUER and organization
    }
    if len(own) > 1:
        raise tk.ValidationError({"organization": ["您属于多个单位，请指明是哪一个。"]})
    return own.pop() if own else ""


def _fields(data_dict: DataDict) -> DataDict:
    fields, errors = legal_changes.read(data_dict)
    if errors:
        raise tk.ValidationError(errors)
    upload = data_dict.get("upload")
    if upload not in (None, "") and getattr(upload, "filename", "nothing"):
        fields |= legal_changes.stage(upload)
    return fields


def _row(context: Context, data_dict: DataDict, *, lock: bool = False) -> LegalBasis:
    """Return the ground asked for by id or number, if the caller may read it.

    Absent and forbidden are one answer.
    """
    wanted = str(tk.get_or_bust(data_dict, "id"))
    query = sa.select(LegalBasis).where(
        sa.or_(LegalBasis.id == wanted, LegalBasis.number == wanted),
        legal_shown.visible(accounts.caller_of(context)),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = model.Session.scalar(query)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such ground."))
    return found


def _raised(err: LegalBasisRefused) -> Exception:
    model.Session.rollback()
    if err.forbidden:
        return tk.NotAuthorized(str(err))
    return tk.ValidationError({"state": [str(err)]})


def jiangmen_legal_basis_update(context: Context, data_dict: DataDict) -> DataDict:
    """Mend or renew a ground; it is decided anew.

    ``ckanapi action jiangmen_legal_basis_update id=YJ000001 valid_until=2027-12-31``

    :param id: id or number of the ground
    :param title: and the other parameters of `jiangmen_legal_basis_create`; what is
        not sent stays
    :returns: the ground as `jiangmen_legal_basis_show`
    """
    row = _row(context, data_dict, lock=True)
    tk.check_access(
        "jiangmen_legal_basis_update", context, {"owner_org": row.owner_org}
    )
    fields = _fields(data_dict)
    caller = accounts.caller_of(context)
    try:
        legal_changes.update(row, fields, caller)
    except LegalBasisRefused as err:
        raise _raised(err) from err
    return legal_shown.whole(row, caller)


@tk.side_effect_free
def jiangmen_legal_basis_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return a ground with its document, its history and the entries that lean on it.

    ``ckanapi action jiangmen_legal_basis_show id=YJ000001``

    :param id: id or number of the ground
    :returns: ``{"id", "number", "door", "door_title", "title", "document_number",
        "article", "authority", "issued", "valid_until", "next_check", "last_check",
        "file": {"name", "sha256", "size"}, "state", "standing", "withholds",
        "missing": [sentence], "decided_by", "comment", "entries", "used_by": [{"id",
        "title"}], "events", "may", …}``; ``standing`` is the state with what time
        made of it: expired, overdue
    """
    tk.check_access("jiangmen_legal_basis_show", context, data_dict)
    row = _row(context, data_dict)
    return legal_shown.whole(row, accounts.caller_of(context))


@tk.side_effect_free
def jiangmen_legal_basis_list(context: Context, data_dict: DataDict) -> DataDict:
    """List the grounds that the caller may read, the newest first.

    ``ckanapi action jiangmen_legal_basis_list state=submitted``

    :param organization: id or name of a department
    :param door: a, b or c
    :param state: draft, submitted, in_force, refused or ended
    :param waiting_for_me: only those whose decision is the caller's
    :param limit: at most so many (100, no more than 1000)
    :param offset: leave out so many
    :returns: ``{"count", "results": [ground]}``, grounds as in
        `jiangmen_legal_basis_show` without events
    """
    tk.check_access("jiangmen_legal_basis_list", context, data_dict)
    caller = accounts.caller_of(context)
    condition = sa.and_(*_wanted(data_dict, caller))
    count = model.Session.scalar(
        sa.select(sa.func.count()).select_from(LegalBasis).where(condition)
    )
    found = model.Session.scalars(
        sa.select(LegalBasis)
        .where(condition)
        .order_by(LegalBasis.serial.desc())
        .limit(number(data_dict, "limit", LIST_LIMIT, LIST_MOST))
        .offset(natural(data_dict, "offset", 0))
    )
    return {"count": count, "results": legal_shown.rows(list(found), caller)}


def _wanted(data_dict: DataDict, caller: Caller) -> list[Any]:
    conditions: list[Any] = [legal_shown.visible(caller)]
    if data_dict.get("organization"):
        owner = _organization_id(data_dict)
        conditions.append(LegalBasis.owner_org == owner)
    if data_dict.get("door"):
        door = legal_basis.door_of(str(data_dict["door"]))
        conditions.append(LegalBasis.door == door)
    if data_dict.get("state"):
        conditions.append(LegalBasis.state == str(data_dict["state"]))
    if str(data_dict.get("waiting_for_me") or "").lower() in {"true", "1", "yes"}:
        doors = [d for d, role in legal_changes.DECIDERS.items() if caller.has(role)]
        conditions += [
            LegalBasis.state == legal_basis.SUBMITTED,
            LegalBasis.door.in_(doors),
        ]
    return conditions


def _organization_id(data_dict: DataDict) -> str | None:
    """Return the id of the department asked for; "" for an unknown one."""
    wanted = str(data_dict.get("organization") or "")
    if not wanted:
        return None
    found = departments.of(wanted)
    return found["id"] if found else ""


def jiangmen_legal_basis_decide(context: Context, data_dict: DataDict) -> DataDict:
    """Decide about a ground: 市政府审定 by `city_approver`, others by 市网信统筹局.

    Nobody decides what they registered, mended or used in an entry of their own.
    ``ckanapi action jiangmen_legal_basis_decide id=YJ000001 decision=approve
    document_number=江府办复〔2017〕1号``

    :param id: id or number of the ground
    :param decision: approve or refuse
    :param comment: the opinion; needed for a refusal
    :param document_number: number of the decision's own document, if it has one
    :returns: the ground as `jiangmen_legal_basis_show`
    """
    tk.check_access("jiangmen_legal_basis_decide", context, data_dict)
    row = _row(context, data_dict, lock=True)
    caller = accounts.caller_of(context)
    number = _comment(data_dict, "document_number", legal_changes.LONGEST_NUMBER)
    comment = _comment(data_dict, "comment", legal_changes.LONGEST_COMMENT)
    decision = str(data_dict.get("decision") or "")
    try:
        legal_changes.decide(row, caller, decision, comment, number)
    except LegalBasisRefused as err:
        raise _raised(err) from err
    return legal_shown.whole(row, caller)


def _comment(data_dict: DataDict, name: str, most: int) -> str:
    value = str(data_dict.get(name) or "").strip()
    if len(value) > most:
        raise tk.ValidationError({name: [f"此项最多{most}个字，请精简。"]})
    return value


def jiangmen_legal_basis_check(context: Context, data_dict: DataDict) -> DataDict:
    """Write down the yearly check of a ground, by the department's reviewer or leader.

    ``ckanapi action jiangmen_legal_basis_check id=YJ000001 result=valid``

    :param id: id or number of the ground
    :param result: valid (checked again within a year), or ended: what leaned on it is
        有条件共享 from now on
    :param comment: what was found; needed for ended
    :returns: the ground as `jiangmen_legal_basis_show`
    """
    row = _row(context, data_dict, lock=True)
    tk.check_access("jiangmen_legal_basis_check", context, {"owner_org": row.owner_org})
    caller = accounts.caller_of(context)
    result = str(data_dict.get("result") or "")
    comment = _comment(data_dict, "comment", legal_changes.LONGEST_COMMENT)
    try:
        legal_changes.check(row, caller, result, comment)
    except LegalBasisRefused as err:
        raise _raised(err) from err
    return legal_shown.whole(row, caller)


@tk.side_effect_free
def jiangmen_legal_basis_due(context: Context, data_dict: DataDict) -> list[DataDict]:
    """List the grounds that need somebody, those that withhold no more first.

    A term that ended or a yearly check that is overdue reopens what leaned on it.
    ``ckanapi action jiangmen_legal_basis_due``

    :param organization: id or name of a department; all that the caller may read
    :param days: look so many days ahead (30)
    :returns: ``[{"number", "title", "organization", "why": "expired"|"overdue"|
        "expires"|"check"|"refused"|"ended", "date", "withholds", "used_by": [{"id",
        "title"}], …}]``
    """
    tk.check_access("jiangmen_legal_basis_due", context, data_dict)
    days = number(data_dict, "days", legal_shown.DAYS_AHEAD, 3660)
    caller = accounts.caller_of(context)
    return legal_shown.due(caller, _organization_id(data_dict), days)


@tk.side_effect_free
def jiangmen_withheld_list(context: Context, data_dict: DataDict) -> DataDict:
    """List the entries with nothing but 不予共享: title, department, ground.

    Nothing else of them is told, by no other action, to other departments.
    ``ckanapi action jiangmen_withheld_list organization=minzhengju``

    :param organization: id or name of a department; all without it
    :param offset: leave out so many
    :param limit: at most so many (100, no more than 1000)
    :returns: ``{"count", "results": [{"title", "department", "grounds": [{"door",
        "door_title", "title", "document_number"}]}]}``
    """
    tk.check_access("jiangmen_withheld_list", context, data_dict)
    count, results = legal_shown.withheld(
        _organization_id(data_dict),
        natural(data_dict, "offset", 0),
        number(data_dict, "limit", LIST_LIMIT, LIST_MOST),
    )
    return {"count": count, "results": results}


@tk.side_effect_free
def jiangmen_withheld_counts(context: Context, data_dict: DataDict) -> DataDict:
    """Count the entries with nothing but 不予共享, as the public is told.

    ``ckanapi action jiangmen_withheld_counts``

    :returns: ``{"total", "results": [{"department", "door", "ground", "entries"}]}``;
        a department that is not public counts without its name
    """
    tk.check_access("jiangmen_withheld_counts", context, data_dict)
    found = legal_shown.counts()
    return {"total": sum(row["entries"] for row in found), "results": found}


@tk.side_effect_free
def jiangmen_sharing_ratio(context: Context, data_dict: DataDict) -> list[DataDict]:
    """Tell how much each department shares: sharing is the rule.

    ``ckanapi action jiangmen_sharing_ratio``

    :returns: ``[{"department", "entries", "categories": {category: number},
        "shared_percent"}]``, entries in force by declared category, the share of
        可社会公开 and 无条件共享 in per cent; the smallest first
    """
    tk.check_access("jiangmen_sharing_ratio", context, data_dict)
    return legal_shown.ratios()
