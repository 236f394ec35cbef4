"""Rows of the valve.

On the share site the outbox, reviewed exceptions and receipts; on the open site what
was received, and what is gone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk

PUBLISH, WITHDRAW = "publish", "withdraw"
WAITING, SENDING, BLOCKED = "waiting", "sending", "blocked"
DONE, SUPERSEDED = "done", "superseded"
PUBLISHED, WITHDRAWING, WITHDRAWN = "published", "withdrawing", "withdrawn"


def _moment(*, default: bool = True) -> Any:
    return mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now() if default else None
    )


class Publication(tk.BaseModel):
    """One crossing to be made: an entry's version goes out, or the entry comes back.

    `entry` is the entry as approved, internal fields and all: it never leaves as it
    is. The id grows with time and orders the crossings of one entry.
    """

    __tablename__ = "jiangmen_publication"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    package_id: Mapped[str]
    owner_org: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    verb: Mapped[str]
    version: Mapped[int]
    repair: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    entry: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str] = mapped_column(default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    hash: Mapped[str] = mapped_column(default="")
    bytes_sent: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    bytes_total: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created: Mapped[dt.datetime] = _moment()
    due: Mapped[dt.datetime] = _moment()
    finished: Mapped[dt.datetime | None] = _moment(default=False)


class ReviewedException(tk.BaseModel):
    """A place where a reviewer lets a kind of find pass, with the reason."""

    __tablename__ = "jiangmen_publication_exception"

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    kind: Mapped[str]
    place_key: Mapped[str]
    reason: Mapped[str]
    reviewer: Mapped[str]
    created: Mapped[dt.datetime] = _moment()


class Receipt(tk.BaseModel):
    """One crossing that happened; the same row stands on both sides."""

    __tablename__ = "jiangmen_receipt"

    crossing: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    verb: Mapped[str]
    version: Mapped[int]
    hash: Mapped[str]
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[dt.datetime] = _moment()


class PublicEntry(tk.BaseModel):
    """What the open site holds of an entry, or held; the title goes with the entry.

    `resources` is a list of {id, sha256, size, table, rows}: what is there now, or
    what a withdrawal has still to remove. `gone_resources` holds the ids of files
    whose addresses answer 410.
    """

    __tablename__ = "jiangmen_public_entry"

    package_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    sequence: Mapped[int] = mapped_column(sa.BigInteger)
    hash: Mapped[str]
    resources: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    gone_resources: Mapped[list[str]] = mapped_column(JSONB, default=list)
    indexed: Mapped[bool] = mapped_column(default=False)
    changed: Mapped[dt.datetime] = _moment()


class Document(tk.BaseModel):
    """A document of the platform itself: sent by the share site, kept by the open."""

    __tablename__ = "jiangmen_document"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[str]
    at: Mapped[dt.datetime] = _moment()
