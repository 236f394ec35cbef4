"""What an uploaded reference list would change, and doing it: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import departments, entries, lists
from ckanext.jiangmen.catalog.reference import book
from ckanext.jiangmen.catalog.reference.matching import key
from ckanext.jiangmen.catalog.reference.model import Reference
from ckanext.jiangmen.catalog.survey import CellProblem
from ckanext.jiangmen.catalog.survey.sheets import Row

FIELDS = ("title", "aliases", "content_kind", "clause", "remarks")
LONGEST = 500
REQUIRED = "缺少{label}，请填写。"
NO_BODY = "没有名为“{name}”的单位，请填写已登记的单位名称，如“市民政局”。"
NO_KIND = "内容类别不在列表中，请改为：{choices}。"
TOO_LONG = "超过{most}个字符，请精简。"
TWICE = "与第{row}行的单位和名称相同，请删除一行。"


@dataclass
class Change:
    """One row of the workbook: created, changed, unchanged or refused."""

    row: int
    organization: str
    values: dict[str, Any]
    change: str = "refused"
    known: Reference | None = None
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass
class Plan:
    """What the workbook would do.

    `missing` are references of its departments that it has no row for.
    """

    changes: list[Change]
    problems: list[CellProblem]
    missing: list[Reference]

    def of(self, change: str) -> list[Change]:
        """Return the rows of one kind of change."""
        return [each for each in self.changes if each.change == change]

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as the preview answers it."""
        counts = {
            name: len(self.of(name))
            for name in ("created", "changed", "unchanged", "refused")
        }
        return counts | {
            "errors": [problem.as_dict() for problem in self.problems],
            "missing": [{"id": each.id, "title": each.title} for each in self.missing],
            "rows": [
                {
                    "row": each.row,
                    "organization": each.organization,
                    "title": each.values.get("title", ""),
                    "change": each.change,
                    "fields": [
                        {"field": name, "before": old, "after": new}
                        for name, (old, new) in each.fields.items()
                    ],
                }
                for each in self.changes
            ],
        }


def plan(content: bytes) -> Plan:
    """Return what a workbook would do. Raise `WorkbookRefused` if it is none."""
    sheet = book.read(content)
    bodies = departments.by_titles()
    known = {
        (row.owner_org, row.title_key): row
        for row in model.Session.scalars(sa.select(Reference))
    }
    firsts: dict[tuple[str, str], int] = {}
    changes, problems = [], []
    for row in sheet.rows:
        name = "".join(str(row.values.get("owner_org", "")).split())
        body = bodies.get(name)
        told = [*row.problems, *_wrong(row, name, body)]
        values = _values(row) | {"owner_org": body["id"] if body else ""}
        identity = (values["owner_org"], key(values["title"]))
        first = firsts.setdefault(identity, row.number)
        if first != row.number and not told:
            told.append(_problem(row, "title", "twice", TWICE.format(row=first)))
        change = Change(row.number, body["title"] if body else name, values)
        if not told:
            _compare(change, known.get(identity))
        problems += told
        changes.append(change)
    owners = {each.values["owner_org"] for each in changes}
    kept = {each.known.id for each in changes if each.known is not None}
    missing = [
        row for row in known.values() if row.owner_org in owners and row.id not in kept
    ]
    return Plan(changes, problems, sorted(missing, key=lambda row: row.title))


def _values(row: Row) -> dict[str, Any]:
    found = {name: row.values.get(name, "") for name in FIELDS}
    return found | {"aliases": list(row.values.get("aliases") or [])}


def _compare(change: Change, known: Reference | None) -> None:
    change.known, change.change = known, "created"
    if known is None:
        return
    change.fields = {
        name: (getattr(known, name), change.values[name])
        for name in FIELDS
        if getattr(known, name) != change.values[name]
    }
    change.change = "changed" if change.fields else "unchanged"


def _wrong(row: Row, name: str, body: dict[str, Any] | None) -> list[CellProblem]:
    told = [
        _problem(row, column.field, "required", REQUIRED.format(label=column.header))
        for column in book.columns().columns
        if column.required and not row.values.get(column.field)
    ]
    if name and body is None:
        message = NO_BODY.format(name=name[:40])
        told.append(_problem(row, "owner_org", "provider", message))
    kinds = lists.values("content_kind")
    if row.values.get("content_kind", kinds[0]) not in kinds:
        message = NO_KIND.format(choices="、".join(kinds))
        told.append(_problem(row, "content_kind", "choice", message))
    told += [
        _problem(row, name, "too_long", TOO_LONG.format(most=LONGEST))
        for name, value in row.values.items()
        if any(
            len(text) > LONGEST
            for text in (value if isinstance(value, list) else [value])
        )
    ]
    return told


def _problem(row: Row, name: str, rule: str, message: str) -> CellProblem:
    column = book.columns().column(name)
    label = column.header if column else name
    where = row.cells.get(name, f"A{row.number}")
    return CellProblem(book.SHEET, where, label, rule, message)


def apply(made: Plan, author: str, *, drop_missing: bool) -> int:
    """Write the plan and commit; return how many references were dropped.

    Decisions about matches stay with their references; a dropped one loses its own.
    """
    session, moment = model.Session, clock.now()
    for change in made.of("created"):
        session.add(
            Reference(
                id=entries.new_id(),
                title_key=key(change.values["title"]),
                author=author,
                created=moment,
                modified=moment,
                **change.values,
            )
        )
    for change in made.of("changed"):
        for name, (_old, new) in change.fields.items():
            setattr(change.known, name, new)
        change.known.modified = moment  # type: ignore[union-attr]  # it is known
    dropped = made.missing if drop_missing else []
    for row in dropped:
        session.delete(row)
    session.commit()
    return len(dropped)
