"""Rows of the catalogue: revisions, versions, codes, imports and jobs.

The package of CKAN is the approved version; everything else about an entry is here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk

OPEN_STATES = ("draft", "submitted", "returned")
EDITABLE_STATES = ("draft", "returned")


def _moment(*, default: bool = True) -> Any:
    return mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now() if default else None
    )


class Revision(tk.BaseModel):
    """A proposed state of one entry, on its way through the review.

    `data` is the whole entry as `package_show` would answer it; `base_version` is the
    approved version it was written against (0: there is none yet); `lock_version`
    grows with every save.
    """

    __tablename__ = "jiangmen_revision"

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    owner_org: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    step: Mapped[str | None]
    base_version: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    author: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="", default="")
    import_id: Mapped[str | None]
    lock_version: Mapped[int] = mapped_column(default=1)
    created: Mapped[dt.datetime] = _moment()
    modified: Mapped[dt.datetime] = _moment()
    submitted: Mapped[dt.datetime | None] = _moment(default=False)
    waiting_since: Mapped[dt.datetime | None] = _moment(default=False)


class RevisionEvent(tk.BaseModel):
    """What happened to a revision: who did what, when, with which comment."""

    __tablename__ = "jiangmen_revision_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    revision_id: Mapped[str] = mapped_column(sa.ForeignKey("jiangmen_revision.id"))
    package_id: Mapped[str]
    event: Mapped[str]
    step: Mapped[str | None]
    actor: Mapped[str]
    comment: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    at: Mapped[dt.datetime] = _moment()


class Version(tk.BaseModel):
    """One state of an entry that was in force; never changed, never deleted."""

    __tablename__ = "jiangmen_version"

    package_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision_id: Mapped[str | None]
    author: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[dt.datetime] = _moment()


class Code(tk.BaseModel):
    """A 信息资源代码 and the entry that it names for ever."""

    __tablename__ = "jiangmen_code"

    resource_code: Mapped[str] = mapped_column(primary_key=True)
    class_code: Mapped[str]
    serial: Mapped[str]
    package_id: Mapped[str]
    origin: Mapped[str]
    given_at: Mapped[dt.datetime] = _moment()


class Import(tk.BaseModel):
    """One import of a survey workbook."""

    __tablename__ = "jiangmen_import"

    id: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str]
    file_name: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str]
    state: Mapped[str]
    only_good_rows: Mapped[bool]
    progress: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created: Mapped[dt.datetime] = _moment()
    finished: Mapped[dt.datetime | None] = _moment(default=False)


class ImportChange(tk.BaseModel):
    """What an import did to one revision, enough to take it back.

    `before` is the revision as it was (None: the import created it), `lock_version`
    the one that the import left behind.
    """

    __tablename__ = "jiangmen_import_change"

    import_id: Mapped[str] = mapped_column(
        sa.ForeignKey("jiangmen_import.id"), primary_key=True
    )
    revision_id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    change: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    lock_version: Mapped[int]


class Job(tk.BaseModel):
    """Work that must follow a commit, written in the transaction that caused it."""

    __tablename__ = "jiangmen_catalog_job"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    kind: Mapped[str]
    package_id: Mapped[str]
    resource_id: Mapped[str | None]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    created: Mapped[dt.datetime] = _moment()
    due: Mapped[dt.datetime] = _moment()
