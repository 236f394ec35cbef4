"""Messages as answers show them: to the public, to their sender, to the moderator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.duties import clocks, working_days
from ckanext.jiangmen.portal.dialogue import book
from ckanext.jiangmen.portal.dialogue.model import Message, MessageEvent
from ckanext.jiangmen.publication import detect
from ckanext.jiangmen.publication.dialogue.words import CLOCKS, FINAL, Kind, State

Row = dict[str, Any]

# States of what is answered, as figures and filters name them.
ORDER = (
    State.ACCEPTED,
    State.IN_PROGRESS,
    State.RELEASED,
    State.CORRECTED,
    State.ANSWERED,
    State.NOT_COLLECTED,
    State.DECLINED,
)


def found(
    conditions: Iterable[sa.ColumnElement[bool]], limit: int, offset: int
) -> tuple[int, list[Message]]:
    """Return how many messages there are and one page of them, the newest first."""
    wanted = sa.and_(sa.true(), *conditions)
    count = model.Session.scalar(sa.select(sa.func.count(Message.id)).where(wanted))
    rows = model.Session.scalars(
        sa.select(Message)
        .where(wanted)
        .order_by(Message.published.desc().nulls_last(), Message.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return count or 0, list(rows)


def about(package_id: str) -> sa.ColumnElement[bool]:
    """Return the condition that a message is about an entry."""
    return Message.packages.op("@>")(sa.cast([package_id], JSONB))


def entries_of(messages: Sequence[Message]) -> dict[str, Row]:
    """Return {id: {id, name, title}} of the entries that are public now."""
    ids = {package for message in messages for package in message.packages}
    if not ids:
        return {}
    package: Any = model.Package
    rows = model.Session.execute(
        sa.select(package.id, package.name, package.title).where(
            package.id.in_(ids),
            package.state == model.State.ACTIVE,
            package.private.is_(False),
        )
    )
    return {row.id: row._asdict() for row in rows}


def lines(messages: Sequence[Message]) -> list[Row]:
    """Return messages as lists show them."""
    entries = entries_of(messages)
    return [_line(message, entries) for message in messages]


def _line(message: Message, entries: dict[str, Row]) -> Row:
    """Return what everybody may read; neither mail nor link is in it."""
    return {
        "number": message.number,
        "kind": message.kind,
        "state": message.state,
        "title": message.title,
        "text": message.text,
        "entries": [entries[each] for each in message.packages if each in entries],
        "url": message.url,
        "author": message.author,
        "redacted": message.redacted,
        "department": message.department,
        "created": message.created.isoformat(),
        "published": message.published.isoformat() if message.published else None,
        "answered": message.answered.isoformat() if message.answered else None,
        "term": term_of(message),
    }


def term_of(message: Message) -> Row | None:
    """Return the answer's term: {due, working_days, source, days_left, late}."""
    if message.due is None:
        return None
    known = clocks.clocks()[CLOCKS[Kind(message.kind)]]
    answered = message.answered
    day = clock.local(answered).date() if answered else clock.today()
    left = working_days.left(day, message.due)
    return {
        "due": message.due.isoformat(),
        "working_days": known.working_days,
        "source": known.source,
        "days_left": None if answered else left,
        "late": left < 0,
    }


def whole(message: Message) -> Row:
    """Return a message with its history."""
    rows = model.Session.scalars(
        sa.select(MessageEvent)
        .where(MessageEvent.message_id == message.id)
        .order_by(MessageEvent.at, MessageEvent.id)
    )
    history = [
        {
            "state": event.state,
            "text": event.text,
            "ground": event.ground,
            "department": event.department,
            "at": event.at.isoformat(),
        }
        for event in rows
    ]
    return lines([message])[0] | {"history": history}


def for_moderator(message: Message) -> Row:
    """Return a message with what the moderator should look at before publishing."""
    said = "\n".join((message.title, message.text, message.author))
    hints = sorted({hit.kind.value for hit in detect.find(detect.plain(said))})
    return whole(message) | {"hints": hints, "reason": message.reason}


def figures() -> Row:
    """Return public counts by kind and state, and the days that answers took."""
    rows = model.Session.execute(
        sa.select(Message.kind, Message.state, sa.func.count())
        .where(book.public())
        .group_by(Message.kind, Message.state)
    )
    kinds = dict.fromkeys((kind.value for kind in Kind), 0)
    states: dict[str, int] = {}
    for kind, state, count in rows:
        kinds[kind] += count
        if kind != Kind.REUSE:
            states[state] = states.get(state, 0) + count
    answered = book.public(), Message.state.in_(FINAL), Message.answered.is_not(None)
    took_s = sa.func.extract("epoch", Message.answered - Message.published)
    mean_s = model.Session.scalar(sa.select(sa.func.avg(took_s)).where(*answered))
    late = sa.func.count().filter(
        sa.cast(sa.func.timezone("Asia/Shanghai", Message.answered), sa.Date)
        > Message.due
    )
    return {
        "kinds": kinds,
        "states": {state.value: states.get(state, 0) for state in ORDER},
        "answer_days": round(float(mean_s) / 86400, 1) if mean_s is not None else None,
        "answered_late": model.Session.scalar(sa.select(late).where(*answered)) or 0,
    }
