"""Import of survey workbooks: preview and import (江府办函〔2017〕82号, 四(三)).

Rows become drafts by bulk INSERT; what an import did is written down row by row, so
that `survey_undo` can take it back.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import entries, survey_difference, survey_plan
from ckanext.jiangmen.catalog.model import (
    Import,
    ImportChange,
    Revision,
    RevisionEvent,
)
from ckanext.jiangmen.catalog.survey import locate, read_workbook
from ckanext.jiangmen.catalog.survey_plan import Plan, Row

PREVIEW_ROWS = 2000
# Shares of the work, in per cent: reading and checking, comparing, writing.
READ, PLANNED, WRITTEN = 40, 70, 100
# What of a revision an import changes, as its undo needs it.
BEFORE = ("owner_org", "title", "kind", "state", "data", "note", "import_id")


def own_organizations(caller: Caller) -> frozenset[str]:
    """Return the ids of the organizations whose entries an account may import."""
    return frozenset(
        organization
        for role, organization in caller.roles
        if role == Role.CATALOGUER and organization
    )


def plan(content: bytes, name: str, caller: Caller) -> Plan:
    """Return what a workbook would do. Raise `WorkbookRefused` if it is none."""
    made = survey_plan.make(read_workbook(content, name), own_organizations(caller))
    for row in made.rows:
        problem = survey_plan.edited_by_another(row, caller.user_id)
        if problem is not None:
            row.change = "refused"
            located = locate(row.sheet, problem)
            row.sheet.problems.append(located)
            made.problems.append(located)
    return made


def as_answer(made: Plan) -> dict[str, Any]:
    """Return a plan as the contract has it: numbers and wrong cells."""
    return {
        "created": len(made.of("created")),
        "changed": len(made.of("changed")),
        "unchanged": len(made.of("unchanged")),
        "refused": made.refused,
        "errors": [problem.as_dict() for problem in made.problems],
        "notices": [problem.as_dict() for problem in made.notices],
        "missing": [
            {"package_id": known.package_id, "title": known.title}
            for known in made.missing
        ],
    }


def rows_of(made: Plan) -> list[dict[str, Any]]:
    """Return the workbook's entries for the page: row, title, change, fields, cells."""
    return [
        {
            "row": row.sheet.row,
            "title": row.sheet.entry.get("title", ""),
            "change": row.change,
            "package_id": row.known.package_id if row.known else None,
            "fields": [
                {"field": name, "before": old, "after": new}
                for name, (old, new) in row.fields.items()
            ],
            "cells": survey_difference.lines(row) if row.change == "changed" else [],
        }
        for row in made.rows[:PREVIEW_ROWS]
    ]


def begin(
    import_id: str, name: str, content: bytes, caller: Caller, *, only_good_rows: bool
) -> None:
    """Write down, in a transaction of its own, that an import runs."""
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.insert(Import).values(
                id=import_id,
                author=caller.user_id,
                file_name=name,
                sha256=hashlib.sha256(content).hexdigest(),
                state="running",
                only_good_rows=only_good_rows,
                progress=0,
                total=100,
                result={},
            )
        )


def progress(import_id: str, share: int) -> None:
    """Tell how far an import is, in per cent, past its own transaction."""
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.update(Import).where(Import.id == import_id).values(progress=share)
        )


def fail(import_id: str, message: str) -> None:
    """Write down that an import failed; nothing of it is stored."""
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.update(Import)
            .where(Import.id == import_id)
            .values(state="failed", finished=clock.now(), result={"message": message})
        )


def write(
    import_id: str, made: Plan, caller: Caller, *, only_good_rows: bool
) -> dict[str, Any]:
    """Store the plan's rows as drafts and commit; return the contract's answer.

    With wrong cells nothing is stored unless `only_good_rows`.
    """
    answer = as_answer(made)
    if made.problems and not only_good_rows:
        answer |= {"created": 0, "changed": 0}
        done: list[str] = []
    else:
        done = _store(import_id, made, caller.user_id)
    answer |= {"import_id": import_id, "revisions": done}
    model.Session.execute(
        sa.update(Import)
        .where(Import.id == import_id)
        .values(state="done", progress=100, finished=clock.now(), result=answer)
    )
    model.Session.commit()
    return answer


def _store(import_id: str, made: Plan, author: str) -> list[str]:
    """Insert new revisions in bulk, update open ones, and note each for the undo."""
    session, moment = model.Session, clock.now()
    fresh, renewed, notes, events = [], [], [], []
    for row in [*made.of("created"), *made.of("changed")]:
        revision = row.known.revision if row.known is not None else None
        note: dict[str, Any] = {
            "import_id": import_id,
            "package_id": row.entry["id"],
            "change": row.change,
            "before": None,
            "after": row.entry,
            "lock_version": 1,
        }
        if revision is None:
            values = _new_row(row, author, import_id, moment)
            fresh.append(values)
        else:
            note["before"] = {name: getattr(revision, name) for name in BEFORE}
            values = _renewed(revision, row, import_id, moment) | {"editor": author}
            note["lock_version"] = values["lock_version"]
            renewed.append(values)
        notes.append(note | {"revision_id": values["id"]})
        events.append(_event(values["id"], row.entry["id"], author, import_id, moment))
    for table, rows in ((Revision, fresh), (RevisionEvent, events)):
        if rows:
            session.execute(sa.insert(table), rows)
    if renewed:
        session.execute(sa.update(Revision), renewed)
    if notes:
        session.execute(sa.insert(ImportChange), notes)
    return [note["revision_id"] for note in notes]


def _new_row(row: Row, author: str, import_id: str, moment: Any) -> dict[str, Any]:
    version = row.known.version if row.known is not None else 0
    return {
        "id": entries.new_id(),
        "package_id": row.entry["id"],
        "owner_org": row.entry["owner_org"],
        "title": row.entry["title"],
        "kind": "edit" if version else "create",
        "state": "draft",
        "step": None,
        "base_version": version,
        "data": row.entry,
        "author": author,
        "editor": author,
        "note": "",
        "import_id": import_id,
        "lock_version": 1,
        "created": moment,
        "modified": moment,
    }


def _renewed(
    revision: Revision, row: Row, import_id: str, moment: Any
) -> dict[str, Any]:
    return {
        "id": revision.id,
        "title": row.entry["title"],
        "data": row.entry,
        "state": "draft",
        "step": None,
        "kind": "edit" if revision.base_version else "create",
        "import_id": import_id,
        "lock_version": revision.lock_version + 1,
        "modified": moment,
    }


def _event(
    revision_id: str, package_id: str, author: str, import_id: str, moment: Any
) -> dict[str, Any]:
    return {
        "revision_id": revision_id,
        "package_id": package_id,
        "event": "imported",
        "step": None,
        "actor": author,
        "comment": "",
        "detail": {"import_id": import_id},
        "at": moment,
    }
