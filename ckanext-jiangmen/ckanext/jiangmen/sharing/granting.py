"""Grants in the database: who holds which now, and what ends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller
from ckanext.jiangmen.sharing.grants import Channel, Grant
from ckanext.jiangmen.sharing.model import GrantRow

BASE_LIBRARY = "基础库"


def grant_of(row: GrantRow) -> Grant:
    """Return a row as the value that decisions take."""
    return Grant(
        id=row.id,
        package_id=row.package_id,
        organization=row.organization,
        items=frozenset(row.items),
        channels=frozenset(map(Channel, row.channels)),
        purpose=row.purpose,
        valid_until=row.valid_until,
        rows=row.rows,
    )


def is_live() -> sa.ColumnElement[bool]:
    """Return the condition of grants that hold at this moment."""
    return sa.and_(GrantRow.revoked.is_(None), GrantRow.valid_until > clock.now())


def _held_by(caller: Caller) -> sa.ColumnElement[bool]:
    if caller.grants is not None:
        return GrantRow.id.in_(caller.grants)
    return GrantRow.organization.in_(caller.organizations)


def live_grants(caller: Caller, package_id: str) -> tuple[Grant, ...]:
    """Return the grants on one entry that the caller holds now, oldest first.

    They are held by organizations: who joins one holds them, who leaves does not. A
    machine token holds those it names.
    """
    rows = model.Session.scalars(
        sa.select(GrantRow)
        .where(GrantRow.package_id == package_id, is_live(), _held_by(caller))
        .order_by(GrantRow.created, GrantRow.id)
    )
    return tuple(grant_of(row) for row in rows)


def entries_granted(caller: Caller) -> list[str]:
    """Return the ids of the entries the caller holds live grants on."""
    return list(
        model.Session.scalars(
            sa.select(GrantRow.package_id)
            .where(is_live(), _held_by(caller))
            .distinct()
            .order_by(GrantRow.package_id)
        )
    )


def base_libraries(entry: Mapping[str, Any]) -> list[str]:
    """Return the names of the base libraries that the entry lies in."""
    names = [str(group["name"]) for group in entry.get("groups") or []]
    if not names:
        return []
    group = model.group_table
    return list(
        model.Session.scalars(
            sa.select(group.c.name)
            .where(
                group.c.name.in_(names),
                group.c.extras["library_kind"].astext == BASE_LIBRARY,
            )
            .order_by(group.c.name)
        )
    )


def end(rows: Sequence[GrantRow], user_id: str, reason: str) -> None:
    """End grants now; who ended them and why stays with them."""
    for row in rows:
        row.revoked, row.revoked_by, row.reason = clock.now(), user_id, reason


def of_organization(organization_id: str) -> list[GrantRow]:
    """Return the live grants that an organization gave or holds, locked."""
    return list(
        model.Session.scalars(
            sa.select(GrantRow)
            .where(
                is_live(),
                sa.or_(
                    GrantRow.organization == organization_id,
                    GrantRow.owner_org == organization_id,
                ),
            )
            .with_for_update()
        )
    )
