"""Grounds and withheld entries as plain dicts, for answers and pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import (
    departments,
    legal_basis,
    legal_changes,
    lists,
    openness,
    revisions,
)
from ckanext.jiangmen.catalog.legal_register import as_value, withholding
from ckanext.jiangmen.catalog.model import LegalBasis, LegalBasisEvent, LegalBasisUse

STATE_TITLES = {
    "draft": "草稿",
    "submitted": "待审定",
    "in_force": "有效",
    "refused": "未通过",
    "ended": "已终止",
    "expired": "已到期",
    "overdue": "核查逾期",
}
EVENT_TITLES = {
    "created": "登记",
    "updated": "修改",
    "approved": "审定通过",
    "refused": "审定未通过",
    "checked": "年度核查",
    "ended": "终止",
}
DAYS_AHEAD = 30
READERS = (Role.COORDINATOR, Role.CITY_APPROVER)


def visible(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition on rows that a caller may read."""
    if any(caller.has(role) for role in READERS):
        return sa.true()
    return LegalBasis.owner_org.in_(caller.organizations)


def rows(found: Sequence[LegalBasis], caller: Caller) -> list[dict[str, Any]]:
    """Return grounds for a list."""
    bodies = departments.by_ids(row.owner_org for row in found)
    people = revisions.full_names(
        user for row in found for user in (row.author, row.decided_by) if user
    )
    used = _used(row.id for row in found)
    return [
        _row(row, bodies.get(row.owner_org), people, caller)
        | {"entries": used.get(row.id, 0)}
        for row in found
    ]


def whole(row: LegalBasis, caller: Caller) -> dict[str, Any]:
    """Return one ground with its events and the entries that lean on it."""
    shown = rows([row], caller)[0]
    may_now = shown["may"]
    if may_now["decide"] or may_now["check"]:
        proposed = caller.user_id in legal_changes.proposers(row)
        shown["may"] |= {
            name: may_now[name] and not proposed for name in ("decide", "check")
        }
    shown["used_by"] = used_by([row.id]).get(row.id, [])
    shown["events"] = events(row.id)
    return shown


def _row(
    row: LegalBasis,
    body: dict[str, Any] | None,
    people: dict[str, str],
    caller: Caller,
) -> dict[str, Any]:
    basis = as_value(row)
    standing = standing_of(basis)
    dates = ("issued", "valid_until", "next_check", "last_check")
    return {
        "id": row.id,
        "number": row.number,
        "organization": _body(body),
        "door": row.door,
        "door_title": legal_basis.door_titles()[row.door],
        **{
            name: getattr(row, name)
            for name in ("title", "document_number", "article", "authority", "reason")
        },
        **{name: _iso(getattr(row, name)) for name in dates},
        "file": {
            "name": row.file_name,
            "sha256": row.sha256,
            "size": row.size,
            "mimetype": row.mimetype,
        }
        if row.sha256
        else None,
        "state": row.state,
        "standing": standing,
        "standing_title": STATE_TITLES[standing],
        "withholds": legal_basis.withholds(basis),
        "missing": [sentence for _, sentence in legal_changes.lacks(row)],
        "author": people.get(row.author, ""),
        "decided_by": people.get(row.decided_by or "", ""),
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "decision_number": row.decision_number,
        "comment": row.comment,
        "created": row.created.isoformat(),
        "modified": row.modified.isoformat(),
        "may": may(row, caller),
    }


def standing_of(basis: legal_basis.Basis) -> str:
    """Return the state with what time made of it: expired, overdue."""
    live = basis.state in {legal_basis.SUBMITTED, legal_basis.IN_FORCE}
    return (legal_basis.lapsed(basis) if live else "") or basis.state


def may(row: LegalBasis, caller: Caller) -> dict[str, bool]:
    """Return what the caller's roles let it do with a ground.

    Whether it had a part in proposing it is looked up for a single ground only.
    """
    live = {legal_basis.SUBMITTED, legal_basis.IN_FORCE}
    decides = checks = False
    if caller.has(legal_changes.DECIDERS[row.door]):
        decides = row.state == legal_basis.SUBMITTED
    if any(caller.has(role, row.owner_org) for role in (Role.REVIEWER, Role.LEADER)):
        checks = row.state in live
    return {
        "edit": row.state != legal_basis.ENDED
        and caller.has(Role.CATALOGUER, row.owner_org),
        "decide": decides,
        "check": checks,
    }


def events(basis_id: str) -> list[dict[str, Any]]:
    """Return what happened to a ground, oldest first."""
    found = list(
        model.Session.scalars(
            sa.select(LegalBasisEvent)
            .where(LegalBasisEvent.basis_id == basis_id)
            .order_by(LegalBasisEvent.id)
        )
    )
    people = revisions.full_names(event.actor for event in found)
    return [
        {
            "event": event.event,
            "title": EVENT_TITLES.get(event.event, event.event),
            "actor": people.get(event.actor, ""),
            "comment": event.comment,
            "detail": event.detail,
            "at": event.at.isoformat(),
        }
        for event in found
    ]


def _used(basis_ids: Iterable[str]) -> dict[str, int]:
    found = model.Session.execute(
        sa.select(LegalBasisUse.basis_id, sa.func.count())
        .where(LegalBasisUse.basis_id.in_(set(basis_ids)))
        .group_by(LegalBasisUse.basis_id)
    )
    return {row[0]: row[1] for row in found}


def used_by(basis_ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Return the entries in force that lean on grounds: {basis id: [{id, title}]}."""
    found: dict[str, list[dict[str, str]]] = {}
    rows_found = model.Session.execute(
        sa.select(LegalBasisUse.basis_id, model.Package.id, model.Package.title)
        .join(model.Package, model.Package.id == LegalBasisUse.package_id)
        .where(
            LegalBasisUse.basis_id.in_(set(basis_ids)),
            model.Package.state == model.State.ACTIVE,
        )
        .order_by(model.Package.title)
    )
    for basis_id, package_id, title in rows_found:
        found.setdefault(basis_id, []).append({"id": package_id, "title": title})
    return found


def due(caller: Caller, organization: str | None, days: int) -> list[dict[str, Any]]:
    """Return the grounds that need somebody: ended, overdue or soon to be, refused."""
    today = clock.today()
    ahead = today + dt.timedelta(days)
    live = LegalBasis.state.in_((legal_basis.SUBMITTED, legal_basis.IN_FORCE))
    by_date = sa.or_(LegalBasis.valid_until < ahead, LegalBasis.next_check < ahead)
    used = sa.exists().where(LegalBasisUse.basis_id == LegalBasis.id)
    closed = LegalBasis.state.in_((legal_basis.REFUSED, legal_basis.ENDED))
    query = sa.select(LegalBasis).where(
        visible(caller), sa.or_(sa.and_(live, by_date), sa.and_(closed, used))
    )
    if organization:
        query = query.where(LegalBasis.owner_org == organization)
    found = list(model.Session.scalars(query.order_by(LegalBasis.serial).limit(1000)))
    leaning = used_by(row.id for row in found)
    shown = [
        row | _why_due(row, today) | {"used_by": leaning.get(row["id"], [])}
        for row in rows(found, caller)
    ]
    return sorted(shown, key=lambda row: (row["withholds"], row["date"]))


def _why_due(row: dict[str, Any], today: dt.date) -> dict[str, str]:
    """Return why a ground is due, and the day that it is about."""
    if row["state"] in {legal_basis.REFUSED, legal_basis.ENDED}:
        return {"why": row["state"], "date": row["modified"][:10]}
    until, check = row["valid_until"], row["next_check"]
    if until and (until < today.isoformat() or until <= check):
        why = "expired" if until < today.isoformat() else "expires"
        return {"why": why, "date": until}
    why = "overdue" if check < today.isoformat() else "check"
    return {"why": why, "date": check}


# What others may know


def _withheld() -> sa.Select[tuple[str]]:
    """Return the ids of entries in force with nothing but 不予共享 today."""
    holds = sa.func.coalesce(withholding(), LegalBasisUse.basis_id == "")
    return (
        sa.select(LegalBasisUse.package_id)
        .outerjoin(LegalBasis, LegalBasis.id == LegalBasisUse.basis_id)
        .group_by(LegalBasisUse.package_id)
        .having(sa.func.bool_and(LegalBasisUse.whole), sa.func.bool_and(holds))
    )


def _withheld_packages() -> sa.ColumnElement[bool]:
    return sa.and_(
        model.Package.state == model.State.ACTIVE, model.Package.id.in_(_withheld())
    )


def withheld(
    organization: str | None, offset: int, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many entries are withheld, and a page of title, department, ground."""
    condition = _withheld_packages()
    if organization:
        condition = sa.and_(condition, model.Package.owner_org == organization)
    count = model.Session.scalar(
        sa.select(sa.func.count()).select_from(model.Package).where(condition)
    )
    found = model.Session.execute(
        sa.select(model.Package.id, model.Package.title, model.Package.owner_org)
        .where(condition)
        .order_by(model.Package.owner_org, model.Package.title, model.Package.id)
        .offset(offset)
        .limit(limit)
    ).all()
    bodies = departments.by_ids(row.owner_org for row in found)
    grounds = grounds_of(row.id for row in found)
    return int(count or 0), [
        {
            "title": row.title,
            "department": (bodies.get(row.owner_org) or {}).get("title", ""),
            "grounds": grounds.get(row.id, []),
        }
        for row in found
    ]


def grounds_of(package_ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Return what others may know of the grounds that entries lean on, by entry."""
    found: dict[str, list[dict[str, str]]] = {}
    query = (
        sa.select(LegalBasisUse.package_id, LegalBasis)
        .join(LegalBasis, LegalBasis.id == LegalBasisUse.basis_id)
        .where(LegalBasisUse.package_id.in_(set(package_ids)))
        .order_by(LegalBasis.serial)
    )
    for package_id, row in model.Session.execute(query):
        ground = {
            "door": row.door,
            "door_title": legal_basis.door_titles()[row.door],
            "title": row.title,
            "document_number": row.document_number,
        }
        found.setdefault(package_id, []).append(ground)
    return found


def counts() -> list[dict[str, Any]]:
    """Return numbers of withheld entries by department and ground, for the public.

    An entry counts once, by the first of its doors; departments that are not public
    count without their name, and what names no ground under "".
    """
    door = sa.func.coalesce(sa.func.min(LegalBasis.door), "")
    per_entry = (
        sa.select(model.Package.owner_org, door.label("door"))
        .join(LegalBasisUse, LegalBasisUse.package_id == model.Package.id)
        .outerjoin(LegalBasis, LegalBasis.id == LegalBasisUse.basis_id)
        .where(_withheld_packages())
        .group_by(model.Package.id, model.Package.owner_org)
        .subquery()
    )
    found = model.Session.execute(
        sa.select(per_entry.c.owner_org, per_entry.c.door, sa.func.count()).group_by(
            per_entry.c.owner_org, per_entry.c.door
        )
    ).all()
    bodies = departments.by_ids(row[0] for row in found)
    numbers: dict[tuple[str, str], int] = {}
    for owner, ground, count in found:
        body = bodies.get(owner) or {}
        title = body.get("title", "") if body.get("scope") == "public" else ""
        numbers[title, ground] = numbers.get((title, ground), 0) + count
    return [
        {
            "department": title,
            "door": ground,
            "ground": legal_basis.door_titles().get(ground, ""),
            "entries": count,
        }
        for (title, ground), count in sorted(numbers.items())
    ]


def ratios() -> list[dict[str, Any]]:
    """Return how much of each department's entries is shared without condition."""
    package: Any = model.Package
    badge = package.extras["category_badge"].astext
    found = model.Session.execute(
        sa.select(package.owner_org, badge, sa.func.count())
        .where(package.state == model.State.ACTIVE, package.type == "dataset")
        .group_by(package.owner_org, badge)
    ).all()
    bodies = departments.by_ids(row[0] for row in found if row[0])
    numbers: dict[str, dict[str, int]] = {}
    for owner, category, count in found:
        title = (bodies.get(owner) or {}).get("title", "")
        of_one = numbers.setdefault(
            title, dict.fromkeys(lists.values("sharing_category"), 0)
        )
        of_one[category] = of_one.get(category, 0) + count
    rows_found = [_ratio(title, of_one) for title, of_one in numbers.items()]
    return sorted(
        rows_found, key=lambda row: (row["shared_percent"], row["department"])
    )


def _ratio(title: str, categories: dict[str, int]) -> dict[str, Any]:
    total = sum(categories.values())
    shared = categories[openness.OPEN] + categories[openness.UNCONDITIONAL]
    return {
        "department": title,
        "entries": total,
        "categories": categories,
        "shared_percent": 100 * shared / total,
    }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _body(body: dict[str, Any] | None) -> dict[str, str] | None:
    if body is None:
        return None
    return {key: body[key] for key in ("id", "name", "title")}
