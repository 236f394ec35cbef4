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
    grows with every save, `editor` made the last one ("": a merge). `base` is the state
    that an edit put aside was written against.
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
    # Whether the save of this session was merged with another's; not stored.
    merged = False
    note: Mapped[str] = mapped_column(server_default="", default="")
    import_id: Mapped[str | None]
    lock_version: Mapped[int] = mapped_column(default=1)
    editor: Mapped[str] = mapped_column(server_default="", default="")
    base: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created: Mapped[dt.datetime] = _moment()
    modified: Mapped[dt.datetime] = _moment()
    submitted: Mapped[dt.datetime | None] = _moment(default=False)
    waiting_since: Mapped[dt.datetime | None] = _moment(default=False)


class RevisionSave(tk.BaseModel):
    """What one save replaced: fields of `data` as they were `before`; by a trigger.

    `lock_version` is the one that the save left behind.
    """

    __tablename__ = "jiangmen_revision_save"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    revision_id: Mapped[str] = mapped_column(sa.ForeignKey("jiangmen_revision.id"))
    lock_version: Mapped[int]
    editor: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[dt.datetime] = _moment()


class RevisionComment(tk.BaseModel):
    """What a reviewer says about one field, or one item of the entry ("": none)."""

    __tablename__ = "jiangmen_revision_comment"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    revision_id: Mapped[str] = mapped_column(sa.ForeignKey("jiangmen_revision.id"))
    field: Mapped[str]
    item: Mapped[str] = mapped_column(default="")
    comment: Mapped[str]
    step: Mapped[str]
    author: Mapped[str]
    at: Mapped[dt.datetime] = _moment()
    resolved_by: Mapped[str] = mapped_column(default="")
    resolved_at: Mapped[dt.datetime | None] = _moment(default=False)


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

    `before` is the revision as it was (None: the import created it), `after` the entry
    that the import wrote, `lock_version` the one that it left behind.
    """

    __tablename__ = "jiangmen_import_change"

    import_id: Mapped[str] = mapped_column(
        sa.ForeignKey("jiangmen_import.id"), primary_key=True
    )
    revision_id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    change: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
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


class LegalBasis(tk.BaseModel):
    """A ground for 不予共享, as its department registered it.

    `number` (YJ000001) is what entries name. `door` is a, b or c; `indexed` is whether
    the search index was last brought to a state in which the ground withholds.
    """

    __tablename__ = "jiangmen_legal_basis"

    id: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity())
    number: Mapped[str] = mapped_column(
        sa.Text, sa.Computed("'YJ' || lpad(serial::text, 6, '0')", persisted=True)
    )
    owner_org: Mapped[str]
    door: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    document_number: Mapped[str] = mapped_column(default="")
    article: Mapped[str] = mapped_column(default="")
    authority: Mapped[str] = mapped_column(default="")
    issued: Mapped[dt.date | None]
    reason: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")
    file_name: Mapped[str] = mapped_column(default="")
    mimetype: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    valid_until: Mapped[dt.date | None]
    next_check: Mapped[dt.date | None]
    last_check: Mapped[dt.date | None]
    state: Mapped[str]
    author: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None] = _moment(default=False)
    decision_number: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    indexed: Mapped[bool] = mapped_column(default=False)
    lock_version: Mapped[int] = mapped_column(default=1)
    created: Mapped[dt.datetime] = _moment()
    modified: Mapped[dt.datetime] = _moment()


class LegalBasisEvent(tk.BaseModel):
    """What happened to a ground: who did what, when, with which comment."""

    __tablename__ = "jiangmen_legal_basis_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    basis_id: Mapped[str] = mapped_column(sa.ForeignKey("jiangmen_legal_basis.id"))
    event: Mapped[str]
    actor: Mapped[str]
    comment: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    at: Mapped[dt.datetime] = _moment()


class LegalBasisUse(tk.BaseModel):
    """An entry in force that leans on a ground; `basis_id` "" where none is known.

    `items` is how many items lean on it, `whole` whether the entry declares nothing
    but 不予共享.
    """

    __tablename__ = "jiangmen_legal_basis_use"

    package_id: Mapped[str] = mapped_column(primary_key=True)
    basis_id: Mapped[str] = mapped_column(primary_key=True)
    items: Mapped[int]
    whole: Mapped[bool]
