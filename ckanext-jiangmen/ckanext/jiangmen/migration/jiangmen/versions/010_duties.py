"""Duties, comments at fields, former states of drafts, the leader's step, retiring."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "010"
down_revision = "009"
branch_labels = None
depends_on = None

# What each save changed, so that an edit written against an older state can be merged.
# By trigger: imports write in bulk, past the mapped classes.
KEEP_FORMER = """
CREATE FUNCTION jiangmen_keep_former() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jiangmen_revision_save (revision_id, lock_version, editor, before)
    SELECT NEW.id, NEW.lock_version, NEW.editor,
        coalesce(jsonb_object_agg(k, OLD.data -> k), '{}')
    FROM jsonb_object_keys(OLD.data || NEW.data) AS k
    WHERE (OLD.data -> k) IS DISTINCT FROM (NEW.data -> k);
    DELETE FROM jiangmen_revision_save
    WHERE revision_id = NEW.id AND lock_version < NEW.lock_version - 200;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER jiangmen_keep_former AFTER UPDATE ON jiangmen_revision
FOR EACH ROW WHEN (OLD.data IS DISTINCT FROM NEW.data)
EXECUTE FUNCTION jiangmen_keep_former()
"""
# What waits already gets a week, counted in days.
WAITING = """
INSERT INTO jiangmen_duty
    (kind, role, organization, subject, package_id, title, since, due)
SELECT 'revision_' || step,
    CASE step WHEN 'secrecy' THEN 'secrecy_reviewer' ELSE step END,
    CASE step WHEN 'reviewer' THEN owner_org ELSE '' END,
    id, package_id, title, coalesce(waiting_since, now()),
    (coalesce(waiting_since, now()) AT TIME ZONE 'Asia/Shanghai')::date + 7
FROM jiangmen_revision WHERE state = 'submitted'
"""
STEPS = "step IN ('reviewer','leader','secrecy','coordinator')"
KINDS = "kind IN ('approval','data','withdrawal','retirement','direct')"


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _moment(name: str, *, given: bool) -> sa.Column[Any]:
    default = None if given else sa.func.now()
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=given, server_default=default
    )


def upgrade() -> None:
    _duties()
    _comments()
    _former_states()
    _check("jiangmen_revision", "jiangmen_revision_step", STEPS)
    _check("jiangmen_version", "jiangmen_version_kind", KINDS)
    op.execute(WAITING)


def _check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, condition)


def _duties() -> None:
    op.create_table(
        "jiangmen_duty",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        *(_text(name) for name in ("role", "organization", "account")),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        _moment("since", given=False),
        sa.Column("due", sa.Date, nullable=False),
        _moment("closed", given=True),
        _text("outcome"),
        sa.Column("reminded", sa.Date),
        sa.Column("reminders", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint(
            "(role = '') <> (account = '')", name="jiangmen_duty_who_owes"
        ),
        sa.CheckConstraint(
            "outcome IN ('','done','cancelled')", name="jiangmen_duty_outcome"
        ),
        sa.CheckConstraint(
            "(outcome = '') = (closed IS NULL)", name="jiangmen_duty_closed"
        ),
    )
    op.create_index(
        "jiangmen_duty_open",
        "jiangmen_duty",
        ["subject", "kind"],
        unique=True,
        postgresql_where=sa.text("outcome = ''"),
    )
    op.create_index(
        "jiangmen_duty_due",
        "jiangmen_duty",
        ["due"],
        postgresql_where=sa.text("outcome = ''"),
    )
    op.create_index("jiangmen_duty_entry", "jiangmen_duty", ["package_id"])


def _comments() -> None:
    op.create_table(
        "jiangmen_revision_comment",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column(
            "revision_id",
            sa.Text,
            sa.ForeignKey("jiangmen_revision.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("field", sa.Text, nullable=False),
        _text("item"),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        _moment("at", given=False),
        _text("resolved_by"),
        _moment("resolved_at", given=True),
    )
    op.create_index(
        "jiangmen_revision_comment_of", "jiangmen_revision_comment", ["revision_id"]
    )


def _former_states() -> None:
    op.add_column("jiangmen_revision", _text("editor"))
    op.add_column("jiangmen_revision", sa.Column("base", JSONB))
    op.create_table(
        "jiangmen_revision_save",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column(
            "revision_id",
            sa.Text,
            sa.ForeignKey("jiangmen_revision.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("lock_version", sa.Integer, nullable=False),
        _text("editor"),
        sa.Column("before", JSONB, nullable=False),
        _moment("at", given=False),
    )
    op.create_index(
        "jiangmen_revision_save_of",
        "jiangmen_revision_save",
        ["revision_id", "lock_version"],
    )
    op.execute(KEEP_FORMER)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER jiangmen_keep_former ON jiangmen_revision")
    op.execute("DROP FUNCTION jiangmen_keep_former")
    op.drop_table("jiangmen_revision_save")
    op.drop_column("jiangmen_revision", "base")
    op.drop_column("jiangmen_revision", "editor")
    op.drop_table("jiangmen_revision_comment")
    op.drop_table("jiangmen_duty")
    table = "jiangmen_revision"
    op.execute(f"UPDATE {table} SET step = 'reviewer' WHERE step = 'leader'")
    _check(
        "jiangmen_revision", "jiangmen_revision_step", STEPS.replace("'leader',", "")
    )
    op.execute(
        "UPDATE jiangmen_version SET kind = 'withdrawal' WHERE kind = 'retirement'"
    )
    _check(
        "jiangmen_version", "jiangmen_version_kind", KINDS.replace("'retirement',", "")
    )
