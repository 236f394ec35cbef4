"""A selection of entries as a survey workbook, to be edited offline and uploaded.

Whole entries go to those who write or review them: a department gets its own, the
coordinating office all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import departments
from ckanext.jiangmen.catalog.model import ImportChange, Revision
from ckanext.jiangmen.catalog.survey import write_entries
from ckanext.jiangmen.catalog.survey_plan import Known, Register


def owners(caller: Caller) -> set[str]:
    """Return the ids of the organizations whose entries an account may export."""
    if not caller.has(Role.COORDINATOR):
        return set(caller.organizations)
    group: Any = model.Group
    every = sa.select(group.id).where(
        group.is_organization.is_(True), group.state == model.State.ACTIVE
    )
    return set(model.Session.scalars(every))


def package_ids(names: Iterable[str]) -> dict[str, str]:
    """Return {given: entry id} of ids and names of entries and ids of revisions.

    What is none of these is left out.
    """
    wanted = set(names)
    package: Any = model.Package
    found: dict[str, str] = {}
    for key, package_id in (
        (Revision.package_id, Revision.package_id),
        (Revision.id, Revision.package_id),
        (Revision.data["name"].astext, Revision.package_id),
        (package.name, package.id),
        (package.id, package.id),
    ):
        rows = model.Session.execute(sa.select(key, package_id).where(key.in_(wanted)))
        found |= {row[0]: row[1] for row in rows}
    return found


def of_import(import_id: str) -> set[str]:
    """Return the ids of the entries that an import created or changed."""
    return set(
        model.Session.scalars(
            sa.select(ImportChange.package_id).where(
                ImportChange.import_id == import_id
            )
        )
    )


def entries(among: set[str], wanted: set[str] | None) -> list[Known]:
    """Return entries of these organizations in their newest state, by body and title.

    `wanted` are the ids of entries; None: all of them.
    """
    found = Register(among, set(), wanted).by_id.values()
    titles = _titles(found)
    return sorted(found, key=lambda known: (titles[known.owner_org], known.title))


def workbook(found: Iterable[Known]) -> bytes:
    """Return the entries as a survey workbook that knows what it was made of."""
    listed = list(found)
    titles = _titles(listed)
    return write_entries(
        [
            {**each.data, "organization_title": titles[each.owner_org]}
            for each in listed
        ],
        {each.package_id: each.stamp for each in listed},
    )


def _titles(found: Iterable[Known]) -> dict[str, str]:
    bodies = departments.by_ids({known.owner_org for known in found})
    return {body["id"]: body["title"] for body in bodies.values()}
