"""Tables of signing in: `jiangmen_password`, `jiangmen_attempt`."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk

Moment = sa.DateTime(timezone=True)


class PasswordRow(tk.BaseModel):
    """A password that an account has or had; the newest row is the one in force.

    `one_time` is true where somebody else chose it: the owner changes it at once.
    """

    __tablename__ = "jiangmen_password"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    user_id: Mapped[str]
    hash: Mapped[str]
    changed: Mapped[dt.datetime] = mapped_column(Moment)
    one_time: Mapped[bool]


class AttemptRow(tk.BaseModel):
    """Tries to sign in since `since`, counted before each is looked at.

    `key` is "account:" and an id (of names that nobody has, a sum), or "address:" and
    an address. `failures` counts refused tries of a locked key as well.
    """

    __tablename__ = "jiangmen_attempt"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since: Mapped[dt.datetime] = mapped_column(Moment)
    seen: Mapped[dt.datetime] = mapped_column(Moment)
    locked_until: Mapped[dt.datetime | None] = mapped_column(Moment)
