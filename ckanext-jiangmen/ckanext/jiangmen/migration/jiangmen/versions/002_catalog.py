"""The catalogue: revisions, their events, versions, codes, imports, jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None

STATES = "('draft','submitted','returned','approved','superseded','discarded','aside')"
OPEN = "('draft','submitted','returned')"


def _moment(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **more)


def _now(name: str) -> sa.Column[Any]:
    return _moment(name, nullable=False, server_default=sa.func.now())


def upgrade() -> None:
    op.create_table(
        "jiangmen_import",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False, server_default=""),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("only_good_rows", sa.Boolean, nullable=False),
        sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=False, server_default="0"),
        sa.Column("result", JSONB, nullable=False, server_default="{}"),
        _now("created"),
        _moment("finished"),
        sa.CheckConstraint(
            "state IN ('running','done','undone','failed')",
            name="jiangmen_import_state",
        ),
    )
    op.create_index("jiangmen_import_author", "jiangmen_import", ["author", "created"])

    op.create_table(
        "jiangmen_revision",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("owner_org", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("step", sa.Text),
        sa.Column("base_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("import_id", sa.Text, sa.ForeignKey("jiangmen_import.id")),
        sa.Column("lock_version", sa.Integer, nullable=False, server_default="1"),
        _now("created"),
        _now("modified"),
        _moment("submitted"),
        _moment("waiting_since"),
        sa.CheckConstraint(f"state IN {STATES}", name="jiangmen_revision_state"),
        sa.CheckConstraint(
            "kind IN ('create','edit','withdraw')", name="jiangmen_revision_kind"
        ),
        sa.CheckConstraint(
            "step IN ('reviewer','secrecy','coordinator')",
            name="jiangmen_revision_step",
        ),
        sa.CheckConstraint(
            "(state = 'submitted') = (step IS NOT NULL)",
            name="jiangmen_revision_step_only_when_submitted",
        ),
        sa.CheckConstraint(
            "(kind = 'create') = (base_version = 0)",
            name="jiangmen_revision_base_of_kind",
        ),
    )
    op.create_index(
        "jiangmen_revision_one_open",
        "jiangmen_revision",
        ["package_id"],
        unique=True,
        postgresql_where=sa.text(f"state IN {OPEN}"),
    )
    op.create_index(
        "jiangmen_revision_waiting",
        "jiangmen_revision",
        ["owner_org", "state", "step"],
    )
    op.create_index(
        "jiangmen_revision_of_entry", "jiangmen_revision", ["package_id", "created"]
    )
    op.create_index("jiangmen_revision_import", "jiangmen_revision", ["import_id"])
    op.create_index(
        "jiangmen_revision_title",
        "jiangmen_revision",
        ["owner_org", "title"],
        postgresql_where=sa.text(f"state IN {OPEN}"),
    )

    op.create_table(
        "jiangmen_revision_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("revision_id", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("step", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False, server_default=""),
        sa.Column("detail", JSONB, nullable=False, server_default="{}"),
        _now("at"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["jiangmen_revision.id"], ondelete="CASCADE"
        ),
    )
    op.create_index(
        "jiangmen_revision_event_revision", "jiangmen_revision_event", ["revision_id"]
    )
    op.create_index(
        "jiangmen_revision_event_entry", "jiangmen_revision_event", ["package_id"]
    )

    op.create_table(
        "jiangmen_version",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("revision_id", sa.Text),
        sa.Column("author", sa.Text, nullable=False, server_default=""),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        _now("approved_at"),
        sa.CheckConstraint("version > 0", name="jiangmen_version_positive"),
        sa.CheckConstraint(
            "kind IN ('approval','data','withdrawal','direct')",
            name="jiangmen_version_kind",
        ),
    )

    op.create_table(
        "jiangmen_code",
        sa.Column("resource_code", sa.Text, primary_key=True),
        sa.Column("class_code", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        _now("given_at"),
        sa.UniqueConstraint("package_id", name="jiangmen_code_one_per_entry"),
        sa.CheckConstraint(
            "origin IN ('sequence','national')", name="jiangmen_code_origin"
        ),
    )
    op.create_index("jiangmen_code_class", "jiangmen_code", ["class_code"])

    op.create_table(
        "jiangmen_import_change",
        sa.Column(
            "import_id", sa.Text, sa.ForeignKey("jiangmen_import.id"), primary_key=True
        ),
        sa.Column("revision_id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("lock_version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "change IN ('created','changed')", name="jiangmen_import_change_kind"
        ),
        sa.CheckConstraint(
            "change = 'changed' OR before IS NULL",
            name="jiangmen_import_change_before",
        ),
    )

    op.create_table(
        "jiangmen_catalog_job",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("resource_id", sa.Text),
        sa.Column("payload", JSONB, nullable=False, server_default="{}"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text, nullable=False, server_default=""),
        _now("created"),
        _now("due"),
        sa.CheckConstraint(
            "kind IN ('index','load','drop')", name="jiangmen_catalog_job_kind"
        ),
    )
    op.create_index("jiangmen_catalog_job_due", "jiangmen_catalog_job", ["due"])


def downgrade() -> None:
    for table in (
        "catalog_job",
        "import_change",
        "code",
        "version",
        "revision_event",
        "revision",
        "import",
    ):
        op.drop_table(f"jiangmen_{table}")
