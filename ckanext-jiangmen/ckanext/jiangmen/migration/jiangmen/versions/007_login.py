"""Passwords kept from being used again, and counted tries to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jiangmen_password",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column(
            "user_id",
            sa.Text,
            sa.ForeignKey("user.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column(
            "changed",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.Column(
            "one_time", sa.Boolean, nullable=False, server_default=sa.text("false")
        ),
    )
    op.create_index("jiangmen_password_of_user", "jiangmen_password", ["user_id", "id"])
    op.create_table(
        "jiangmen_attempt",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.CheckConstraint("failures >= 0", name="jiangmen_attempt_not_negative"),
    )
    op.create_index("jiangmen_attempt_seen", "jiangmen_attempt", ["seen"])
    # Passwords in use were chosen before there was a policy: they age from today.
    op.execute(
        """
        INSERT INTO jiangmen_password (user_id, hash)
        SELECT id, password FROM "user" WHERE password IS NOT NULL
        """
    )


def downgrade() -> None:
    op.drop_table("jiangmen_attempt")
    op.drop_table("jiangmen_password")
