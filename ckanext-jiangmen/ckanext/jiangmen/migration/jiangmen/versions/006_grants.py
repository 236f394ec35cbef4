"""Grants to organizations, and the purposes that accounts declare."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None


def _moment(name: str, *, given: bool) -> sa.Column:
    default = None if given else sa.func.now()
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default)


def upgrade() -> None:
    op.create_table(
        "jiangmen_grant",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("owner_org", sa.Text, nullable=False),
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("items", JSONB, nullable=False),
        sa.Column("channels", JSONB, nullable=False),
        sa.Column("rows", JSONB(none_as_null=True)),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        _moment("created", given=False),
        sa.Column("created_by", sa.Text, nullable=False),
        _moment("revoked", given=True),
        sa.Column("revoked_by", sa.Text),
        sa.Column("reason", sa.Text),
    )
    op.create_index(
        "jiangmen_grant_live",
        "jiangmen_grant",
        ["package_id", "organization"],
        postgresql_where=sa.text("revoked IS NULL"),
    )
    op.create_index("jiangmen_grant_holder", "jiangmen_grant", ["organization"])
    op.create_table(
        "jiangmen_purpose",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("library", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        _moment("declared", given=False),
        sa.UniqueConstraint("user_id", "library", "day"),
    )


def downgrade() -> None:
    op.drop_table("jiangmen_purpose")
    op.drop_table("jiangmen_grant")
