"""Rows of the reference list, and what people decided about its matches."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk

CONFIRMED, REJECTED = "confirmed", "rejected"


def _moment() -> Any:
    return mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())


class Reference(tk.BaseModel):
    """One entry that a department is expected to file.

    `title_key` is the title as names are compared; `clause` is where the expectation
    comes from; `aliases` are other names that an entry may have.
    """

    __tablename__ = "jiangmen_reference"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_org: Mapped[str]
    title: Mapped[str]
    title_key: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(JSONB, default=list)
    content_kind: Mapped[str] = mapped_column(default="")
    clause: Mapped[str] = mapped_column(default="")
    remarks: Mapped[str] = mapped_column(default="")
    author: Mapped[str]
    created: Mapped[dt.datetime] = _moment()
    modified: Mapped[dt.datetime] = _moment()


class ReferenceMatch(tk.BaseModel):
    """What somebody said of one reference and one entry: `confirmed` or `rejected`."""

    __tablename__ = "jiangmen_reference_match"

    reference_id: Mapped[str] = mapped_column(
        sa.ForeignKey("jiangmen_reference.id"), primary_key=True
    )
    package_id: Mapped[str] = mapped_column(primary_key=True)
    decision: Mapped[str]
    author: Mapped[str]
    at: Mapped[dt.datetime] = _moment()
