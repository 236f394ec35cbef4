"""The valve: outbox, exceptions, receipts, and what the open site has received."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None


def _moment(name: str, *, default: bool = True) -> sa.Column:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        nullable=not default,
        server_default=sa.func.now() if default else None,
    )


def upgrade() -> None:
    op.create_table(
        "jiangmen_publication",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("owner_org", sa.Text, nullable=False, server_default=""),
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("repair", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("entry", JSONB(none_as_null=True)),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("findings", JSONB, nullable=False, server_default="[]"),
        sa.Column("hash", sa.Text, nullable=False, server_default=""),
        sa.Column("bytes_sent", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("bytes_total", sa.BigInteger, nullable=False, server_default="0"),
        _moment("created"),
        _moment("due"),
        _moment("finished", default=False),
        sa.CheckConstraint(
            "verb IN ('publish', 'withdraw')", name="jiangmen_publication_verb"
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'blocked', 'done', 'superseded')",
            name="jiangmen_publication_state",
        ),
        sa.CheckConstraint(
            "verb = 'withdraw' OR state = 'superseded' OR entry IS NOT NULL",
            name="jiangmen_publication_entry",
        ),
    )
    op.create_index(
        "jiangmen_publication_due",
        "jiangmen_publication",
        ["due"],
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_index(
        "jiangmen_publication_package", "jiangmen_publication", ["package_id", "id"]
    )
    op.create_table(
        "jiangmen_publication_exception",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("place_key", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        _moment("created"),
        sa.UniqueConstraint(
            "package_id",
            "kind",
            "place_key",
            name="jiangmen_publication_exception_once",
        ),
        sa.CheckConstraint(
            "kind <> '居民身份证号码'", name="jiangmen_publication_exception_kind"
        ),
        sa.CheckConstraint(
            "reason <> ''", name="jiangmen_publication_exception_reason"
        ),
    )
    op.create_table(
        "jiangmen_receipt",
        sa.Column("crossing", sa.Text, primary_key=True),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        _moment("at"),
    )
    op.create_index("jiangmen_receipt_package", "jiangmen_receipt", ["package_id"])
    op.create_table(
        "jiangmen_public_entry",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("resources", JSONB, nullable=False, server_default="[]"),
        sa.Column("gone_resources", JSONB, nullable=False, server_default="[]"),
        sa.Column("indexed", sa.Boolean, nullable=False, server_default="false"),
        _moment("changed"),
        sa.CheckConstraint(
            "state IN ('published', 'withdrawing', 'withdrawn')",
            name="jiangmen_public_entry_state",
        ),
    )
    op.create_index("jiangmen_public_entry_name", "jiangmen_public_entry", ["name"])
    op.create_index(
        "jiangmen_public_entry_gone",
        "jiangmen_public_entry",
        ["gone_resources"],
        postgresql_using="gin",
    )


def downgrade() -> None:
    op.drop_table("jiangmen_public_entry")
    op.drop_table("jiangmen_receipt")
    op.drop_table("jiangmen_publication_exception")
    op.drop_table("jiangmen_publication")
