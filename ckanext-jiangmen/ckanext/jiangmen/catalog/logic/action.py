"""Actions on revisions: show, list, and every step from draft to approval."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import (
    review,
    revisions,
    shown,
    steps,
)
from ckanext.jiangmen.catalog.logic import taking
from ckanext.jiangmen.catalog.logic.taking import readable_revision
from ckanext.jiangmen.catalog.model import OPEN_STATES, Revision, RevisionEvent
from ckanext.jiangmen.parameters import natural, number

DataDict = dict[str, Any]
LIST_LIMIT, LIST_MOST = 1000, 5000
LONGEST_COMMENT = 2000


@tk.side_effect_free
def jiangmen_revision_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return a revision: who it waits on, what it changes, what happened to it.

    ``ckanapi action jiangmen_revision_show id=REVISION``

    :param id: id of the revision
    :returns: the revision with `entry` (the proposed entry), `changes` (field, label,
        before, after against its base), `events`, `waits_on` and `may` (what the
        caller may do now)
    """
    revision = readable_revision(context, data_dict)
    return shown.whole(revision, accounts.caller_of(context))


@tk.side_effect_free
def jiangmen_revision_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """Return the revisions that the caller may see, newest first, without contents.

    ``ckanapi action jiangmen_revision_list state=submitted organization=minzhengju``

    :param state: draft, submitted, returned, approved, superseded, discarded or
        aside; several separated by commas; "open" for the first three
    :param organization: id or name of an organization
    :param import_id: only those of one import
    :param package_id: only those of one entry, by id or name
    :param waiting_for_me: only those whose next step the caller can take
    :param step: only those whose due step is reviewer, leader, secrecy or coordinator
    :param mine: only those that the caller wrote
    :param limit: at most so many (1000, no more than 5000)
    :param offset: leave out so many
    :returns: ``[{"id", "package_id", "title", "state", "step", "waits_on", "may",
        "organization", "author", "import_id", "lock_version", "term" (until when the
        next act is due, in working days), "comments", …}]``
    """
    tk.check_access("jiangmen_revision_list", context, data_dict)
    caller = accounts.caller_of(context)
    query = _wanted(_visible(sa.select(Revision), caller), data_dict, caller)
    waiting = tk.asbool(data_dict.get("waiting_for_me") or False)
    order = Revision.waiting_since.asc() if waiting else Revision.modified.desc()
    query = query.order_by(order, Revision.id)
    limit = number(data_dict, "limit", LIST_LIMIT, LIST_MOST)
    query = query.limit(limit).offset(natural(data_dict, "offset", 0))
    return shown.rows(model.Session.scalars(query), caller)


@tk.side_effect_free
def jiangmen_revision_count(context: Context, data_dict: DataDict) -> DataDict:
    """Return how many revisions `jiangmen_revision_list` finds, by state and step.

    ``ckanapi action jiangmen_revision_count waiting_for_me=true``

    :returns: ``{"count": n, "states": {state: n}, "steps": {step: n}}``; parameters
        as in the list
    """
    tk.check_access("jiangmen_revision_count", context, data_dict)
    caller = accounts.caller_of(context)
    columns = (Revision.state, Revision.step)
    query = sa.select(*columns, sa.func.count()).group_by(*columns)
    query = _wanted(_visible(query, caller), data_dict, caller)
    states: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for state, step, count in model.Session.execute(query):
        states[state] += count
        if step:
            found[step] += count
    return {"count": states.total(), "states": dict(states), "steps": dict(found)}


def _visible(query: Any, caller: Caller) -> Any:
    if caller.has(Role.COORDINATOR):
        return query
    conditions: list[sa.ColumnElement[bool]] = [
        Revision.owner_org.in_(caller.organizations)
    ]
    if caller.has(Role.SECRECY_REVIEWER):
        conditions.append(
            sa.and_(
                Revision.state.in_(("submitted", "approved")),
                Revision.data["open_flag"].astext == "是",
            )
        )
    return query.where(sa.or_(*conditions))


def _wanted(query: Any, data_dict: DataDict, caller: Caller) -> Any:
    states = [s.strip() for s in str(data_dict.get("state") or "").split(",")]
    if data_dict.get("state") == "open":
        states = list(OPEN_STATES)
    if isinstance(data_dict.get("state"), list):
        states = [str(state) for state in data_dict["state"]]
    if any(states):
        query = query.where(Revision.state.in_(states))
    if data_dict.get("organization"):
        group = model.Group.get(str(data_dict["organization"]))
        query = query.where(Revision.owner_org == (group.id if group else ""))
    if data_dict.get("import_id"):
        query = query.where(Revision.import_id == str(data_dict["import_id"]))
    if data_dict.get("package_id"):
        package = model.Package.get(str(data_dict["package_id"]))
        wanted = package.id if package else str(data_dict["package_id"])
        query = query.where(Revision.package_id == wanted)
    if data_dict.get("step"):
        query = query.where(Revision.step == str(data_dict["step"]))
    if tk.asbool(data_dict.get("mine") or False):
        query = query.where(Revision.author == caller.user_id)
    if tk.asbool(data_dict.get("waiting_for_me") or False):
        query = query.where(_due(caller))
    return query


def _due(caller: Caller) -> Any:
    """Return the condition that a revision's due step is the caller's to take."""
    took = sa.text(
        "NOT EXISTS (SELECT 1 FROM jiangmen_revision_event e"
        " WHERE e.revision_id = jiangmen_revision.id AND e.event = 'step_approved'"
        " AND e.actor = :me AND e.at >= jiangmen_revision.submitted)"
    ).bindparams(me=caller.user_id)
    wrote = sa.not_(
        sa.exists().where(
            RevisionEvent.revision_id == Revision.id,
            RevisionEvent.event.in_(revisions.WRITING),
            RevisionEvent.actor == caller.user_id,
        )
    )
    ways = [
        sa.and_(
            Revision.step == step,
            Revision.owner_org.in_(owners) if owners is not None else sa.true(),
        )
        for step, owners in review.waiting_steps(caller)
    ]
    return sa.and_(
        Revision.state == "submitted",
        Revision.author != caller.user_id,
        wrote,
        sa.or_(*ways) if ways else sa.false(),
        took,
    )


def _comment(data_dict: DataDict) -> str:
    comment = str(data_dict.get("comment") or "").strip()
    if len(comment) > LONGEST_COMMENT:
        raise tk.ValidationError(
            {"comment": [f"意见最多{LONGEST_COMMENT}个字，请缩短。"]}
        )
    return comment


def jiangmen_revision_submit(
    context: Context, data_dict: DataDict
) -> DataDict | list[DataDict]:
    """Send a draft into the review: department, 保密审查 if opened, 市网信统筹局.

    ``ckanapi action jiangmen_revision_submit id=REVISION``

    :param id: id of a revision, or a list of ids: each gets its own answer
    :param note: what the reviewers should know
    :returns: the revision, or for a list of ids ``[{"id", "ok", "state", "step",
        "error"}]``
    """
    note = _comment({"comment": data_dict.get("note")})

    def step(revision: Revision, caller: Caller) -> None:
        steps.submit(revision, caller, note)

    return taking.take_each(context, data_dict, "jiangmen_revision_submit", step)


def jiangmen_revision_approve(
    context: Context, data_dict: DataDict
) -> DataDict | list[DataDict]:
    """Take the step that is due; the last one puts the entry in force.

    Nobody approves their own revision nor takes two of its steps.
    ``ckanapi action jiangmen_revision_approve id=REVISION``

    :param id: id of a revision, or a list of ids: each gets its own answer
    :param comment: the reviewer's remark
    :returns: the revision, or for a list of ids ``[{"id", "ok", "state", "step",
        "error"}]``
    """
    comment = _comment(data_dict)

    def step(revision: Revision, caller: Caller) -> bool:
        return steps.approve(revision, caller, comment)

    if isinstance(data_dict.get("id"), list):
        return taking.approve_all(context, data_dict["id"], comment, step)
    return taking.take_each(context, data_dict, "jiangmen_revision_approve", step)


def jiangmen_revision_return(
    context: Context, data_dict: DataDict
) -> DataDict | list[DataDict]:
    """Return a revision to its author with what has to be mended.

    ``ckanapi action jiangmen_revision_return id=REVISION comment=…``

    :param id: id of a revision, or a list of ids: each gets its own answer
    :param comment: what has to be mended; must not be empty
    :returns: the revision, or for a list of ids ``[{"id", "ok", "state", "step",
        "error"}]``
    """
    comment = _comment(data_dict)

    def step(revision: Revision, caller: Caller) -> None:
        steps.send_back(revision, caller, comment)

    return taking.take_each(context, data_dict, "jiangmen_revision_return", step)


def jiangmen_revision_discard(
    context: Context, data_dict: DataDict
) -> DataDict | list[DataDict]:
    """Give a revision up; what is in force stays in force.

    ``ckanapi action jiangmen_revision_discard id=REVISION``

    :param id: id of a revision, or a list of ids: each gets its own answer
    :param comment: why
    :returns: the revision, or for a list of ids ``[{"id", "ok", "state", "step",
        "error"}]``
    """
    comment = _comment(data_dict)

    def step(revision: Revision, caller: Caller) -> None:
        steps.discard(revision, caller, comment)

    return taking.take_each(context, data_dict, "jiangmen_revision_discard", step)


def jiangmen_revision_take_over(
    context: Context, data_dict: DataDict
) -> DataDict | list[DataDict]:
    """Go on with a colleague's draft in one's own name.

    ``ckanapi action jiangmen_revision_take_over id=REVISION``

    :param id: id of a revision, or a list of ids: each gets its own answer
    :returns: the revision, or for a list of ids ``[{"id", "ok", "state", "step",
        "error"}]``
    """

    def step(revision: Revision, caller: Caller) -> None:
        steps.take_over(revision, caller)

    return taking.take_each(context, data_dict, "jiangmen_revision_take_over", step)
