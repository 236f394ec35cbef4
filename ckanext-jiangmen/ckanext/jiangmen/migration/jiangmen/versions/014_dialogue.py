"""Questions, suggestions and complaints of the public, and their answers."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "014"
down_revision = "013"
branch_labels = None
depends_on = None

KINDS = "'request','suggestion','correction','complaint'"
ANSWERS = (
    "'accepted','in_progress','released','not_collected','declined','corrected',"
    "'answered'"
)
TABLES = (
    "jiangmen_mail",
    "jiangmen_subscription",
    "jiangmen_rating",
    "jiangmen_refusal_count",
    "jiangmen_message_event",
    "jiangmen_message",
    "jiangmen_inquiry_step",
    "jiangmen_inquiry",
)


def _text(name: str, *, filled: bool = False) -> sa.Column[Any]:
    default = None if filled else ""
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(column: str, words: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({words})", name=name)


def upgrade() -> None:
    """Create the tables."""
    _messages()
    _readers()
    _inquiries()


def _messages() -> None:
    op.create_table(
        "jiangmen_message",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("number", sa.Text, unique=True),
        sa.Column("sequence", sa.BigInteger, unique=True),
        _text("kind", filled=True),
        _text("state", filled=True),
        _text("title", filled=True),
        _text("text", filled=True),
        sa.Column("packages", JSONB, nullable=False, server_default="[]"),
        *(_text(name) for name in ("url", "author", "mail")),
        _text("follow", filled=True),
        _text("digest", filled=True),
        _text("reason"),
        sa.Column("redacted", sa.Boolean, nullable=False, server_default="false"),
        _text("department"),
        _moment("created"),
        _moment("published", nullable=True),
        sa.Column("due", sa.Date),
        _moment("answered", nullable=True),
        _moment("ended", nullable=True),
        _one_of("kind", f"{KINDS},'reuse'", "jiangmen_message_kind"),
        _one_of(
            "state",
            f"'waiting','rejected','taken_back',{ANSWERS},'shown'",
            "jiangmen_message_state",
        ),
        sa.CheckConstraint(
            "state IN ('waiting','rejected') OR sequence IS NOT NULL",
            name="jiangmen_message_published",
        ),
    )
    op.create_index("jiangmen_message_follow", "jiangmen_message", ["follow"])
    op.create_index("jiangmen_message_digest", "jiangmen_message", ["digest"])
    op.create_index("jiangmen_message_state", "jiangmen_message", ["state", "id"])
    op.create_index(
        "jiangmen_message_packages",
        "jiangmen_message",
        ["packages"],
        postgresql_using="gin",
    )
    op.create_table(
        "jiangmen_message_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column(
            "message_id",
            sa.BigInteger,
            sa.ForeignKey("jiangmen_message.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("step", sa.Integer),
        _text("state", filled=True),
        *(_text(name) for name in ("text", "ground", "department")),
        _moment("at"),
        sa.UniqueConstraint("message_id", "step", name="jiangmen_message_event_step"),
    )
    op.create_table(
        "jiangmen_refusal_count",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def _readers() -> None:
    op.create_table(
        "jiangmen_rating",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("browser", sa.Text, primary_key=True),
        sa.Column("stars", sa.Integer, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="jiangmen_rating_stars"),
    )
    op.create_table(
        "jiangmen_subscription",
        sa.Column("id", sa.Text, primary_key=True),
        _text("scope", filled=True),
        _text("target"),
        _text("pace", filled=True),
        _text("state", filled=True),
        _text("mail", filled=True),
        _text("mail_key", filled=True),
        _moment("created"),
        _moment("told"),
        sa.UniqueConstraint(
            "mail_key", "scope", "target", name="jiangmen_subscription_once"
        ),
        _one_of("scope", "'entry','theme','all'", "jiangmen_subscription_scope"),
        _one_of("pace", "'daily','immediate'", "jiangmen_subscription_pace"),
        _one_of("state", "'waiting','confirmed'", "jiangmen_subscription_state"),
    )
    op.create_table(
        "jiangmen_mail",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        _text("kind", filled=True),
        _text("mail_key", filled=True),
        _text("letter"),
        _text("state", filled=True),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        _moment("created"),
        _moment("due"),
        _moment("sent", nullable=True),
        _one_of("state", "'waiting','sent','failed'", "jiangmen_mail_state"),
    )
    op.create_index("jiangmen_mail_due", "jiangmen_mail", ["state", "due"])
    op.create_index("jiangmen_mail_key", "jiangmen_mail", ["mail_key", "created"])


def _inquiries() -> None:
    op.create_table(
        "jiangmen_inquiry",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False, unique=True),
        *(_text(name, filled=True) for name in ("kind", "state", "stage")),
        *(_text(name, filled=True) for name in ("title", "text")),
        _text("package_id"),
        _text("organization"),
        _moment("published"),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("proposal", JSONB),
        _text("author"),
        _text("comment"),
        _moment("answered", nullable=True),
        _one_of("kind", KINDS, "jiangmen_inquiry_kind"),
        _one_of("state", f"{ANSWERS},'taken_back'", "jiangmen_inquiry_state"),
        _one_of(
            "stage",
            "'assign','answer','review','done','taken_back'",
            "jiangmen_inquiry_stage",
        ),
    )
    op.create_table(
        "jiangmen_inquiry_step",
        sa.Column(
            "number",
            sa.Text,
            sa.ForeignKey("jiangmen_inquiry.number"),
            primary_key=True,
        ),
        sa.Column("step", sa.Integer, primary_key=True),
        _text("state", filled=True),
        *(_text(name) for name in ("text", "ground", "department", "actor")),
        _moment("at"),
        _one_of("state", ANSWERS, "jiangmen_inquiry_step_state"),
    )


def downgrade() -> None:
    """Take the tables away."""
    for name in TABLES:
        op.drop_table(name)
