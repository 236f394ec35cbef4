"""Figures of the open site."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.publication import withheld

Context = Any


@tk.side_effect_free
def jiangmen_portal_figures(
    context: Context, data_dict: dict[str, Any]
) -> dict[str, int]:
    """Return how much the open site holds.

    ``ckanapi action jiangmen_portal_figures -r https://open.example``

    :returns: numbers of ``entries``, ``tables``, ``rows`` and ``departments``
    """
    tk.check_access("jiangmen_portal_figures", context, data_dict)
    entries = (
        sa.select(model.Package.id, model.Package.owner_org)
        .where(
            model.Package.state == model.State.ACTIVE,
            model.Package.private.is_(False),
            model.Package.type == "dataset",
        )
        .subquery()
    )
    count, departments = model.Session.execute(
        sa.select(
            sa.func.count(), sa.func.count(entries.c.owner_org.distinct())
        ).select_from(entries)
    ).one()
    resources = model.Session.scalars(
        sa.select(model.Resource.id).where(
            model.Resource.state == model.State.ACTIVE,
            model.Resource.package_id.in_(sa.select(entries.c.id)),
            # The column is JSON kept as text.
            sa.cast(sa.cast(model.Resource.extras, sa.Text), JSONB)[
                "datastore_active"
            ].astext
            == "true",
        )
    ).all()
    return {
        "entries": count,
        "departments": departments,
        "tables": len(resources),
        "rows": _rows(list(resources)),
    }


@tk.side_effect_free
def jiangmen_portal_withheld(
    context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Return how many entries the departments withhold, by department and ground.

    ``ckanapi action jiangmen_portal_withheld -r https://open.example``

    :returns: ``{"as_of", "total", "results": [{"department", "door", "ground",
        "entries"}]}``; ``as_of`` is None until the numbers have arrived once
    """
    tk.check_access("jiangmen_portal_withheld", context, data_dict)
    return withheld.latest() or {"as_of": None, "total": 0, "results": []}


def _rows(tables: list[str]) -> int:
    """Return how many rows the tables hold, by PostgreSQL's own statistics."""
    from ckanext.datastore.backend.postgres import get_read_engine

    if not tables:
        return 0
    statement = sa.text(
        "SELECT coalesce(sum(greatest(reltuples, 0)), 0) FROM pg_class"
        " JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE nspname = 'public' AND relname = ANY(:tables)"
    )
    with get_read_engine().connect() as connection:
        return int(connection.execute(statement, {"tables": tables}).scalar() or 0)
