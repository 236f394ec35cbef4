"""Rows of sharing: grants to organizations, purposes that accounts declared."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk


class GrantRow(tk.BaseModel):
    """One grant on one entry to one organization; `revoked` ends it before its term.

    `items` and `channels` are lists of names, `rows` a row filter as
    `grants.check_rows` takes it.
    """

    __tablename__ = "jiangmen_grant"

    id: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[str]
    owner_org: Mapped[str]
    organization: Mapped[str]
    items: Mapped[list[str]] = mapped_column(JSONB)
    channels: Mapped[list[str]] = mapped_column(JSONB)
    rows: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    purpose: Mapped[str]
    valid_until: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    created: Mapped[dt.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )
    created_by: Mapped[str]
    revoked: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    revoked_by: Mapped[str | None]
    reason: Mapped[str | None]


class PurposeRow(tk.BaseModel):
    """What an account reads a base library for, on one day of Jiangmen's calendar."""

    __tablename__ = "jiangmen_purpose"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    user_id: Mapped[str]
    library: Mapped[str]
    day: Mapped[dt.date]
    purpose: Mapped[str]
    declared: Mapped[dt.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )
