"""Tokens: terms, and for machine tokens grants and address ranges: jiangmen_token.

Tokens that exist already get a term of 90 days from now.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "jiangmen_token",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "user_id",
            sa.Text,
            sa.ForeignKey("user.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column(
            "organization_id", sa.Text, sa.ForeignKey("group.id", ondelete="CASCADE")
        ),
        sa.Column("grants", ARRAY(sa.Text)),
        sa.Column("ranges", ARRAY(sa.Text)),
        sa.Column(
            "created",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        _moment("valid_until", nullable=False),
        _moment("last_used"),
        sa.Column("last_address", sa.Text),
        _moment("revoked"),
        sa.Column("revoked_by", sa.Text),
        sa.Column("replaced_by", sa.Text),
        # A machine token has all three bounds, a personal one has none of them.
        sa.CheckConstraint(
            "(organization_id IS NULL AND grants IS NULL AND ranges IS NULL) OR"
            " (organization_id IS NOT NULL AND cardinality(grants) > 0"
            " AND cardinality(ranges) > 0)",
            name="jiangmen_token_bounds",
        ),
    )
    op.create_index("jiangmen_token_user", "jiangmen_token", ["user_id"])
    op.execute(
        "INSERT INTO jiangmen_token (id, user_id, name, created, valid_until)"
        " SELECT id, user_id, coalesce(name, ''), created_at AT TIME ZONE 'UTC',"
        " now() + interval '90 days' FROM api_token WHERE user_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("jiangmen_token")
