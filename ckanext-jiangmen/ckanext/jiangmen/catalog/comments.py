"""What reviewers say about single fields and items; it travels with the return."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import entries, lists, revisions
from ckanext.jiangmen.catalog.errors import CatalogError
from ckanext.jiangmen.catalog.model import Revision, RevisionComment

FIELDS = (*entries.FIELDS, "resources")


class CommentWrong(CatalogError):
    """A comment names no field or item of the entry, or is not there."""


def add(  # noqa: PLR0913, PLR0917 - a row's columns
    session: AlchemySession,
    revision: Revision,
    step: str,
    author: str,
    field: str,
    item: str,
    comment: str,
) -> RevisionComment:
    """Keep a comment on `field`, or on one `item` by its name.

    Raise `CommentWrong` where the entry has no such field or item.
    """
    if field not in FIELDS:
        raise CommentWrong(f"信息资源没有“{field}”这个字段，请从列表中选择。")
    names = {each.get("name") for each in revision.data.get("information_items") or []}
    if item and (field != "information_items" or item not in names):
        raise CommentWrong(f"该信息资源没有名为“{item}”的信息项。")
    row = RevisionComment(
        revision_id=revision.id,
        field=field,
        item=item,
        comment=comment,
        step=step,
        author=author,
        at=clock.now(),
        resolved_by="",
    )
    session.add(row)
    session.flush()
    return row


def resolve(
    session: AlchemySession, revision: Revision, user_id: str, comment_id: int = 0
) -> int:
    """Mark one comment, or all open ones, as resolved; return how many were."""
    query = sa.update(RevisionComment).where(
        RevisionComment.revision_id == revision.id, RevisionComment.resolved_by == ""
    )
    if comment_id:
        query = query.where(RevisionComment.id == comment_id)
    done = session.execute(query.values(resolved_by=user_id, resolved_at=clock.now()))
    return done.rowcount  # type: ignore[attr-defined]


def has_open(session: AlchemySession, revision: Revision) -> bool:
    """Return whether a revision has a comment that is not resolved."""
    query = sa.select(RevisionComment.id).where(
        RevisionComment.revision_id == revision.id, RevisionComment.resolved_by == ""
    )
    return session.scalar(query.limit(1)) is not None


def of_revisions(
    session: AlchemySession, revision_ids: Iterable[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the comments of revisions by their id, the open ones first."""
    rows = list(
        session.scalars(
            sa.select(RevisionComment)
            .where(RevisionComment.revision_id.in_(set(revision_ids)))
            .order_by(RevisionComment.resolved_by != "", RevisionComment.id)
        )
    )
    people = revisions.full_names(
        person for row in rows for person in (row.author, row.resolved_by) if person
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.revision_id, []).append(as_dict(row, people))
    return found


def as_dict(row: RevisionComment, people: dict[str, str]) -> dict[str, Any]:
    """Return a comment as answers show it."""
    return {
        "id": row.id,
        "field": row.field,
        "label": "文件" if row.field == "resources" else lists.label(row.field),
        "item": row.item,
        "comment": row.comment,
        "step": row.step,
        "author": people.get(row.author, ""),
        "at": row.at.isoformat(),
        "resolved": bool(row.resolved_by),
        "resolved_by": people.get(row.resolved_by, ""),
    }
