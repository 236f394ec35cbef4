"""The reference list of expected entries, and what an import wrote, for its undo."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "013"
down_revision = "012"
branch_labels = None
depends_on = None

IMPORT_STATE = "jiangmen_import_state"


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    )


def upgrade() -> None:
    """Create the tables; imports from now on keep what they wrote."""
    op.create_table(
        "jiangmen_reference",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner_org", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_key", sa.Text, nullable=False),
        sa.Column("aliases", JSONB, nullable=False, server_default="[]"),
        _text("content_kind"),
        _text("clause"),
        _text("remarks"),
        sa.Column("author", sa.Text, nullable=False),
        _moment("created"),
        _moment("modified"),
        sa.UniqueConstraint("owner_org", "title_key", name="jiangmen_reference_title"),
        sa.CheckConstraint("title_key <> ''", name="jiangmen_reference_has_title"),
    )
    op.create_table(
        "jiangmen_reference_match",
        sa.Column(
            "reference_id",
            sa.Text,
            sa.ForeignKey("jiangmen_reference.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        _moment("at"),
        sa.CheckConstraint(
            "decision IN ('confirmed','rejected')",
            name="jiangmen_reference_match_decision",
        ),
    )
    op.create_index(
        "jiangmen_reference_match_confirmed",
        "jiangmen_reference_match",
        ["reference_id"],
        unique=True,
        postgresql_where=sa.text("decision = 'confirmed'"),
    )
    op.add_column("jiangmen_import_change", sa.Column("after", JSONB))
    _import_states("'running','done','undone','partly_undone','failed'")


def downgrade() -> None:
    """Drop the tables."""
    op.execute(
        "UPDATE jiangmen_import SET state = 'done' WHERE state = 'partly_undone'"
    )
    _import_states("'running','done','undone','failed'")
    op.drop_column("jiangmen_import_change", "after")
    op.drop_table("jiangmen_reference_match")
    op.drop_table("jiangmen_reference")


def _import_states(listed: str) -> None:
    op.drop_constraint(IMPORT_STATE, "jiangmen_import", type_="check")
    op.create_check_constraint(IMPORT_STATE, "jiangmen_import", f"state IN ({listed})")
