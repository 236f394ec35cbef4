"""The reference list against the catalogue: filed, under way, or missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import departments, revisions
from ckanext.jiangmen.catalog.model import OPEN_STATES, Revision
from ckanext.jiangmen.catalog.reference.matching import Entry, Expected, Match, match
from ckanext.jiangmen.catalog.reference.model import (
    CONFIRMED,
    REJECTED,
    Reference,
    ReferenceMatch,
)

FILED, UNDER_WAY, MISSING = "filed", "under_way", "missing"
STATES = (MISSING, UNDER_WAY, FILED)


@dataclass(frozen=True)
class Line:
    """One reference, the entry that answers it, and so its state."""

    reference: Reference
    organization: str
    match: Match | None

    @property
    def state(self) -> str:
        """`filed`: an entry in force answers it; `under_way`: a draft; or `missing`."""
        if self.match is None:
            return MISSING
        return FILED if self.match.entry.filed else UNDER_WAY


def lines(owners: Iterable[str]) -> list[Line]:
    """Return every reference of these organizations (ids), by body and title."""
    wanted = set(owners)
    listed: dict[str, list[Reference]] = defaultdict(list)
    for row in model.Session.scalars(
        sa.select(Reference).where(Reference.owner_org.in_(wanted))
    ):
        listed[row.owner_org].append(row)
    titles = {id: body["title"] for id, body in departments.by_ids(listed).items()}
    there, decided = entries(set(listed)), _decisions(wanted)
    found = []
    for owner, references in listed.items():
        matched = match(
            [_expected(each, decided.get(each.id, [])) for each in references],
            there.get(owner, []),
        )
        found += [
            Line(each, titles[owner], matched.get(each.id)) for each in references
        ]
    found.sort(key=lambda line: (line.organization, line.reference.title))
    return found


def entries(owners: set[str]) -> dict[str, list[Entry]]:
    """Return the entries in force and the drafts of new ones, by organization."""
    package: Any = model.Package
    found: dict[str, list[Entry]] = defaultdict(list)
    in_force = model.Session.execute(
        sa.select(package.id, package.title, package.owner_org).where(
            package.owner_org.in_(owners),
            package.state == model.State.ACTIVE,
            package.type == "dataset",
        )
    )
    for row in in_force:
        found[row.owner_org].append(Entry(row.id, row.title or "", filed=True))
    drafts = model.Session.execute(
        sa.select(Revision.package_id, Revision.title, Revision.owner_org).where(
            Revision.owner_org.in_(owners),
            Revision.state.in_(OPEN_STATES),
            Revision.kind == "create",
        )
    )
    for row in drafts:
        found[row.owner_org].append(Entry(row.package_id, row.title, filed=False))
    return found


def _decisions(owners: set[str]) -> dict[str, list[tuple[str, str, str]]]:
    """Return entry, decision and who took it, by the reference's id."""
    rows = model.Session.execute(
        sa.select(
            ReferenceMatch.reference_id,
            ReferenceMatch.package_id,
            ReferenceMatch.decision,
            ReferenceMatch.author,
        )
        .join(Reference, Reference.id == ReferenceMatch.reference_id)
        .where(Reference.owner_org.in_(owners))
    ).all()
    names = revisions.full_names({row.author for row in rows})
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows:
        name = names.get(row.author, "")
        found[row.reference_id].append((row.package_id, row.decision, name))
    return found


def _expected(row: Reference, decided: list[tuple[str, str, str]]) -> Expected:
    confirmed = next(
        ((entry, name) for entry, what, name in decided if what == CONFIRMED), None
    )
    rejected = frozenset(entry for entry, what, _ in decided if what == REJECTED)
    return Expected(row.id, (row.title, *row.aliases), confirmed, rejected)


def by_department(found: Iterable[Line]) -> list[dict[str, Any]]:
    """Return what each department has filed of what is expected, the best first.

    `coverage` is filed divided by reference, 0 to 1.
    """
    counted: dict[str, dict[str, Any]] = {}
    for line in found:
        row = counted.setdefault(
            line.reference.owner_org,
            {
                "id": line.reference.owner_org,
                "title": line.organization,
                "reference": 0,
                **dict.fromkeys(STATES, 0),
            },
        )
        row["reference"] += 1
        row[line.state] += 1
    for row in counted.values():
        row["coverage"] = round(row[FILED] / row["reference"], 4)
    return sorted(counted.values(), key=lambda row: (-row["coverage"], row["title"]))
