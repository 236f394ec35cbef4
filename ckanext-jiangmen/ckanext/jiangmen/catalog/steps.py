"""The verbs of the review on one revision: submit, approve, return, discard.

Each function does one step inside a transaction that the caller commits; it raises
`StepRefused` with one sentence where the step cannot be taken.
"""

from __future__ import annotations

from typing import Any

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller
from ckanext.jiangmen.catalog import (
    approval,
    comments,
    departments,
    owed,
    review,
    revisions,
    rules,
)
from ckanext.jiangmen.catalog.errors import CatalogError
from ckanext.jiangmen.catalog.model import EDITABLE_STATES, OPEN_STATES, Revision
from ckanext.jiangmen.duties import book


class StepRefused(CatalogError):
    """A step cannot be taken; `forbidden` tells a missing role from a wrong state."""

    def __init__(self, message: str, *, forbidden: bool = False) -> None:
        super().__init__(message)
        self.forbidden = forbidden


def submit(revision: Revision, caller: Caller, note: str = "") -> None:
    """Send a draft into the review; the rules are held against it once more."""
    if revision.state not in EDITABLE_STATES:
        raise StepRefused("只有草稿或被退回的修订才能提交。")
    if revision.author != caller.user_id:
        raise StepRefused("只有编制人可以提交；需要时请先接办该修订。", forbidden=True)
    if revision.kind == "withdraw" and not (note or revision.note):
        raise StepRefused("请写明撤回的原因（note），再提交。")
    _still_current(revision)
    _keeps_the_rules(revision, "尚不能提交")
    moment = clock.now()
    revision.state = "submitted"
    revision.step = following_step(revision, None)
    revision.submitted = revision.waiting_since = moment
    revision.note = note or revision.note
    revisions.touch(revision)
    comments.resolve(model.Session(), revision, caller.user_id)
    revisions.record(model.Session, revision, "submitted", caller.user_id, comment=note)
    owed.note(model.Session(), revision)


def approve(revision: Revision, caller: Caller, comment: str = "") -> bool:
    """Take the step that is due; return whether the revision is in force now."""
    step = due_step_of(revision, caller)
    if take(revision, step, caller, comment):
        return False
    _still_current(revision)
    _keeps_the_rules(revision, "尚不能通过")
    close(revision, caller, _in_force(revision, caller, comment))
    return True


def take(revision: Revision, step: str, caller: Caller, comment: str) -> bool:
    """Write down that the due step was taken; return whether another one follows."""
    revisions.record(
        model.Session,
        revision,
        "step_approved",
        caller.user_id,
        step=step,
        comment=comment,
    )
    revisions.touch(revision)
    following = following_step(revision, step)
    revision.step = following
    revision.waiting_since = clock.now() if following else None
    if following is None:
        revision.state = "approved"
    owed.note(model.Session(), revision)
    return following is not None


def following_step(revision: Revision, step: str | None) -> str | None:
    """Return the step after `step`, as the department's way has it today."""
    led = review.has_leader_step(departments.of(revision.owner_org))
    return review.next_step(revision.kind, revision.data, step, led=led)


def close(revision: Revision, caller: Caller, version: int) -> None:
    """Write down that a revision is in force as `version` of its entry."""
    revisions.record(
        model.Session, revision, "approved", caller.user_id, detail={"version": version}
    )


def _in_force(revision: Revision, caller: Caller, comment: str) -> int:
    account = model.User.get(caller.user_id)
    if revision.kind == "withdraw":
        reason = revision.note or comment or "部门申请撤回"
        return approval.withdraw(model.Session, revision.package_id, account, reason)
    model.Session.flush()
    return approval.approve(model.Session, revision, account)


def send_back(revision: Revision, caller: Caller, comment: str) -> None:
    """Return a revision to its author with what has to be mended."""
    if not comment.strip() and not comments.has_open(model.Session(), revision):
        raise StepRefused("退回时请写明需要修改的内容。")
    step = due_step_of(revision, caller)
    revision.state, revision.step = "returned", None
    revision.waiting_since = None
    revisions.touch(revision)
    revisions.record(
        model.Session, revision, "returned", caller.user_id, step=step, comment=comment
    )
    owed.note(model.Session(), revision)


def discard(revision: Revision, caller: Caller, comment: str = "") -> None:
    """Give a revision up; what is in force stays in force."""
    if revision.state not in (*OPEN_STATES, "aside"):
        raise StepRefused("该修订已经办结，不能作废。")
    if revision.author != caller.user_id:
        raise StepRefused("只有编制人可以作废；需要时请先接办该修订。", forbidden=True)
    revision.state, revision.step = "discarded", None
    revision.waiting_since = None
    revisions.touch(revision)
    revisions.record(
        model.Session, revision, "discarded", caller.user_id, comment=comment
    )
    owed.note(model.Session(), revision)


def take_over(revision: Revision, caller: Caller) -> None:
    """Go on with a colleague's draft in one's own name."""
    if revision.state not in EDITABLE_STATES:
        raise StepRefused("只有草稿或被退回的修订可以接办。")
    former, revision.author = revision.author, caller.user_id
    revision.editor = caller.user_id
    revisions.touch(revision)
    revisions.record(
        model.Session,
        revision,
        "taken_over",
        caller.user_id,
        detail={"from": former},
    )
    book.hand_over(model.Session(), revision.id, caller.user_id)


def due_step_of(revision: Revision, caller: Caller) -> str:
    """Return the step that is due; raise `StepRefused` if `caller` may not take it."""
    hands = revisions.hands(model.Session(), [revision.id])[revision.id]
    return due_step(revision, caller, hands)


def due_step(revision: Revision, caller: Caller, hands: revisions.Hands) -> str:
    """Return the step that is due; raise `StepRefused` if `caller` may not take it."""
    if revision.state != "submitted" or revision.step is None:
        raise StepRefused("该修订不在审核中，没有待办的环节。")
    wrote = hands.wrote | {revision.author}
    refusal = review.may_take(
        caller, revision.step, revision.owner_org, wrote, hands.took
    )
    if refusal is not None:
        raise StepRefused(refusal.message, forbidden=True)
    return revision.step


def _keeps_the_rules(revision: Revision, verdict: str) -> None:
    """Hold the rules against a revision: lists and departments change meanwhile."""
    if revision.kind == "withdraw":
        return
    problem = first_problem(revision, departments.of(revision.owner_org))
    if problem:
        raise StepRefused(f"{verdict}：{problem}")


def first_problem(revision: Revision, department: dict[str, Any] | None) -> str | None:
    """Return the first rule that a revision breaks, as a sentence; None if it is none.

    `department` is the one that it belongs to.
    """
    told = rules.without_derived(revision.data, revision.data)
    found = rules.check_entry(told, department)
    return found[0].message if found else None


def _still_current(revision: Revision) -> None:
    last = revisions.last_version(model.Session, revision.package_id)
    if (last.version if last else 0) != revision.base_version:
        raise StepRefused(
            "该条目在此修订编制之后已有新的版本，请先合并再办理，以免覆盖。"
        )


def as_dict(error: StepRefused) -> dict[str, Any]:
    """Return a refusal as a bulk answer shows it."""
    kind = "Authorization Error" if error.forbidden else "Validation Error"
    return {"__type": kind, "message": str(error)}
