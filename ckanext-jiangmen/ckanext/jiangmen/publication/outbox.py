"""The work list of the valve (share site): written in the approving transaction.

One row is one crossing; rows of an entry are ordered by id and only the newest counts.
A worker takes an entry by an advisory lock of its database session, so that no entry
has two senders and a killed one leaves nothing locked.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from ckan import model
from ckan.types import AlchemySession

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import departments, revisions, rules
from ckanext.jiangmen.catalog.openness import OPEN
from ckanext.jiangmen.publication.model import (
    BLOCKED,
    DONE,
    PUBLISH,
    SENDING,
    SUPERSEDED,
    WAITING,
    WITHDRAW,
    Publication,
    Receipt,
)

PENDING = (WAITING, SENDING)
UNSENT = (WAITING, SENDING, BLOCKED)
PUBLIC_SCOPE = "public"

# Seconds until the next try; a withdrawal never waits longer than half a minute.
BACKOFF_S = (1, 2, 4, 8, 15, 30, 60, 120, 300)
WITHDRAW_LONGEST_S = 15


def on_approved(
    session: AlchemySession, package_id: str, version: int, entry: dict[str, Any]
) -> None:
    """Write the crossing that an approved version needs, in its transaction.

    Published is what is open and belongs to a public organization; an entry that was
    published and is so no more is taken back; everything else needs no crossing.
    """
    if is_for_the_public(entry):
        add(session, package_id, PUBLISH, version, entry=entry)
    elif was_sent(session, package_id):
        reason = "本版本没有可社会公开的信息项。"
        add(session, package_id, WITHDRAW, version, entry=entry, reason=reason)


def on_withdrawn(session: AlchemySession, package_id: str, reason: str) -> None:
    """Write the crossing that takes a withdrawn entry back from the open site."""
    if was_sent(session, package_id):
        last = revisions.last_version(session, package_id)
        version = last.version if last else 0
        entry = last.data if last else None
        add(session, package_id, WITHDRAW, version, entry=entry, reason=reason)


def on_organization_changed(session: AlchemySession, organization_id: str) -> None:
    """Write the crossings that an organization's scope needs, in its transaction.

    What the open site has of one that is public no more is taken back; what is open
    of one that became public goes out.
    """
    session.flush()
    sent = _sent_of(session, organization_id)
    organization = departments.of(organization_id) or {}
    if organization.get("scope") != PUBLIC_SCOPE:
        reason = "提供单位不再对社会公开。"
        for package_id, version in sent.items():
            add(session, package_id, WITHDRAW, version, reason=reason)
        return
    for version in _open_versions(session, organization_id):
        if version.package_id not in sent:
            add(
                session,
                version.package_id,
                PUBLISH,
                version.version,
                entry=version.data,
                repair=True,
            )


def _sent_of(session: AlchemySession, organization_id: str) -> dict[str, int]:
    """Return id and version of what the open site has, or is about to have."""
    newest_rows = (
        sa.select(Publication.package_id, Publication.version, Publication.verb)
        .join(model.Package, model.Package.id == Publication.package_id)
        .where(model.Package.owner_org == organization_id)
        .distinct(Publication.package_id)
        .order_by(Publication.package_id, Publication.id.desc())
    )
    return {
        row.package_id: row.version
        for row in session.execute(newest_rows)
        if row.verb == PUBLISH
    }


def _open_versions(
    session: AlchemySession, organization_id: str
) -> list[revisions.Version]:
    """Return the versions in force of an organization's entries that are open."""
    badge = revisions.Version.data["category_badge"].astext
    newest_versions = (
        sa.select(revisions.Version)
        .join(model.Package, model.Package.id == revisions.Version.package_id)
        .where(
            model.Package.owner_org == organization_id,
            model.Package.state == model.State.ACTIVE,
            badge == OPEN,
        )
        .distinct(revisions.Version.package_id)
        .order_by(revisions.Version.package_id, revisions.Version.version.desc())
    )
    return [v for v in session.scalars(newest_versions) if rules.is_open(v.data)]


def is_for_the_public(entry: dict[str, Any]) -> bool:
    """Return whether anything of it is 可社会公开 and its organization is public."""
    if not rules.is_open(entry):
        return False
    organization = departments.of(entry.get("owner_org") or "") or {}
    return organization.get("scope") == PUBLIC_SCOPE


def was_sent(session: AlchemySession, package_id: str) -> bool:
    """Return whether the open site has, or is about to have, something of the entry."""
    last = newest(session, package_id)
    return last is not None and not (last.verb == WITHDRAW and last.state == DONE)


def newest(session: AlchemySession, package_id: str) -> Publication | None:
    """Return the entry's newest crossing, made or not."""
    return session.scalar(
        sa.select(Publication)
        .where(Publication.package_id == package_id)
        .order_by(Publication.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def add(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    package_id: str,
    verb: str,
    version: int,
    *,
    entry: dict[str, Any] | None = None,
    reason: str = "",
    repair: bool = False,
) -> Publication:
    """Add a crossing; those of the entry that were not begun lose their meaning."""
    session.execute(
        sa.update(Publication)
        .where(
            Publication.package_id == package_id,
            Publication.state.in_((WAITING, BLOCKED)),
        )
        .values(state=SUPERSEDED, entry=None, finished=clock.now())
    )
    row = Publication(
        package_id=package_id,
        owner_org=(entry or {}).get("owner_org") or "",
        title=(entry or {}).get("title") or "",
        verb=verb,
        version=version,
        repair=repair,
        reason=reason,
        entry=entry if verb == PUBLISH else None,
        created=clock.now(),
        due=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def due_entries(session: AlchemySession, limit: int = 50) -> list[str]:
    """Return ids of entries whose newest crossing is due, the longest waiting first."""
    newer = aliased(Publication)
    rows = session.execute(
        sa.select(Publication.package_id)
        .where(
            Publication.state.in_(PENDING),
            Publication.due <= clock.now(),
            ~sa.exists().where(
                newer.package_id == Publication.package_id,
                newer.id > Publication.id,
            ),
        )
        .order_by(Publication.id)
        .limit(limit)
    )
    return list(rows.scalars())


def begin(session: AlchemySession, package_id: str) -> Publication | None:
    """Mark the entry's newest crossing as being sent and return it, None if none is.

    Older ones that a killed sender left behind lose their meaning. Commits.
    """
    row = newest(session, package_id)
    if row is None or row.state not in PENDING or row.due > clock.now():
        session.rollback()
        return None
    session.execute(
        sa.update(Publication)
        .where(
            Publication.package_id == package_id,
            Publication.id < row.id,
            Publication.state.in_(UNSENT),
        )
        .values(state=SUPERSEDED, entry=None, finished=clock.now())
    )
    row.state = SENDING
    row.attempts += 1
    row.bytes_sent = row.bytes_total = 0
    session.commit()
    return row


def progress(session: AlchemySession, row: Publication, sent: int, total: int) -> bool:
    """Write down how far a crossing is; return whether it still has a meaning."""
    row.bytes_sent, row.bytes_total = sent, total
    last = session.scalar(
        sa.select(sa.func.max(Publication.id)).where(
            Publication.package_id == row.package_id
        )
    )
    session.commit()
    return last == row.id


def finish(session: AlchemySession, row: Publication, crossing: dict[str, Any]) -> None:
    """Mark a crossing as made and keep its receipt. Commits."""
    row.state, row.error, row.findings = DONE, "", []
    row.hash = crossing["hash"]
    row.finished = clock.now()
    if session.get(Receipt, crossing["crossing"]) is None:
        session.add(Receipt(**crossing, at=clock.now()))
    session.commit()


def drop(session: AlchemySession, row: Publication) -> None:
    """Mark a crossing as overtaken by a newer one. Commits."""
    row.state, row.entry, row.finished = SUPERSEDED, None, clock.now()
    session.commit()


def block(
    session: AlchemySession,
    row: Publication,
    message: str,
    findings: list[dict[str, Any]],
) -> None:
    """Stop a crossing until its department or a reviewer did something. Commits."""
    row.state, row.error, row.findings = BLOCKED, message, findings
    row.finished = clock.now()
    session.commit()


def postpone(session: AlchemySession, row: Publication, error: str) -> None:
    """Have a failed crossing tried again later, ever later. Commits."""
    wait_s = BACKOFF_S[min(row.attempts, len(BACKOFF_S)) - 1]
    if row.verb == WITHDRAW:
        wait_s = min(wait_s, WITHDRAW_LONGEST_S)
    row.state, row.error = WAITING, error[:2000]
    row.due = clock.now() + dt.timedelta(seconds=wait_s)
    session.commit()


def retry(session: AlchemySession, row: Publication) -> None:
    """Have a waiting or blocked crossing tried at once. Commits."""
    row.state, row.due, row.finished = WAITING, clock.now(), None
    row.attempts = 0
    session.commit()
