"""What accounts have typed into the form of an entry and not saved yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "011"
down_revision = "010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; an account has one unsaved form per entry."""
    op.create_table(
        "jiangmen_unsaved",
        sa.Column("author", sa.Text, primary_key=True),
        sa.Column("form", sa.Text, primary_key=True),
        sa.Column("is_new", sa.Boolean, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("kept", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "coalesce(data ->> 'secrecy', '') IN ('', '非涉密')",
            name="jiangmen_unsaved_not_classified",
        ),
    )
    op.create_index("jiangmen_unsaved_kept", "jiangmen_unsaved", ["kept"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("jiangmen_unsaved")
