"""The table `jiangmen_password`: what passwords were, and the one in force."""

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
