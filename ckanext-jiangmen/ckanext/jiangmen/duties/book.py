"""The book of duties: opened and closed in the transaction that changes a state.

Nothing here commits, but `remind` is meant for a turn of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.duties import clocks, working_days
from ckanext.jiangmen.duties.model import Duty

DONE, CANCELLED = "done", "cancelled"


@dataclass(frozen=True)
class Owed:
    """A duty as a room above names it; who owes is a role or an account.

    `kind` is one of ``schemas/clocks.yaml``; `organization` is "" for a city-wide role.
    """

    kind: str
    subject: str
    package_id: str
    title: str
    role: str = ""
    organization: str = ""
    account: str = ""


@dataclass(frozen=True)
class Term:
    """Until when something is due; `days_left` counts working days, negative: late.

    `working_days` is the whole term by ``schemas/clocks.yaml``.
    """

    kind: str
    working_days: int
    since: dt.datetime
    due: dt.date
    days_left: int
    certain: bool


def pass_on(
    session: AlchemySession,
    subject: str,
    *owed: Owed,
    outcome: str = DONE,
    since: dt.datetime | None = None,
) -> None:
    """Close what is owed for `subject` and open what follows."""
    moment = since or clock.now()
    # Rows of many subjects are written together at the end of a batch.
    with session.no_autoflush:
        session.execute(
            sa.update(Duty)
            .where(Duty.subject == subject, Duty.outcome == "")
            .values(outcome=outcome, closed=moment)
        )
    for each in owed:
        session.add(_opened(each, moment))


def _opened(owed: Owed, moment: dt.datetime) -> Duty:
    days = clocks.clocks()[owed.kind].working_days
    due = working_days.after(clock.local(moment).date(), days)
    return Duty(**vars(owed), since=moment, due=due, outcome="", reminders=0)


def hand_over(session: AlchemySession, subject: str, account: str) -> None:
    """Have another account owe what one owed; the term stays."""
    session.execute(
        sa.update(Duty)
        .where(Duty.subject == subject, Duty.outcome == "", Duty.account != "")
        .values(account=account)
    )


def terms(session: AlchemySession, subjects: Iterable[str]) -> dict[str, Term]:
    """Return until when each subject's open duty is due, by subject."""
    today = clock.today()
    rows = session.execute(
        sa.select(Duty.subject, Duty.kind, Duty.since, Duty.due).where(
            Duty.subject.in_(set(subjects)), Duty.outcome == ""
        )
    )
    return {row.subject: _term(row, today) for row in rows}


def _term(row: Any, today: dt.date) -> Term:
    known = clocks.clocks().get(row.kind)
    return Term(
        row.kind,
        known.working_days if known else 0,
        row.since,
        row.due,
        working_days.left(today, row.due),
        working_days.is_certain(row.due),
    )


def owed_by(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition that a duty is the caller's: its role's or its own."""
    own = [sa.and_(Duty.account != "", Duty.account == caller.user_id)]
    own += [
        sa.and_(Duty.role == str(role), Duty.organization == (organization or ""))
        for role, organization in caller.roles
    ]
    return sa.or_(*own)


def visible_to(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition that the caller may know of a duty.

    The coordinating office sees who is late with what; others see their own duties
    and those of their department.
    """
    if caller.has(Role.COORDINATOR):
        return sa.true()
    return sa.or_(owed_by(caller), Duty.organization.in_(caller.organizations))


def in_state(state: str, today: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition of a state: open, soon, overdue, done or cancelled."""
    opened = Duty.outcome == ""
    late = Duty.due < working_days.latest(today)
    near = Duty.due <= working_days.after(today, clocks.soon_working_days())
    return {
        "open": opened,
        "soon": sa.and_(opened, near, sa.not_(late)),
        "overdue": sa.and_(opened, late),
        DONE: Duty.outcome == DONE,
        CANCELLED: Duty.outcome == CANCELLED,
    }[state]


STATES = ("open", "soon", "overdue", DONE, CANCELLED)


def found(
    session: AlchemySession,
    conditions: Iterable[sa.ColumnElement[bool]],
    limit: int,
    offset: int,
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many duties there are and one page of them, the most urgent first."""
    wanted = sa.and_(sa.true(), *conditions)
    count = session.scalar(sa.select(sa.func.count(Duty.id)).where(wanted)) or 0
    rows = session.scalars(
        sa.select(Duty)
        .where(wanted)
        .order_by(Duty.due, Duty.id)
        .limit(limit)
        .offset(offset)
    )
    today = clock.today()
    return count, [as_dict(row, today) for row in rows]


def as_dict(duty: Duty, today: dt.date) -> dict[str, Any]:
    """Return a duty as answers show it."""
    term = _term(duty, today)
    known = clocks.clocks().get(duty.kind)
    soon = term.days_left <= clocks.soon_working_days()
    state = "overdue" if term.days_left < 0 else "soon" if soon else "open"
    return {
        "id": duty.id,
        "kind": duty.kind,
        "kind_title": known.title if known else duty.kind,
        "working_days": known.working_days if known else None,
        "source": known.source if known else "",
        "role": duty.role,
        "organization": duty.organization,
        "account": duty.account,
        "subject": duty.subject,
        "package_id": duty.package_id,
        "title": duty.title,
        "since": duty.since.isoformat(),
        "due": duty.due.isoformat(),
        "certain": term.certain,
        "state": duty.outcome or state,
        "working_days_left": None if duty.outcome else term.days_left,
        "closed": duty.closed.isoformat() if duty.closed else None,
        "reminders": duty.reminders,
        "reminded": duty.reminded.isoformat() if duty.reminded else None,
    }


def remind(session: AlchemySession) -> int:
    """Note today's reminder at every duty that is due soon or late, once a day.

    Return how many were noted; the caller commits.
    """
    today = clock.today()
    done = session.execute(
        sa.update(Duty)
        .where(
            sa.or_(in_state("soon", today), in_state("overdue", today)),
            sa.or_(Duty.reminded.is_(None), Duty.reminded < today),
        )
        .values(reminded=today, reminders=Duty.reminders + 1)
    )
    return done.rowcount  # type: ignore[attr-defined]
