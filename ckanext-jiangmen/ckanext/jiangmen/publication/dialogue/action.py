"""Actions of the share site on messages of the public."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import clock, parameters
from ckanext.jiangmen.accounts import Caller, Role, caller_of
from ckanext.jiangmen.catalog import departments
from ckanext.jiangmen.duties import working_days
from ckanext.jiangmen.publication import detect
from ckanext.jiangmen.publication.dialogue import inbox, shown, words
from ckanext.jiangmen.publication.dialogue.model import Inquiry
from ckanext.jiangmen.publication.dialogue.words import ANSWERS, Kind, State

DataDict = dict[str, Any]

LIMIT, MOST = 50, 200
SHORTEST_ANSWER = 5
LONGEST_COMMENT = 1000


@tk.side_effect_free
def jiangmen_inquiry_list(context: Context, data_dict: DataDict) -> DataDict:
    """Return messages of the public that the caller's department answers.

    The coordinating office sees all of them, the most urgent first.
    ``ckanapi action jiangmen_inquiry_list stage=answer``

    :param stage: ``assign``, ``answer``, ``review``, ``done`` or ``taken_back``
        (optional; without one what is to be done)
    :param organization: id of the department (optional)
    :param late: only those whose answer is late
    :param limit: messages a page, 200 at most
    :param offset: messages before the page

    :returns: ``count`` and ``results``: ``number``, ``kind``, ``state``, ``stage``,
        ``title``, ``text``, ``entry``, ``organization``, ``published``, ``term``
    """
    tk.check_access("jiangmen_inquiry_list", context, data_dict)
    conditions = [inbox.visible_to(caller_of(context))]
    stage = _one_of(data_dict, "stage", inbox.STAGES)
    conditions.append(
        Inquiry.stage == stage
        if stage
        else Inquiry.stage.in_((inbox.ASSIGN, inbox.ANSWER, inbox.REVIEW))
    )
    if organization := _text(data_dict, "organization"):
        conditions.append(Inquiry.organization == organization)
    if tk.asbool(data_dict.get("late") or False):
        conditions.append(Inquiry.due < working_days.latest(clock.today()))
        conditions.append(Inquiry.answered.is_(None))
    limit = parameters.number(data_dict, "limit", LIMIT, MOST)
    offset = parameters.natural(data_dict, "offset", 0)
    return shown.found(conditions, limit, offset)


@tk.side_effect_free
def jiangmen_inquiry_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return one message with its answers and what the caller may do.

    ``ckanapi action jiangmen_inquiry_show number=HD-2026-000001``

    :param number: of the message

    :returns: as a line of `jiangmen_inquiry_list`, with ``steps``, ``proposal``
        (``state``, ``text``, ``ground``), ``comment``, ``choices`` (states that may be
        answered) and ``may``: ``propose``, ``approve``, ``forward``, ``hand_back``
    """
    tk.check_access("jiangmen_inquiry_show", context, data_dict)
    row = _row(context, data_dict)
    return shown.whole(row) | {"may": _may(row, caller_of(context))}


def jiangmen_inquiry_propose(context: Context, data_dict: DataDict) -> DataDict:
    """Write the answer to a message; the department's reviewer approves it.

    ``ckanapi action jiangmen_inquiry_propose number=N state=answered text=T``

    :param number: of the message
    :param state: ``in_progress``, ``released``, ``not_collected``, ``declined``,
        ``corrected`` or ``answered``, as far as the kind of message has it
    :param text: the answer that the public reads, up to 4,000 characters
    :param ground: law and article, where ``declined``

    :returns: the message as `jiangmen_inquiry_show` answers
    """
    tk.check_access("jiangmen_inquiry_propose", context, data_dict)
    row, caller = _due_row(context, data_dict, "propose")
    inbox.propose(row, caller.user_id, _proposal(row, data_dict))
    return _done(context, data_dict)


def jiangmen_inquiry_approve(context: Context, data_dict: DataDict) -> DataDict:
    """Approve an answer: it goes to the open site, where everybody reads it.

    ``ckanapi action jiangmen_inquiry_approve number=HD-2026-000001``

    :param number: of the message

    :returns: the message as `jiangmen_inquiry_show` answers
    """
    tk.check_access("jiangmen_inquiry_approve", context, data_dict)
    row, caller = _due_row(context, data_dict, "approve")
    inbox.approve(row, caller.user_id)
    return _done(context, data_dict)


def jiangmen_inquiry_return(context: Context, data_dict: DataDict) -> DataDict:
    """Have an answer written anew.

    ``ckanapi action jiangmen_inquiry_return number=HD-2026-000001 comment=C``

    :param number: of the message
    :param comment: what must be changed

    :returns: the message as `jiangmen_inquiry_show` answers
    """
    tk.check_access("jiangmen_inquiry_return", context, data_dict)
    row, _ = _due_row(context, data_dict, "approve")
    inbox.return_(row, _comment(data_dict))
    return _done(context, data_dict)


def jiangmen_inquiry_forward(context: Context, data_dict: DataDict) -> DataDict:
    """Have a department answer a message; the public's term runs on.

    ``ckanapi action jiangmen_inquiry_forward number=HD-2026-000001 organization=O``

    :param number: of the message
    :param organization: id or name of the department

    :returns: the message as `jiangmen_inquiry_show` answers
    """
    tk.check_access("jiangmen_inquiry_forward", context, data_dict)
    row, caller = _due_row(context, data_dict, "forward")
    body = departments.of(_text(data_dict, "organization"))
    if body is None:
        raise _wrong("organization", tk._("Please choose a department."))
    inbox.forward(row, body["id"], caller.user_id)
    return _done(context, data_dict)


def jiangmen_inquiry_hand_back(context: Context, data_dict: DataDict) -> DataDict:
    """Give a message back to the coordinating office: another department answers.

    ``ckanapi action jiangmen_inquiry_hand_back number=HD-2026-000001 comment=C``

    :param number: of the message
    :param comment: why, and who may know

    :returns: ``number``
    """
    tk.check_access("jiangmen_inquiry_hand_back", context, data_dict)
    row, _ = _due_row(context, data_dict, "hand_back")
    inbox.hand_back(row, _comment(data_dict))
    model.Session.commit()
    return {"number": row.number}


def _row(context: Context, data_dict: DataDict, *, lock: bool = False) -> Inquiry:
    query = sa.select(Inquiry).where(
        Inquiry.number == _text(data_dict, "number"),
        inbox.visible_to(caller_of(context)),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = model.Session.scalar(query)
    if row is None:
        model.Session.rollback()
        raise tk.ObjectNotFound(tk._("There is no such message."))
    return row


def _due_row(
    context: Context, data_dict: DataDict, verb: str
) -> tuple[Inquiry, Caller]:
    """Return the message, locked, that the caller may do `verb` with."""
    row, caller = _row(context, data_dict, lock=True), caller_of(context)
    if not _is_for(row, caller, verb):
        model.Session.rollback()
        raise tk.NotAuthorized(tk._("This is done by another account."))
    if not _may(row, caller)[verb]:
        model.Session.rollback()
        raise _wrong("number", tk._("This cannot be done in the message's state."))
    return row, caller


def _is_for(row: Inquiry, caller: Caller, verb: str) -> bool:
    """Return whether it is the caller's role that does `verb`, in some stage."""
    office = caller.has(Role.COORDINATOR)
    if verb == "forward":
        return office
    if not row.organization:
        return office and verb != "hand_back"
    cataloguer = caller.has(Role.CATALOGUER, row.organization)
    reviewer = caller.has(Role.REVIEWER, row.organization)
    return {
        "propose": cataloguer,
        # Nobody approves what the same account wrote.
        "approve": reviewer and row.author != caller.user_id,
        "hand_back": cataloguer or reviewer,
    }[verb]


def _may(row: Inquiry, caller: Caller) -> dict[str, bool]:
    open_ = row.stage in {inbox.ASSIGN, inbox.ANSWER}
    stages = {
        # An answer may be told more of later: what was not collected is released.
        "propose": open_ or row.stage == inbox.DONE,
        "approve": row.stage == inbox.REVIEW,
        "forward": open_ or row.stage == inbox.REVIEW,
        "hand_back": row.stage == inbox.ANSWER,
    }
    return {verb: fits and _is_for(row, caller, verb) for verb, fits in stages.items()}


def _proposal(row: Inquiry, data_dict: DataDict) -> DataDict:
    state = _one_of(data_dict, "state", ANSWERS[Kind(row.kind)])
    text = words.clean(_text(data_dict, "text"))
    ground = words.one_line(_text(data_dict, "ground"))
    errors: dict[str, Any] = {}
    if not state:
        errors["state"] = [tk._("Please choose what became of it.")]
    if not SHORTEST_ANSWER <= len(text) <= words.LONGEST_ANSWER:
        errors["text"] = [
            tk._("The answer has {least} to {most} characters.").format(
                least=SHORTEST_ANSWER, most=words.LONGEST_ANSWER
            )
        ]
    if state == State.DECLINED and not ground:
        errors["ground"] = [tk._("Please name law and article of the ground.")]
    if len(ground) > words.LONGEST_GROUND:
        errors["ground"] = [tk._("The text is too long.")]
    hits = sorted(
        {hit.kind.value for hit in detect.find(detect.plain(f"{text}\n{ground}"))}
    )
    if hits:
        errors["text"] = [
            tk._("The answer is for everybody; please take out: {what}.").format(
                what="、".join(hits)
            )
        ]
    if errors:
        model.Session.rollback()
        raise tk.ValidationError(errors)
    return {
        "state": state,
        "text": text,
        "ground": ground if state == State.DECLINED else "",
    }


def _comment(data_dict: DataDict) -> str:
    comment = words.clean(_text(data_dict, "comment"))
    if not 0 < len(comment) <= LONGEST_COMMENT:
        model.Session.rollback()
        raise _wrong("comment", tk._("Please say why, in up to 1,000 characters."))
    return comment


def _done(context: Context, data_dict: DataDict) -> DataDict:
    model.Session.commit()
    return jiangmen_inquiry_show(context, {"number": data_dict["number"]})


def _text(data_dict: DataDict, name: str) -> str:
    value = data_dict.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _one_of(data_dict: DataDict, name: str, choices: Any) -> str:
    value = _text(data_dict, name)
    if value and value not in set(choices):
        model.Session.rollback()
        raise _wrong(name, tk._("There is no such choice."))
    return value


def _wrong(name: str, sentence: str) -> tk.ValidationError:
    return tk.ValidationError({name: [sentence]})
