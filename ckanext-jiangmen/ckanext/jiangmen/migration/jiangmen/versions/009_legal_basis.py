"""The register of grounds for 不予共享: three doors, each with its document."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

# What a ground has from the moment it is submitted.
COMPLETE = (
    "title <> '' AND document_number <> '' AND article <> '' AND authority <> ''"
    " AND issued IS NOT NULL AND sha256 ~ '^[0-9a-f]{64}$' AND next_check IS NOT NULL"
)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _moment(name: str, *, given: bool) -> sa.Column[Any]:
    default = None if given else sa.func.now()
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=given, server_default=default
    )


def upgrade() -> None:
    op.create_table(
        "jiangmen_legal_basis",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("serial", sa.BigInteger, sa.Identity(), nullable=False, unique=True),
        sa.Column(
            "number",
            sa.Text,
            sa.Computed("'YJ' || lpad(serial::text, 6, '0')", persisted=True),
            unique=True,
        ),
        sa.Column("owner_org", sa.Text, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        *(_text(name) for name in ("title", "document_number", "article")),
        _text("authority"),
        sa.Column("issued", sa.Date),
        _text("reason"),
        *(_text(name) for name in ("sha256", "file_name", "mimetype")),
        sa.Column("size", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("valid_until", sa.Date),
        sa.Column("next_check", sa.Date),
        sa.Column("last_check", sa.Date),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text),
        _moment("decided_at", given=True),
        _text("decision_number"),
        _text("comment"),
        sa.Column("indexed", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("lock_version", sa.Integer, nullable=False, server_default="1"),
        _moment("created", given=False),
        _moment("modified", given=False),
        sa.CheckConstraint("door IN ('a','b','c')", name="jiangmen_legal_basis_door"),
        sa.CheckConstraint(
            "state IN ('draft','submitted','in_force','refused','ended')",
            name="jiangmen_legal_basis_state",
        ),
        sa.CheckConstraint(
            f"state = 'draft' OR ({COMPLETE})", name="jiangmen_legal_basis_complete"
        ),
        sa.CheckConstraint(
            "decided_by <> author", name="jiangmen_legal_basis_two_people"
        ),
        sa.CheckConstraint(
            "state <> 'in_force' OR decided_by IS NOT NULL",
            name="jiangmen_legal_basis_decided",
        ),
    )
    op.create_index(
        "jiangmen_legal_basis_owner", "jiangmen_legal_basis", ["owner_org", "state"]
    )
    op.create_table(
        "jiangmen_legal_basis_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column(
            "basis_id",
            sa.Text,
            sa.ForeignKey("jiangmen_legal_basis.id"),
            nullable=False,
        ),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        _text("comment"),
        sa.Column("detail", JSONB, nullable=False, server_default="{}"),
        _moment("at", given=False),
    )
    op.create_index(
        "jiangmen_legal_basis_event_of", "jiangmen_legal_basis_event", ["basis_id"]
    )
    # Which entry in force leans on which ground; basis_id "" stands for none known.
    op.create_table(
        "jiangmen_legal_basis_use",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("basis_id", sa.Text, primary_key=True),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
    )
    op.create_index(
        "jiangmen_legal_basis_use_of", "jiangmen_legal_basis_use", ["basis_id"]
    )


def downgrade() -> None:
    op.drop_table("jiangmen_legal_basis_use")
    op.drop_table("jiangmen_legal_basis_event")
    op.drop_table("jiangmen_legal_basis")
