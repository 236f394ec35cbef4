"""Move the entries in force to another guide: reported before, written part by part.

The platform writes them itself: the guide was changed by those above, no department
says anything new, and nothing may become more open. Each part is one transaction, and
what is moved is not looked at again: a broken run is taken up by running it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.accounts import Caller
from ckanext.jiangmen.catalog import (
    approval,
    bulk_show,
    departments,
    entries,
    events,
    lists,
    revisions,
    rows,
)
from ckanext.jiangmen.catalog.guides import migration, versions
from ckanext.jiangmen.catalog.model import OPEN_STATES, Revision
from ckanext.jiangmen.catalog.rules import Problem

PART = 50


@dataclass(frozen=True)
class Move:
    """One entry: as it is in force, as it would be, and what is wrong with that."""

    before: dict[str, Any]
    after: dict[str, Any]
    problems: list[Problem]


def waiting(version: str, after: str = "", limit: int | None = None) -> list[str]:
    """Return ids of entries in force under an earlier guide, in order, after an id."""
    package: Any = model.Package
    query = (
        sa.select(package.id)
        .where(
            package.state == model.State.ACTIVE,
            package.type == entries.TYPE,
            filed_under().in_(versions.before(version)),
            package.id > after,
        )
        .order_by(package.id)
        .limit(limit)
    )
    return list(model.Session.scalars(query))


def filed_under() -> Any:
    """Return the SQL expression of the version that an entry is filed under."""
    package: Any = model.Package
    said = package.extras["schema_version"].astext
    return sa.func.coalesce(said, versions.assumed())


def plan(ids: Sequence[str], version: str) -> list[Move]:
    """Return what becomes of these entries under a guide; nothing is written."""
    found = bulk_show.whole_entries(bulk_show.packages(ids))
    moves, unsaid = [], versions.assumed()
    with departments.remembered(entry["owner_org"] for entry in found.values()):
        for package_id in ids:
            if package_id not in found:
                continue
            before = rows.ours(found[package_id])
            before["schema_version"] = before.get("schema_version") or unsaid
            body = departments.of(before["owner_org"]) or {}
            after = migration.migrated(before, version, body)
            problems = migration.check(after, body, before)
            moves.append(Move(before, after, problems))
    return moves


def told(move: Move) -> dict[str, Any]:
    """Return an entry that would not be right, with the reasons and their remedies."""
    sentences = entries.errors_of(move.problems, move.after)
    return {
        "id": move.before["id"],
        "name": move.before["name"],
        "title": move.before.get("title", ""),
        "organization": (departments.of(move.before["owner_org"]) or {}).get("title"),
        "resource_code": move.before.get("resource_code", ""),
        "schema_version": move.before.get("schema_version", ""),
        "problems": [
            {"field": field, "label": lists.label(field), "messages": messages}
            for field, messages in sentences.items()
        ],
    }


def apply(ids: Sequence[str], version: str, caller: Caller) -> list[Move]:
    """Move these entries, a part at a time; return those that stay as they are."""
    stay: list[Move] = []
    for begin in range(0, len(ids), PART):
        part = list(ids[begin : begin + PART])
        try:
            stay += _part(part, version, caller)
        except tk.ValidationError:
            # Core rolled the part back: each alone, and told what is wrong with it.
            model.Session.rollback()
            for package_id in part:
                stay += _alone(package_id, version, caller)
    return stay


def _alone(package_id: str, version: str, caller: Caller) -> list[Move]:
    try:
        return _part([package_id], version, caller)
    except tk.ValidationError as err:
        model.Session.rollback()
        (move,) = plan([package_id], version)
        sentences = [
            Problem(field, "schema", str(message))
            for field, messages in err.error_dict.items()
            for message in (messages if isinstance(messages, list) else [messages])
        ]
        return [Move(move.before, move.after, sentences)]


def _part(ids: list[str], version: str, caller: Caller) -> list[Move]:
    """Move entries in one transaction; return those that are not right."""
    session = model.Session
    drafts = _lock(ids)
    moves = plan(ids, version)
    good = [move for move in moves if not move.problems]
    written = [move.before["id"] for move in good]
    formers = revisions.last_versions(session, written)
    stored = bulk_show.whole_entries(bulk_show.packages(written))
    for move in good:
        package_id = move.before["id"]
        number = formers[package_id].version + 1
        approval.update_package(move.after, number, _writer(caller), stored[package_id])
        if draft := drafts.get(package_id):
            _rebase(draft, version, number)
    session.flush()
    shown: bulk_show.Shown = {}
    after = bulk_show.whole_entries(bulk_show.packages(written), shown)
    title = versions.get(version).title
    for package_id in written:
        number = formers[package_id].version + 1
        approval.note_version(
            session,
            after[package_id],
            formers[package_id].data,
            version=number,
            kind="direct",
            author=caller.user_id,
            note=f"按《{title}》调整。",
        )
        session.flush()
        events.tell_approved(session, package_id, number, after[package_id])
    session.commit()
    approval.finish(written, shown)
    return [move for move in moves if move.problems]


def _writer(caller: Caller) -> str:
    return caller.name or tk.config["ckan.site_id"]


def _lock(ids: list[str]) -> dict[str, Revision]:
    """Lock entries in the order of approvals; return their open revisions by entry."""
    drafts = model.Session.scalars(
        sa.select(Revision)
        .where(Revision.package_id.in_(ids), Revision.state.in_(OPEN_STATES))
        .order_by(Revision.id)
        .with_for_update()
    )
    found = {each.package_id: each for each in drafts}
    package: Any = model.Package
    model.Session.execute(
        sa.select(package.id)
        .where(package.id.in_(ids))
        .order_by(package.id)
        .with_for_update()
    )
    return found


def _rebase(draft: Revision, version: str, number: int) -> None:
    """Let an open revision stand on the moved entry, itself moved as well."""
    if draft.base_version != number - 1:
        return
    body = departments.of(draft.owner_org) or {}
    if versions.of(draft.data).version in versions.before(version):
        draft.data = migration.migrated(draft.data, version, body)
    draft.base_version = number
