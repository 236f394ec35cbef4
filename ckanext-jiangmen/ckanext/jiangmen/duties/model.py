"""Rows of duties."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk


class Duty(tk.BaseModel):
    """What somebody owes by a working day.

    Owed by the holders of `role` (of `organization`, or city-wide where that is ""),
    or by one `account`. `subject` is the id of what it is about; `outcome` is "" while
    it is open, then `done` or `cancelled`. `reminded` is the last day of a reminder.
    """

    __tablename__ = "jiangmen_duty"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    kind: Mapped[str]
    role: Mapped[str] = mapped_column(default="")
    organization: Mapped[str] = mapped_column(default="")
    account: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    package_id: Mapped[str]
    title: Mapped[str]
    since: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    due: Mapped[dt.date]
    closed: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    outcome: Mapped[str] = mapped_column(default="")
    reminded: Mapped[dt.date | None]
    reminders: Mapped[int] = mapped_column(default=0)
