"""The platform's own documents that crossed, such as the heads of the trail.

The trail itself is not laid out here: migrations run under the site's own role, and
what that role makes it may change. The administrator runs audit/sql/trail.sql after
the migrations (config/stack/postgres.py, `lay_trail`).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jiangmen_document",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )


def downgrade() -> None:
    op.drop_table("jiangmen_document")
