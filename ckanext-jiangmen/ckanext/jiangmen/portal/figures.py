"""How much the open site holds, counted in the database."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.portal.remembered import published
from ckanext.jiangmen.tables import registry


def counted(organization: str = "", library: str = "") -> dict[str, int]:
    """Return numbers of entries, departments, items, files, tables and rows.

    ``published_this_month`` are entries that came in the running month of Shanghai.
    With the id of an organization or a library only its entries count.
    """
    chosen = sa.and_(published(), _of(organization, library))
    count, departments, items, fresh = model.Session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(model.Package.owner_org.distinct()),
            sa.func.coalesce(sa.func.sum(_items()), 0),
            sa.func.count().filter(model.Package.metadata_created >= month_began()),
        ).where(chosen)
    ).one()
    files = model.Session.scalars(
        sa.select(model.Resource.id).where(
            model.Resource.state == model.State.ACTIVE,
            model.Resource.package_id.in_(sa.select(model.Package.id).where(chosen)),
        )
    ).all()
    loaded = registry.totals(files if organization or library else None)
    return {
        "entries": count,
        "departments": departments,
        "items": int(items),
        "files": len(files),
        "tables": loaded.tables,
        "rows": loaded.rows,
        "published_this_month": fresh,
    }


def months() -> list[dict[str, Any]]:
    """Return [{month, new, total}]: published entries by the month they came in."""
    # CKAN stores UTC without a zone; a month is one of Shanghai.
    local = sa.func.timezone(
        clock.SHANGHAI.key, sa.func.timezone("UTC", model.Package.metadata_created)
    )
    month = sa.func.to_char(local, "YYYY-MM")
    rows = model.Session.execute(
        sa.select(month, sa.func.count())
        .where(published())
        .group_by(month)
        .order_by(month)
    ).all()
    totals = itertools.accumulate(number for _, number in rows)
    return [
        {"month": name, "new": number, "total": total}
        for (name, number), total in zip(rows, totals, strict=True)
    ]


def _of(organization: str, library: str) -> sa.ColumnElement[bool]:
    if organization:
        return model.Package.owner_org == organization
    if library:
        members = sa.select(model.Member.table_id).where(
            model.Member.group_id == library,
            model.Member.table_name == "package",
            model.Member.state == model.State.ACTIVE,
        )
        return model.Package.id.in_(members)
    return sa.true()


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
