"""What an account has typed into the form of an entry and not saved yet.

Kept so that a lost connection costs nothing; seen by that account only, and not a
revision: nobody reviews it, and every keeping replaces the one before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import collection, entries, files, rules

KEPT = dt.timedelta(days=30)
MOST_PER_ACCOUNT = 50
# Beside the fields: which state of the entry is edited.
LOCK = "lock_version"
# Written by the platform alone: the stored file that the form was made from.
TABLE = "_table"


class Unsaved(tk.BaseModel):
    """A form as it stands.

    `form` is the entry's id, or one of the form's own for an entry that is new.
    """

    __tablename__ = "jiangmen_unsaved"

    author: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    is_new: Mapped[bool]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))


def keep(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    author: str,
    form: str,
    sent: Mapping[str, Any],
    *,
    is_new: bool,
    table: Mapping[str, Any] | None = None,
) -> dt.datetime | None:
    """Keep a form in the place of what was kept of it before; return when.

    None of a classified entry, of which what was kept before goes too. `table` is the
    stored file that it was made from; one named before stays. The commit is the
    caller's.
    """
    data = typed(sent) | ({TABLE: dict(table)} if table else {})
    if rules.is_classified(data):
        discard(session, author, form)
        return None
    moment = clock.now()
    row = {"author": author, "form": form, "is_new": is_new}
    before = sa.func.jsonb_build_object(TABLE, Unsaved.data[TABLE])
    new = insert(Unsaved).values(row | {"data": data, "kept": moment})
    session.execute(
        new.on_conflict_do_update(
            index_elements=["author", "form"],
            set_={
                "data": sa.func.jsonb_strip_nulls(before).op("||")(new.excluded.data),
                "kept": moment,
            },
        )
    )
    _forget(session, author)
    return moment


def typed(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an entry as sent, items parsed where they can be."""
    data = {
        key: value
        for key, value in sent.items()
        if key in (*entries.FIELDS, LOCK) and value not in (None, "", [])
    }
    try:
        items = entries.shape_items(data.get("information_items"))
    except ValueError:
        return data
    return data | {"information_items": items}


def of(session: AlchemySession, author: str, form: str | None = None) -> list[Unsaved]:
    """Return the account's kept forms, the newest first; only one form if named."""
    query = sa.select(Unsaved).where(
        Unsaved.author == author, Unsaved.kept > clock.now() - KEPT
    )
    if form is not None:
        query = query.where(Unsaved.form == form)
    query = query.order_by(Unsaved.kept.desc(), Unsaved.form)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def discard(session: AlchemySession, author: str, form: str) -> bool:
    """Throw a kept form away, its table too; return whether there was one."""
    gone = sa.delete(Unsaved).where(Unsaved.author == author, Unsaved.form == form)
    found = session.execute(gone.returning(Unsaved.data)).all()
    named = collection.named() if any(TABLE in row.data for row in found) else set()
    for row in found:
        sha256 = row.data.get(TABLE, {}).get("sha256", "")
        if sha256 and sha256 not in named:
            files.remove(sha256)
    return bool(found)


def _forget(session: AlchemySession, author: str) -> None:
    """Forget what is older than the term, and more than an account can want."""
    newest = (
        sa.select(Unsaved.form)
        .where(Unsaved.author == author)
        .order_by(Unsaved.kept.desc())
        .limit(MOST_PER_ACCOUNT)
    )
    too_many = sa.and_(Unsaved.author == author, Unsaved.form.not_in(newest))
    too_old = Unsaved.kept < clock.now() - KEPT
    session.execute(sa.delete(Unsaved).where(sa.or_(too_many, too_old)))


def shown(found: Unsaved, *, whole: bool = False) -> dict[str, Any]:
    """Return a kept form as actions answer it; `whole`: with what was typed."""
    answer = {
        "form": found.form,
        "is_new": found.is_new,
        "title": str(found.data.get("title") or ""),
        "kept": clock.local(found.kept).isoformat(timespec="seconds"),
        "table": found.data.get(TABLE, {}).get("file_name", ""),
    }
    if not whole:
        return answer
    typed_in = {key: value for key, value in found.data.items() if key != TABLE}
    return answer | {"entry": typed_in}
