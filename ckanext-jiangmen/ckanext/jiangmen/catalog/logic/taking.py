"""Steps on a revision or on a list of them, and what a list is answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.accounts import Caller
from ckanext.jiangmen.catalog import approval, batch, revisions, shown
from ckanext.jiangmen.catalog.errors import CatalogError
from ckanext.jiangmen.catalog.logic.auth import may_read
from ckanext.jiangmen.catalog.model import Revision
from ckanext.jiangmen.catalog.steps import StepRefused

log = logging.getLogger(__name__)

DataDict = dict[str, Any]
Step = Callable[[Revision, Caller], Any]


def locked_revision(context: Context, data_dict: DataDict) -> Revision:
    """Return the revision asked for, locked.

    NotFound if it is absent or the caller may not read it.
    """
    wanted = readable_revision(context, data_dict)
    found = revisions.get(model.Session, wanted.id, for_update=True)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such revision."))
    return found


def readable_revision(context: Context, data_dict: DataDict) -> Revision:
    """Return the revision asked for; NotFound if it is absent or not the caller's."""
    revision = revisions.get(model.Session, str(tk.get_or_bust(data_dict, "id")))
    if revision is None:
        raise tk.ObjectNotFound(tk._("There is no such revision."))
    try:
        tk.check_access("jiangmen_revision_show", context, {"revision": revision})
    except tk.NotAuthorized as err:
        # Absent and forbidden are one answer.
        raise tk.ObjectNotFound(tk._("There is no such revision.")) from err
    return revision


def take_each(
    context: Context, data_dict: DataDict, auth: str, step: Step
) -> DataDict | list[DataDict]:
    """Take a step on one revision, or on each of a list in a transaction of its own.

    A single one raises what is wrong; of a list every id gets its answer.
    """
    wanted = tk.get_or_bust(data_dict, "id")
    if isinstance(wanted, str):
        revision, done = _one(context, {"id": wanted}, auth, step)
        if done:
            approval.finish([revision.package_id])
        return shown.whole(revision, accounts.caller_of(context))
    if not isinstance(wanted, list):
        raise tk.ValidationError({"id": [tk._("Must be an id or a list of ids")]})
    answers, approved = [], []
    for revision_id in dict.fromkeys(str(one) for one in wanted):
        answer, package_id = _answer(context, revision_id, auth, step)
        answers.append(answer)
        if package_id:
            approved.append(package_id)
    approval.finish(approved)
    return answers


def approve_all(
    context: Context, wanted: list[Any], comment: str, step: Step
) -> list[DataDict]:
    """Take the due step of each of a list, many in one transaction.

    What a batch leaves out is taken alone: so every id gets the answer that a single
    one would have got.
    """
    auth = "jiangmen_revision_approve"
    ids = list(dict.fromkeys(str(one) for one in wanted))
    answers: dict[str, DataDict] = {}
    for begin in range(0, len(ids), batch.SIZE):
        part = ids[begin : begin + batch.SIZE]
        taken = _batch(context, part, comment) if len(part) > 1 else batch.Taken()
        approved = taken.in_force
        for revision_id in part:
            if revision_id in taken.steps:
                answers[revision_id] = _brief(taken.steps[revision_id][0])
                continue
            answer, package_id = _answer(context, revision_id, auth, step)
            answers[revision_id] = answer
            approved += [package_id] if package_id else []
        approval.finish(approved, taken.shown)
    return list(answers.values())


def _batch(context: Context, revision_ids: list[str], comment: str) -> batch.Taken:
    """Take steps in one transaction; nothing for those who may take none at all."""
    try:
        tk.check_access("jiangmen_revision_approve", context, {})
    except tk.NotAuthorized:
        return batch.Taken()
    caller = accounts.caller_of(context)
    return batch.take_steps(
        revision_ids, caller, comment, lambda revision: may_read(caller, revision)
    )


def _one(
    context: Context, data_dict: DataDict, auth: str, step: Step
) -> tuple[Revision, bool]:
    """Take one step and commit; return the revision and whether it is in force now."""
    revision = locked_revision(context, data_dict)
    tk.check_access(auth, context, {"revision": revision})
    try:
        done = bool(step(revision, accounts.caller_of(context)))
    except StepRefused as err:
        model.Session.rollback()
        if err.forbidden:
            raise tk.NotAuthorized(str(err)) from err
        raise tk.ValidationError({"revision": [str(err)]}) from err
    except CatalogError as err:
        model.Session.rollback()
        raise tk.ValidationError({"revision": [str(err)]}) from err
    except tk.ValidationError:
        model.Session.rollback()
        raise
    model.Session.commit()
    return revision, done


def _answer(
    context: Context, revision_id: str, auth: str, step: Step
) -> tuple[DataDict, str | None]:
    try:
        revision, done = _one(context, {"id": revision_id}, auth, step)
    except tk.ValidationError as err:
        model.Session.rollback()
        error = {"__type": "Validation Error", **err.error_dict}
        return {"id": revision_id, "ok": False, "error": error}, None
    except tk.NotAuthorized as err:
        model.Session.rollback()
        error = {"__type": "Authorization Error", "message": str(err.message or "")}
        return {"id": revision_id, "ok": False, "error": error}, None
    except tk.ObjectNotFound as err:
        model.Session.rollback()
        error = {"__type": "Not Found Error", "message": str(err)}
        return {"id": revision_id, "ok": False, "error": error}, None
    except Exception:
        # The rest of a list does not suffer for what is wrong with one.
        model.Session.rollback()
        log.exception("revision %s: step not taken", revision_id)
        sentence = tk._(
            "A fault of the platform kept this revision as it was; please try again, "
            "and tell the system operator if it stays."
        )
        error = {"__type": "Internal Error", "message": sentence}
        return {"id": revision_id, "ok": False, "error": error}, None
    return _brief(revision), revision.package_id if done else None


def _brief(revision: Revision) -> DataDict:
    return {
        "id": revision.id,
        "ok": True,
        "package_id": revision.package_id,
        "title": revision.title,
        "state": revision.state,
        "step": revision.step,
    }
