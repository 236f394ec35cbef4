"""Rows of the dialogue on the open site."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk

_MOMENT = sa.DateTime(timezone=True)


class Message(tk.BaseModel):
    """What somebody wrote; nothing of it is public before a moderator published it.

    `mail` is ciphertext and emptied 30 days after the end; `follow` the sum of the
    sender's secret link; `digest` the sum of the folded text, to find doubles.
    `sequence` grows with every change that the share site must know. `author` and
    `url` belong to a reuse. `packages` holds ids of entries.
    """

    __tablename__ = "jiangmen_message"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    number: Mapped[str | None] = mapped_column(unique=True)
    sequence: Mapped[int | None] = mapped_column(sa.BigInteger, unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    packages: Mapped[list[str]] = mapped_column(JSONB, default=list)
    url: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(default="")
    mail: Mapped[str] = mapped_column(default="")
    follow: Mapped[str]
    digest: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    redacted: Mapped[bool] = mapped_column(default=False)
    department: Mapped[str] = mapped_column(default="")
    created: Mapped[dt.datetime] = mapped_column(_MOMENT)
    published: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    due: Mapped[dt.date | None]
    answered: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    ended: Mapped[dt.datetime | None] = mapped_column(_MOMENT)


class MessageEvent(tk.BaseModel):
    """One line of a message's history; `step` numbers those of the share site."""

    __tablename__ = "jiangmen_message_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(
        sa.ForeignKey("jiangmen_message.id", ondelete="CASCADE")
    )
    step: Mapped[int | None]
    state: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    ground: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)


class RefusalCount(tk.BaseModel):
    """How many forms were refused on a day, by the reason."""

    __tablename__ = "jiangmen_refusal_count"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class Rating(tk.BaseModel):
    """Stars of an entry; `browser` is a sum that says nothing the day after."""

    __tablename__ = "jiangmen_rating"

    package_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    browser: Mapped[str] = mapped_column(primary_key=True)
    stars: Mapped[int]


class Subscription(tk.BaseModel):
    """Who wants to hear of changes: of an `entry`, a `theme` (group) or of `all`.

    `mail` is ciphertext, `mail_key` a keyed sum of it. `told` is the moment up to
    which changes were told.
    """

    __tablename__ = "jiangmen_subscription"

    id: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str]
    target: Mapped[str] = mapped_column(default="")
    pace: Mapped[str]
    state: Mapped[str]
    mail: Mapped[str]
    mail_key: Mapped[str]
    created: Mapped[dt.datetime] = mapped_column(_MOMENT)
    told: Mapped[dt.datetime] = mapped_column(_MOMENT)


class Mail(tk.BaseModel):
    """A letter that waits to be sent; `letter` is ciphertext, emptied when it is sent.

    `mail_key` is the addressee's keyed sum, by which letters a day are counted.
    """

    __tablename__ = "jiangmen_mail"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    kind: Mapped[str]
    mail_key: Mapped[str]
    letter: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[dt.datetime] = mapped_column(_MOMENT)
    due: Mapped[dt.datetime] = mapped_column(_MOMENT)
    sent: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
