"""How much the open site holds, counted in the database."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.portal.remembered import published
from ckanext.jiangmen.tables import registry


def platform() -> dict[str, int]:
    """Return numbers of entries, departments, items, files, tables and rows.

    ``published_this_month`` are entries that came in the running month of Shanghai.
    """
    entries = sa.select(model.Package.id).where(published())
    count, departments, items, fresh = model.Session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(model.Package.owner_org.distinct()),
            sa.func.coalesce(sa.func.sum(_items()), 0),
            sa.func.count().filter(model.Package.metadata_created >= month_began()),
        ).where(published())
    ).one()
    files = model.Session.scalar(
        sa.select(sa.func.count())
        .select_from(model.Resource)
        .where(
            model.Resource.state == model.State.ACTIVE,
            model.Resource.package_id.in_(entries),
        )
    )
    loaded = registry.totals()
    return {
        "entries": count,
        "departments": departments,
        "items": int(items),
        "files": files or 0,
        "tables": loaded.tables,
        "rows": loaded.rows,
        "published_this_month": fresh,
    }


def month_began() -> dt.datetime:
    """Return when the month began in Shanghai, as CKAN stores times: naive UTC."""
    today = clock.today()
    first = dt.datetime(today.year, today.month, 1, tzinfo=clock.SHANGHAI)
    return first.astimezone(dt.UTC).replace(tzinfo=None)


def _items() -> sa.ColumnElement[int]:
    """Return the SQL of an entry's number of items, kept as JSON in a text."""
    listed = sa.cast(
        sa.cast(model.Package.extras, JSONB)["information_items"].astext, JSONB
    )
    return sa.func.jsonb_array_length(listed)
