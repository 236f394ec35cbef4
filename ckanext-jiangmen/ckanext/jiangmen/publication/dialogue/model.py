"""Rows of the dialogue on the share site: what was pulled, and what was answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk


class Inquiry(tk.BaseModel):
    """A moderated message of the open site; `organization` "" is the city's office.

    `stage` is what is to be done: assign, answer, review, then done; taken_back where
    the moderator took the message back. `proposal` is {state, text, ground} while it
    is written or reviewed. `sequence` orders what was pulled.
    """

    __tablename__ = "jiangmen_inquiry"

    number: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    stage: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    package_id: Mapped[str] = mapped_column(default="")
    organization: Mapped[str] = mapped_column(default="")
    published: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    due: Mapped[dt.date]
    proposal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    author: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    answered: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))


class InquiryStep(tk.BaseModel):
    """What became of a message, as the public is told; it crosses as a document."""

    __tablename__ = "jiangmen_inquiry_step"

    number: Mapped[str] = mapped_column(
        sa.ForeignKey("jiangmen_inquiry.number"), primary_key=True
    )
    step: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    ground: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    actor: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
