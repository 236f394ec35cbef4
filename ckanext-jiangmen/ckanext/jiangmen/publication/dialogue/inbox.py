"""The share site's book of messages: pulled, answered by a department, sent back.

Every change of a message and of its duty is one transaction; nothing here commits. The
last sequence number in the book is the cursor: what was pulled twice is there once.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import departments
from ckanext.jiangmen.duties import book, clocks, working_days
from ckanext.jiangmen.duties.book import Owed
from ckanext.jiangmen.publication.dialogue import words
from ckanext.jiangmen.publication.dialogue.model import Inquiry, InquiryStep
from ckanext.jiangmen.publication.dialogue.words import CLOCKS, FINAL, Kind, State
from ckanext.jiangmen.publication.errors import OpenSiteFailed
from ckanext.jiangmen.publication.model import Document

Body = dict[str, Any]

ASSIGN, ANSWER, REVIEW, DONE = "assign", "answer", "review", "done"
STAGES = (ASSIGN, ANSWER, REVIEW, DONE, State.TAKEN_BACK.value)
PUBLIC_SCOPE = "public"


# Pulled from the open site


def last_sequence() -> int:
    """Return up to which number of the open site's sequence the book goes."""
    return model.Session.scalar(sa.select(sa.func.max(Inquiry.sequence))) or 0


def take(said: Body) -> None:
    """Write one message of the open site into the book, or what became of it.

    Raise `OpenSiteFailed` for what is no message.
    """
    if not _is_right(said):
        raise OpenSiteFailed("开放门户给出的来信不完整，稍后自动重试。")
    row = model.Session.get(Inquiry, said["number"], populate_existing=True)
    if row is not None and row.sequence >= said["sequence"]:
        return
    if said["taken_back"]:
        _take_back(row, said)
    elif row is None:
        _begin(said)
    else:
        row.sequence = said["sequence"]
        row.title, row.text = said["title"], said["text"]
        if row.stage == State.TAKEN_BACK:
            row.state = State.ACCEPTED
            _to_department(row)
    model.Session.flush()


def _is_right(said: Body) -> bool:
    try:
        if not (
            words.NUMBER.fullmatch(said["number"])
            and type(said["sequence"]) is int
            and type(said["taken_back"]) is bool
        ):
            return False
        return said["taken_back"] or (
            said["kind"] in set(CLOCKS)
            and 0 < len(said["title"]) <= words.LONGEST_TITLE
            and 0 < len(said["text"]) <= words.LONGEST_TEXT
            and isinstance(said["package_id"], str)
            and dt.datetime.fromisoformat(said["published"]).tzinfo is not None
        )
    except (KeyError, TypeError, ValueError):
        return False


def _take_back(row: Inquiry | None, said: Body) -> None:
    if row is None:
        # Nothing of it is needed but its number in the sequence.
        now = clock.now()
        row = Inquiry(
            number=said["number"], kind=Kind.SUGGESTION, published=now, due=now.date()
        )
        model.Session.add(row)
    row.sequence = said["sequence"]
    row.state = row.stage = State.TAKEN_BACK
    row.title = row.text = row.comment = ""
    row.proposal = None
    book.pass_on(model.Session(), row.number, outcome=book.CANCELLED)


def _begin(said: Body) -> None:
    published = dt.datetime.fromisoformat(said["published"])
    days = clocks.clocks()[CLOCKS[Kind(said["kind"])]].working_days
    package = model.Package.get(said["package_id"]) if said["package_id"] else None
    row = Inquiry(
        **{k: said[k] for k in ("number", "sequence", "kind", "title", "text")},
        state=State.ACCEPTED,
        stage=ASSIGN,
        package_id=package.id if package else "",
        organization=(package.owner_org or "") if package else "",
        published=published,
        due=working_days.after(clock.local(published).date(), days),
    )
    if departments.of(row.organization) is None:
        row.organization = ""
    model.Session.add(row)
    model.Session.flush()
    _to_department(row)


def _to_department(row: Inquiry, actor: str = "") -> None:
    """Have the department owe the answer, or the office its forwarding."""
    row.stage = ANSWER if row.organization else ASSIGN
    row.proposal, row.author = None, ""
    if row.stage == ANSWER:
        _tell(row, State.ACCEPTED, actor=actor)
    _owe(row)


def _owe(row: Inquiry) -> None:
    """Open the duty of a message's stage and close the one before."""
    role, kind = Role.COORDINATOR, "dialogue_assign"
    if row.stage == ANSWER and row.organization:
        role, kind = Role.CATALOGUER, CLOCKS[Kind(row.kind)]
    elif row.stage == REVIEW:
        role = Role.REVIEWER if row.organization else Role.COORDINATOR
        kind = "dialogue_review"
    owed = Owed(
        kind=kind,
        subject=row.number,
        package_id=row.package_id,
        title=row.title,
        role=str(role),
        organization=row.organization,
    )
    # The public's term runs from the publication, whoever has the message now.
    since = row.published if kind in CLOCKS.values() else None
    book.pass_on(model.Session(), row.number, owed, since=since)


def _tell(
    row: Inquiry, state: str, *, actor: str, text: str = "", ground: str = ""
) -> None:
    last = sa.select(sa.func.max(InquiryStep.step)).where(
        InquiryStep.number == row.number
    )
    body = departments.of(row.organization) or {}
    model.Session.add(
        InquiryStep(
            number=row.number,
            step=(model.Session.scalar(last) or 0) + 1,
            state=state,
            text=text,
            ground=ground,
            # The public does not hear of bodies that are no public matter.
            department=body["title"] if body.get("scope") == PUBLIC_SCOPE else "",
            actor=actor,
            # What nobody decided is the same again after a restored backup.
            at=clock.now() if actor else row.published,
        )
    )
    model.Session.flush()


# What departments and the office do


def visible_to(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition that an account may read a message."""
    if caller.has(Role.COORDINATOR):
        return sa.true()
    return Inquiry.organization.in_(caller.organizations)


def forward(row: Inquiry, organization_id: str, actor: str) -> None:
    """Have another department answer."""
    row.organization, row.comment = organization_id, ""
    _to_department(row, actor)


def hand_back(row: Inquiry, comment: str) -> None:
    """Have the coordinating office find another department."""
    row.organization, row.comment = "", comment
    _to_department(row)


def propose(row: Inquiry, author: str, proposal: Body) -> None:
    """Put an answer before the reviewer."""
    row.proposal, row.author, row.comment = proposal, author, ""
    row.stage = REVIEW
    _owe(row)


def return_(row: Inquiry, comment: str) -> None:
    """Have the answer written anew."""
    row.comment = comment
    if row.answered:
        row.stage = DONE
        book.pass_on(model.Session(), row.number, outcome=book.CANCELLED)
        return
    row.stage = ANSWER if row.organization else ASSIGN
    _owe(row)


def approve(row: Inquiry, actor: str) -> None:
    """Tell the public the answer; a final one closes the duty."""
    proposal = row.proposal or {}
    _tell(
        row,
        proposal["state"],
        actor=actor,
        text=proposal["text"],
        ground=proposal["ground"],
    )
    row.state, row.proposal = proposal["state"], None
    if row.state in FINAL:
        row.stage = DONE
        row.answered = row.answered or clock.now()
        book.pass_on(model.Session(), row.number)
        return
    row.stage = ANSWER if row.organization else ASSIGN
    _owe(row)


# Sent back to the open site


def unsent_steps(kind: str) -> list[Body]:
    """Return the steps that no document of `kind` holds yet, the oldest first."""
    name = InquiryStep.number + " " + sa.cast(InquiryStep.step, sa.Text)
    sent = sa.exists().where(Document.kind == kind, Document.name == name)
    rows = model.Session.scalars(
        sa.select(InquiryStep)
        .where(~sent)
        .order_by(InquiryStep.at, InquiryStep.number, InquiryStep.step)
    )
    return [step_dict(row) | {"number": row.number, "step": row.step} for row in rows]


def step_dict(row: InquiryStep) -> Body:
    """Return what the public is told of a step."""
    return {
        "state": row.state,
        "text": row.text,
        "ground": row.ground,
        "department": row.department,
        "at": row.at.isoformat(),
    }
