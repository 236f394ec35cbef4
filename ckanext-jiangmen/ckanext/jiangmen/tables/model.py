"""The registry of loaded tables: one row per resource, in CKAN's own database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

# columns: list of {"name", "label", "type", "item", "encrypted"} in the table's order.
table_registry = sa.Table(
    "jiangmen_table",
    metadata,
    sa.Column("resource_id", sa.UnicodeText, primary_key=True),
    sa.Column("columns", JSONB, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("bad_rows", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), nullable=False),
)
