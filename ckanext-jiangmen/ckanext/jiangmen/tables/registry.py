"""What tables there are, and what their columns are called, typed and hiding.

The columns are read where the rows lie, from the comments that are written with
them; the registry beside keeps what a load was: rows, source, version, time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckan import model
from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.jiangmen import clock
from ckanext.jiangmen.tables import store
from ckanext.jiangmen.tables.columns import column_of
from ckanext.jiangmen.tables.model import table_registry
from ckanext.jiangmen.tables.projection import Column

if TYPE_CHECKING:
    from ckanext.jiangmen.tables.load import LoadReport

__all__ = ["Loaded", "column_of", "columns", "exists", "forget", "loaded", "record"]


@dataclass(frozen=True)
class Loaded:
    """What the last load of a table was.

    `columns` is a list of {"name", "label", "type", "item", "encrypted"}; `sha256` is
    the loaded file's, `version` the entry's if it was told.
    """

    resource_id: str
    columns: list[dict[str, Any]]
    rows: int
    bad_rows: int
    sha256: str
    version: int | None
    loaded_at: dt.datetime


def columns(resource_id: str) -> Sequence[Column]:
    """Return the columns of a table in their order, as nobody's; [] without a table."""
    raw = get_read_engine().raw_connection()
    try:
        return store.stored_columns(raw.cursor(), resource_id)
    finally:
        raw.rollback()
        raw.close()


def exists(resource_id: str) -> bool:
    """Return whether the resource has a table."""
    raw = get_read_engine().raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(
            "SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = %s "
            "AND NOT starts_with(tablename, '_')",
            (resource_id,),
        )
        return cursor.fetchone() is not None
    finally:
        raw.rollback()
        raw.close()


def loaded(resource_id: str) -> Loaded | None:
    """Return what the last load was, None if the platform loaded nothing."""
    query = sa.select(table_registry).where(table_registry.c.resource_id == resource_id)
    with model.ensure_engine().connect() as connection:
        row = connection.execute(query).mappings().first()
    return Loaded(**row) if row else None


@dataclass(frozen=True)
class Totals:
    """How many tables were loaded, with how many rows, and when the last one was."""

    tables: int
    rows: int
    newest: dt.datetime | None


def totals(resource_ids: Sequence[str] | None = None) -> Totals:
    """Return the totals of all loaded tables, or of those of these resources."""
    listed = table_registry.c
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(listed.rows), 0),
        sa.func.max(listed.loaded_at),
    )
    if resource_ids is not None:
        query = query.where(listed.resource_id.in_(resource_ids))
    with model.ensure_engine().connect() as connection:
        tables, rows, newest = connection.execute(query).one()
    return Totals(tables, int(rows), newest)


def record(report: LoadReport, version: int | None) -> None:
    """Write down a load; the row of an earlier one is replaced."""
    values = {
        "columns": [
            {
                "name": column.name,
                "label": column.label,
                "type": column.type,
                "item": column.item,
                "encrypted": bool(column.identity),
            }
            for column in report.columns
        ],
        "rows": report.rows,
        "bad_rows": report.bad_count,
        "sha256": report.sha256,
        "version": version,
        "loaded_at": clock.now(),
    }
    statement = insert(table_registry).values(resource_id=report.resource_id, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["resource_id"], set_=values
    )
    with model.ensure_engine().begin() as connection:
        connection.execute(statement)


def forget(resource_id: str) -> None:
    """Delete the registry's row."""
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.delete(table_registry).where(table_registry.c.resource_id == resource_id)
        )
