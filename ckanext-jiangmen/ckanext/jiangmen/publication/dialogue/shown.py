"""Messages as the desk shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import departments
from ckanext.jiangmen.duties import clocks, working_days
from ckanext.jiangmen.publication.dialogue import inbox
from ckanext.jiangmen.publication.dialogue.model import Inquiry, InquiryStep
from ckanext.jiangmen.publication.dialogue.words import ANSWERS, CLOCKS, Kind

Row = dict[str, Any]


def found(
    conditions: Iterable[sa.ColumnElement[bool]], limit: int, offset: int
) -> dict[str, Any]:
    """Return how many messages there are and one page, the most urgent first."""
    wanted = sa.and_(sa.true(), *conditions)
    count = model.Session.scalar(sa.select(sa.func.count()).where(wanted)) or 0
    rows = model.Session.scalars(
        sa.select(Inquiry)
        .where(wanted)
        .order_by(Inquiry.due, Inquiry.sequence)
        .limit(limit)
        .offset(offset)
    ).all()
    titles = _titles({row.package_id for row in rows if row.package_id})
    bodies = departments.by_ids({row.organization for row in rows if row.organization})
    return {"count": count, "results": [_line(row, titles, bodies) for row in rows]}


def _titles(ids: set[str]) -> dict[str, Row]:
    if not ids:
        return {}
    package: Any = model.Package
    rows = model.Session.execute(
        sa.select(package.id, package.name, package.title).where(
            package.id.in_(ids), package.state == model.State.ACTIVE
        )
    )
    return {row.id: row._asdict() for row in rows}


def _line(row: Inquiry, titles: dict[str, Row], bodies: dict[str, Row]) -> Row:
    body = bodies.get(row.organization)
    known = clocks.clocks()[CLOCKS[Kind(row.kind)]]
    day = clock.local(row.answered).date() if row.answered else clock.today()
    left = working_days.left(day, row.due)
    return {
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "stage": row.stage,
        "title": row.title,
        "text": row.text,
        "entry": titles.get(row.package_id),
        "organization": {"id": body["id"], "title": body["title"]} if body else None,
        "published": row.published.isoformat(),
        "answered": row.answered.isoformat() if row.answered else None,
        "term": {
            "due": row.due.isoformat(),
            "working_days": known.working_days,
            "source": known.source,
            "days_left": left,
            "late": left < 0,
        },
    }


def whole(row: Inquiry) -> Row:
    """Return a message with its steps, the proposal and what may be answered."""
    titles = _titles({row.package_id} - {""})
    bodies = departments.by_ids({row.organization} - {""})
    steps = model.Session.scalars(
        sa.select(InquiryStep)
        .where(InquiryStep.number == row.number)
        .order_by(InquiryStep.step)
    )
    return _line(row, titles, bodies) | {
        "steps": [inbox.step_dict(step) for step in steps],
        "proposal": row.proposal,
        "comment": row.comment,
        "choices": [state.value for state in ANSWERS[Kind(row.kind)]],
    }
