"""Alembic's entry: CKAN hands over the address of the database in its own option."""

from __future__ import annotations

from alembic import context
from sqlalchemy import engine_from_config, pool

from ckan.model.meta import metadata

OURS = "jiangmen"


def _ours(
    _object: object, name: str | None, kind: str, _reflected: bool, _other: object
) -> bool:
    return kind != "table" or (name or "").startswith(OURS)


def run() -> None:
    """Bring the database to the wanted revision inside one transaction."""
    engine = engine_from_config(
        context.config.get_section(context.config.config_ini_section) or {},
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=f"{OURS}_alembic_version",
            include_object=_ours,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
