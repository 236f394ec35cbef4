"""The registry of loaded tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jiangmen_table",
        sa.Column("resource_id", sa.UnicodeText),
        sa.Column("columns", JSONB, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("bad_rows", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", name="jiangmen_table_pkey"),
        sa.CheckConstraint("rows >= 0 AND bad_rows >= 0", name="jiangmen_table_rows"),
    )


def downgrade() -> None:
    op.drop_table("jiangmen_table")
