"""Rows of editions: what was asked for, how far it is, what was issued."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk

WAITING, RUNNING = "waiting", "running"
ISSUED, UNCHANGED, FAILED = "issued", "unchanged", "failed"


class Edition(tk.BaseModel):
    """One edition, or one call for it; `organization_id` None stands for the city.

    `number` and `address` ("3", "minzhengju-3") are given when it is issued; from then
    on the database refuses to change it. `files` is {text: {format: {sha256, size}}},
    with what the edition says as formats "content" and "difference" of the platform's
    own. `previous_id` is the edition that it differs, or does not differ, from.
    """

    __tablename__ = "jiangmen_edition"

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=WAITING)
    number: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(unique=True)
    previous_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("jiangmen_edition.id")
    )
    day: Mapped[dt.date]
    author: Mapped[str]
    progress: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    files: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created: Mapped[dt.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
