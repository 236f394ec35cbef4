"""The book of messages: written, moderated, answered; nothing here decides who may.

What the share site must know gets the next number of one sequence, given under a lock:
a reader that has seen one number has seen all before it.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.duties import clocks, working_days
from ckanext.jiangmen.portal.dialogue import sealing, spam
from ckanext.jiangmen.portal.dialogue.model import Message, MessageEvent
from ckanext.jiangmen.publication.dialogue.words import (
    CLOCKS,
    FINAL,
    HIDDEN,
    Kind,
    State,
)

log = logging.getLogger(__name__)

LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('jiangmen_message'))")

# Why a message is not published.
REASONS = ("spam", "personal_data", "insult", "off_topic", "double")

KEPT_DAYS = 30


@dataclass(frozen=True)
class Letter:
    """What somebody sends: a message before it has a number."""

    kind: Kind
    title: str
    text: str
    packages: list[str] = field(default_factory=list)
    url: str = ""
    author: str = ""
    mail: str = ""


def write(letter: Letter) -> tuple[Message, str]:
    """Keep a message for the moderator; return it and its sender's link.

    The caller commits. Raise `spam.Refusal` if it was sent before.
    """
    digest = spam.digest_of(letter.kind, letter.title, letter.text)
    spam.check_double(digest)
    link, now = sealing.new_link(), clock.now()
    message = Message(
        kind=letter.kind,
        state=State.WAITING,
        title=letter.title,
        text=letter.text,
        packages=letter.packages,
        url=letter.url,
        author=letter.author,
        mail=sealing.seal(letter.mail),
        follow=sealing.stored(link),
        digest=digest,
        created=now,
    )
    model.Session.add(message)
    model.Session.flush()
    message.number = f"HD-{clock.local(now).year}-{message.id:06d}"
    _note(message, State.WAITING, now)
    return message, link


def _note(message: Message, state: str, at: dt.datetime, text: str = "") -> None:
    model.Session.add(
        MessageEvent(message_id=message.id, state=state, text=text, at=at)
    )


def by_number(number: str, *, lock: bool = False) -> Message | None:
    """Return a message, whatever its state."""
    query = sa.select(Message).where(Message.number == number)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return model.Session.scalar(query)


def by_link(link: str) -> Message | None:
    """Return the message that a sender's secret link leads to."""
    if not link:
        return None
    return model.Session.scalar(
        sa.select(Message).where(Message.follow == sealing.stored(link))
    )


def public() -> sa.ColumnElement[bool]:
    """Return the condition that everybody may read a message."""
    return Message.state.not_in(HIDDEN)


# Moderation


def publish(message: Message, *, redacted: bool) -> None:
    """Make a message public; its term begins. The caller commits."""
    now = clock.now()
    kind = Kind(message.kind)
    message.redacted = message.redacted or redacted
    message.reason = ""
    if message.published is None:
        message.published = now
        message.state = State.SHOWN if kind is Kind.REUSE else State.ACCEPTED
        message.due = due_of(kind, now)
        _note(message, message.state, now)
    elif message.state == State.TAKEN_BACK:
        message.state = State.SHOWN if kind is Kind.REUSE else State.ACCEPTED
        _note(message, message.state, now)
    message.ended = now if kind is Kind.REUSE else None
    _count_on(message)


def due_of(kind: Kind, published: dt.datetime) -> dt.date | None:
    """Return the last day of the answer's term, None for what is only shown."""
    if kind not in CLOCKS:
        return None
    days = clocks.clocks()[CLOCKS[kind]].working_days
    return working_days.after(clock.local(published).date(), days)


def reject(message: Message, reason: str) -> None:
    """Keep a message from the public, or take it back. The caller commits."""
    was_public = message.published is not None
    message.state = State.TAKEN_BACK if was_public else State.REJECTED
    now = clock.now()
    message.reason, message.ended = reason, now
    _note(message, message.state, now, reason)
    if was_public:
        _count_on(message)


def _count_on(message: Message) -> None:
    """Give the message the next number of the sequence that the share site follows."""
    model.Session.execute(LOCK)
    last = model.Session.scalar(sa.select(sa.func.max(Message.sequence)))
    message.sequence = (last or 0) + 1
    model.Session.flush()


# What the share site asks and tells


def changed_after(sequence: int, limit: int) -> list[Message]:
    """Return messages published or taken back since, in their order; no reuses."""
    return list(
        model.Session.scalars(
            sa.select(Message)
            .where(Message.sequence > sequence, Message.kind != Kind.REUSE)
            .order_by(Message.sequence)
            .limit(limit)
        )
    )


def take_step(body: dict[str, Any]) -> Message | None:
    """Write what became of a message, in the transaction that receives it.

    Return the message, None of a number that is not known here.
    """
    message = by_number(body["number"], lock=True)
    if message is None:
        log.warning("dialogue: a step of an unknown message %s", body["number"])
        return None
    at = dt.datetime.fromisoformat(body["at"])
    model.Session.add(
        MessageEvent(
            message_id=message.id,
            at=at,
            **{k: body[k] for k in ("step", "state", "text", "ground", "department")},
        )
    )
    message.department = body["department"]
    if message.state not in HIDDEN:
        message.state = body["state"]
    if body["state"] in FINAL:
        message.answered = message.answered or at
        message.ended = at
    return message


def forget() -> None:
    """Remove mail addresses, and what was rejected, 30 days after the end. Commits."""
    before = clock.now() - dt.timedelta(days=KEPT_DAYS)
    ended = sa.and_(Message.ended.is_not(None), Message.ended < before)
    model.Session.execute(
        sa.update(Message).where(ended, Message.mail != "").values(mail="")
    )
    model.Session.execute(
        sa.update(Message)
        .where(ended, Message.state.in_(HIDDEN), Message.text != "")
        .values(title="", text="", url="", author="")
    )
    model.Session.commit()
