"""Editions of the catalogue: numbered, dated, and never changed once issued."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "012"
down_revision = "011"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION jiangmen_edition_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'edition % is issued and stays as it is', OLD.address;
END $$;
CREATE TRIGGER jiangmen_edition_stays BEFORE UPDATE OR DELETE ON jiangmen_edition
    FOR EACH ROW WHEN (OLD.state = 'issued')
    EXECUTE FUNCTION jiangmen_edition_refuse();
"""


def upgrade() -> None:
    """Create the table; the number of an issued edition is never given again."""
    op.create_table(
        "jiangmen_edition",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("address", sa.Text, unique=True),
        sa.Column("previous_id", sa.Text, sa.ForeignKey("jiangmen_edition.id")),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("counts", JSONB, nullable=False, server_default="{}"),
        sa.Column("files", JSONB, nullable=False, server_default="{}"),
        sa.Column(
            "created",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.Column("finished", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'issued', 'unchanged', 'failed')",
            name="jiangmen_edition_state",
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (number IS NOT NULL AND address IS NOT NULL)",
            name="jiangmen_edition_numbered",
        ),
    )
    op.create_index(
        "jiangmen_edition_number",
        "jiangmen_edition",
        [sa.text("coalesce(organization_id, '')"), "number"],
        unique=True,
    )
    op.execute(REFUSE)
    _job_kinds("'index','load','drop','edition'")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DELETE FROM jiangmen_catalog_job WHERE kind = 'edition'")
    _job_kinds("'index','load','drop'")
    op.drop_table("jiangmen_edition")
    op.execute("DROP FUNCTION jiangmen_edition_refuse()")


def _job_kinds(kinds: str) -> None:
    name = "jiangmen_catalog_job_kind"
    op.drop_constraint(name, "jiangmen_catalog_job")
    op.create_check_constraint(name, "jiangmen_catalog_job", f"kind IN ({kinds})")
