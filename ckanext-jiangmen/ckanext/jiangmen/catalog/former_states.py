"""What an edit was written against: the state that its author saw.

Every save keeps what it replaced (a trigger of the database does), so any state of the
last 200 saves of a revision can be told from the newest one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.jiangmen.catalog import revisions
from ckanext.jiangmen.catalog.model import Revision, RevisionSave
from ckanext.jiangmen.catalog.revisions import Standing


def seen(
    session: AlchemySession, standing: Standing, sent: Mapping[str, Any], author: str
) -> dict[str, Any] | None:
    """Return the state that `sent` was written against; None where nothing tells.

    Told by its `revision_id` and `lock_version`; else by the author's own last save of
    the open revision; else by its `version`, and without one by what is in force.
    """
    lock = _number(sent.get("lock_version"))
    if lock is not None:
        state = _by_lock(session, standing, str(sent.get("revision_id") or ""), lock)
        if state is not None:
            return state
    if standing.open is not None:
        state = _left_by(session, standing.open, author)
        if state is not None:
            return state
    version = _number(sent.get("version"))
    if version and version != standing.version:
        former = revisions.version_data(session, standing.package_id, version)
        return former or standing.approved
    return standing.approved


def _by_lock(
    session: AlchemySession, standing: Standing, revision_id: str, lock: int
) -> dict[str, Any] | None:
    revision = standing.open
    if revision_id and (revision is None or revision.id != revision_id):
        revision = revisions.get(session, revision_id)
    if revision is None or revision.package_id != standing.package_id:
        return None
    return state_at(session, revision, lock)


def _left_by(
    session: AlchemySession, revision: Revision, author: str
) -> dict[str, Any] | None:
    """Return a revision as an account left it when it saved last."""
    if revision.editor == author:
        return revision.data
    lock = session.scalar(
        sa.select(sa.func.max(RevisionSave.lock_version)).where(
            RevisionSave.revision_id == revision.id, RevisionSave.editor == author
        )
    )
    if lock is None and revision.author == author:
        lock = 1
    return state_at(session, revision, lock) if lock is not None else None


def state_at(
    session: AlchemySession, revision: Revision, lock: int
) -> dict[str, Any] | None:
    """Return a revision as it was at `lock`; None if that is not kept any more."""
    if lock > revision.lock_version:
        return None
    saves = session.execute(
        sa.select(RevisionSave.lock_version, RevisionSave.before)
        .where(RevisionSave.revision_id == revision.id)
        .order_by(RevisionSave.id.desc())
    ).all()
    if saves and lock < saves[-1].lock_version - 1:
        return None
    state = dict(revision.data)
    for save in saves:
        if save.lock_version > lock:
            state |= save.before
    return state


def _number(value: Any) -> int | None:
    text = str(value if value is not None else "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
