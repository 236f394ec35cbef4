"""What keeps machines out of the public forms; it follows nobody and keeps no address.

A form carries the moment when it was given out, signed, and a field that people do not
see. Deeds are counted per address in Redis for an hour. Whatever is refused is counted
by its reason.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock, rate_limit
from ckanext.jiangmen.portal.dialogue import config, sealing
from ckanext.jiangmen.portal.dialogue.model import Message, RefusalCount

HONEYPOT = "homepage"
MARK = "mark"
FORM_HOURS = 8
DOUBLE_DAYS = 7
HOUR_S = 3600


class Refusal(Exception):
    """A form is refused: `reason` is counted, the sentence is told."""

    def __init__(self, reason: str, sentence: str, field: str = "text") -> None:
        super().__init__(sentence)
        self.reason, self.sentence, self.field = reason, sentence, field

    @property
    def errors(self) -> dict[str, Any]:
        """The sentence as a ValidationError's dict."""
        return {self.field: [self.sentence]}


def check_form(form: Any, files: Any) -> None:
    """Refuse what no person sends by this form. Raise `Refusal`."""
    if any(file.filename for file in files.values()):
        raise Refusal("file", tk._("Files are not accepted here; please describe it."))
    if form.get(HONEYPOT):
        raise Refusal("honeypot", tk._("Please leave the field for machines empty."))
    age_s = sealing.form_age_s(form.get(MARK) or "")
    if age_s is None or age_s > FORM_HOURS * HOUR_S:
        raise Refusal("expired", tk._("The form has expired; please send it again."))
    if age_s < config.least_seconds():
        raise Refusal(
            "too_fast", tk._("That was too fast; please wait a moment and send again.")
        )


def check_pace(purpose: str, per_hour: int) -> None:
    """Count one deed of the caller's address. Raise `Refusal` beyond the limit."""
    if not rate_limit.passes(purpose, per_hour, HOUR_S):
        raise Refusal(
            "throttled",
            tk._("Too much was sent from this address; please try again in an hour."),
        )


def digest_of(kind: str, title: str, text: str) -> str:
    """Return the sum of a message as it is compared with others."""
    folded = unicodedata.normalize("NFKC", f"{kind} {title} {text}").casefold()
    kept = "".join(mark for mark in folded if mark.isalnum())
    return hashlib.sha256(kept.encode()).hexdigest()


def check_double(digest: str) -> None:
    """Refuse a message that was sent before. Raise `Refusal`."""
    since = clock.now() - dt.timedelta(days=DOUBLE_DAYS)
    known = sa.select(Message.id).where(
        Message.digest == digest, Message.created > since
    )
    if model.Session.scalar(known.limit(1)) is not None:
        raise Refusal(
            "double", tk._("The same message was received already; thank you.")
        )


def count(reason: str) -> None:
    """Count a refused form by its reason. Commits."""
    row = {"day": clock.today(), "reason": reason, "count": 1}
    model.Session.rollback()
    model.Session.execute(
        insert(RefusalCount)
        .values(row)
        .on_conflict_do_update(
            index_elements=["day", "reason"], set_={"count": RefusalCount.count + 1}
        )
    )
    model.Session.commit()


def counted(days: int = 30) -> dict[str, int]:
    """Return how many forms were refused in the last days, by reason."""
    since = clock.today() - dt.timedelta(days=days)
    rows = model.Session.execute(
        sa.select(RefusalCount.reason, sa.func.sum(RefusalCount.count))
        .where(RefusalCount.day > since)
        .group_by(RefusalCount.reason)
        .order_by(RefusalCount.reason)
    )
    return {reason: int(number) for reason, number in rows}
