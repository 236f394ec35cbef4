"""Taking an import back, also after later edits (江府办函〔2017〕82号, 四(三)).

A draft that nobody touched since is exactly as it was. Where later edits stand, only
the import's own changes go back; a field that was changed again stays and is named
with both values. What came into force meanwhile gets a draft that undoes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller
from ckanext.jiangmen.catalog import entries, lists, owed, reversal, revisions
from ckanext.jiangmen.catalog.errors import CatalogError
from ckanext.jiangmen.catalog.model import (
    EDITABLE_STATES,
    Import,
    ImportChange,
    Revision,
)
from ckanext.jiangmen.catalog.reversal import Conflict
from ckanext.jiangmen.catalog.revisions import Standing
from ckanext.jiangmen.catalog.survey_import import BEFORE

# What an approval writes into an entry is nobody's edit.
WRITTEN_BY_THE_PLATFORM = ("resource_code", "former_codes", "publish_date")
UNDOABLE = ("done", "partly_undone")
GONE = "该次导入不存在，或者已经撤销。"
IN_REVIEW = "该条目的修订正在审核中，请待审核结束或作废后再撤销导入。"
LEAVING = "该条目已提出撤回，未作改动。"
UNKNOWN = "导入时未留存写入的内容，无法比较此后的修改，未作改动。"
EDITED = "导入新增的条目此后又被修改，未作废。"
CHANGED_AGAIN = "导入之后又被修改，未作改动。"


class UndoRefused(CatalogError):
    """An import cannot be undone at all: it is not there, or undone already."""


@dataclass
class Undone:
    """What an undo did, entries by what became of them, and what it left.

    `proposed` are entries in force with a new draft that takes the change back.
    """

    discarded: int = 0
    restored: int = 0
    proposed: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)


def undo(import_id: str, caller: Caller, force: Iterable[str] = ()) -> Undone:
    """Take an import back and commit; what is in conflict stays and is told.

    `force` are ids of entries of which everything that the import did goes back, later
    changes of the same fields included. Raise `UndoRefused` where there is none.
    """
    session = model.Session
    done = session.scalar(
        sa.select(Import).where(Import.id == import_id).with_for_update()
    )
    if done is None or done.state not in UNDOABLE:
        session.rollback()
        raise UndoRefused(GONE)
    changes = session.scalars(
        sa.select(ImportChange)
        .where(ImportChange.import_id == import_id)
        .order_by(ImportChange.revision_id)
    ).all()
    found = revisions.lock(session, [change.revision_id for change in changes])
    answer, forced = Undone(), set(force)
    for change in changes:
        revision = found[change.revision_id]
        if _untouched(revision, change):
            _restore(revision, change, caller.user_id, answer)
        else:
            _take_back(change, caller, answer, force=change.package_id in forced)
    done.state = "partly_undone" if answer.conflicts else "undone"
    session.commit()
    return answer


def _untouched(revision: Revision, change: ImportChange) -> bool:
    return revision.lock_version == change.lock_version and revision.state == "draft"


def _restore(
    revision: Revision, change: ImportChange, user_id: str, answer: Undone
) -> None:
    """Bring a draft back exactly as it was; discard one that the import made."""
    if change.before is None:
        revision.state = "discarded"
        answer.discarded += 1
    else:
        for name in BEFORE:
            setattr(revision, name, change.before[name])
        answer.restored += 1
    _note(revision, change, user_id)


def _take_back(
    change: ImportChange, caller: Caller, answer: Undone, *, force: bool
) -> None:
    """Undo one entry on which later steps stand."""
    standing = revisions.standing(model.Session, change.package_id, for_update=True)
    if standing is None or _is_gone(standing):
        return
    obstacle = _obstacle(standing, change)
    if obstacle:
        answer.conflicts.append(_told(standing, obstacle))
        return
    base = _base(change, standing)
    now, after = standing.newest or {}, change.after or {}
    if base is None:
        conflicts = [
            each
            for each in reversal.edits(after, now)
            if each.field not in WRITTEN_BY_THE_PLATFORM
        ]
        if conflicts and not force:
            answer.conflicts += [_told(standing, EDITED, each) for each in conflicts]
            return
        _give_up(standing, change, caller, answer)
        return
    entry, conflicts = reversal.take_back(now, base, after, force=force)
    answer.conflicts += [_told(standing, CHANGED_AGAIN, each) for each in conflicts]
    if entries.changed_fields(now, entry):
        _propose(standing, entry, change, caller, answer)


def _is_gone(standing: Standing) -> bool:
    """Return whether nothing of the entry is in force or open."""
    if standing.open is not None:
        return False
    package = model.Package.get(standing.package_id)
    return package is None or package.state != model.State.ACTIVE


def _obstacle(standing: Standing, change: ImportChange) -> str:
    if standing.open is not None and standing.open.state not in EDITABLE_STATES:
        return IN_REVIEW
    if standing.open is not None and standing.open.kind == "withdraw":
        return LEAVING
    return UNKNOWN if change.after is None else ""


def _base(change: ImportChange, standing: Standing) -> dict[str, Any] | None:
    """Return the entry as it was before the import; None if the import made it."""
    if change.before is not None:
        return change.before["data"]
    if change.change == "created":
        return None
    revision = revisions.get(model.Session, change.revision_id)
    version = revision.base_version if revision is not None else 0
    return revisions.version_data(model.Session, standing.package_id, version)


def _give_up(
    standing: Standing, change: ImportChange, caller: Caller, answer: Undone
) -> None:
    """Discard the draft of an entry that the import made; propose its withdrawal."""
    if standing.open is not None:
        standing.open.state = "discarded"
        _note(standing.open, change, caller.user_id)
        answer.discarded += 1
    if standing.version:
        # One revision of an entry is open at a time.
        model.Session.flush()
        revisions.create(
            model.Session,
            dict(standing.approved or {}),
            caller.user_id,
            standing.version,
            kind="withdraw",
        )
        answer.proposed += 1


def _propose(
    standing: Standing,
    entry: dict[str, Any],
    change: ImportChange,
    caller: Caller,
    answer: Undone,
) -> None:
    """Store the entry without the import's changes, as its open draft or a new one."""
    draft = standing.open
    if draft is None:
        revisions.create(model.Session, entry, caller.user_id, standing.version)
        answer.proposed += 1
        return
    if standing.approved and not entries.changed_fields(standing.approved, entry):
        draft.state = "discarded"
        answer.discarded += 1
    else:
        draft.data, draft.title = entry, entry["title"]
        answer.restored += 1
    _note(draft, change, caller.user_id)


def _note(revision: Revision, change: ImportChange, user_id: str) -> None:
    """Count the save, write down what happened, and close what was owed for it."""
    revision.editor = user_id
    revision.modified = clock.now()
    revision.lock_version += 1
    revisions.record(
        model.Session,
        revision,
        "import_undone",
        user_id,
        detail={"import_id": change.import_id},
    )
    owed.note(model.Session(), revision)


def _told(
    standing: Standing, reason: str, conflict: Conflict | None = None
) -> dict[str, Any]:
    """Return a conflict as answers give it; `field` is "" where all of it stays."""
    told = conflict or Conflict("", "", None, None)
    label = lists.label(told.field, item=bool(told.item)) if told.field else ""
    return {
        "package_id": standing.package_id,
        "title": (standing.newest or {}).get("title", ""),
        "field": told.field,
        "item": told.item,
        "label": label,
        "imported": told.changed_to,
        "now": told.now,
        "message": reason,
    }
