"""Pulling messages from the open site: the share site connects, the open site answers.

Page by page, each in one transaction with its duties; a killed puller goes on behind
the last page, a page pulled twice changes nothing.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.publication.dialogue import inbox
from ckanext.jiangmen.publication.errors import OpenSiteFailed
from ckanext.jiangmen.publication.sender import OpenSite

log = logging.getLogger(__name__)

PAGE = 100
LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('jiangmen_inquiry'))")


def pull(site: OpenSite | None = None, *, after: int | None = None) -> int:
    """Write what is new on the open site into the book; return how many messages.

    With `after` from an earlier number on: what is known stays as it is. Raise
    `OpenSiteFailed` if the open site is not reached or refuses.
    """
    site, pulled = site or OpenSite(), 0
    while True:
        start = inbox.last_sequence() if after is None else after
        model.Session.rollback()  # Nothing is held open while the other site works.
        answer = site.dialogue(start, PAGE)
        model.Session.execute(LOCK)
        messages = answer.get("messages") or []
        for said in messages:
            inbox.take(said)
        model.Session.commit()
        pulled += len(messages)
        if not (answer.get("more") and messages):
            return pulled
        if after is not None:
            after = messages[-1]["sequence"]


class Postman:
    """Pulls once a minute; failures wait for the next."""

    def __init__(self) -> None:
        self._asked = ""

    def run_if_due(self, minute: str) -> int:
        """Pull unless that was tried in the same `minute`."""
        if minute == self._asked:
            return 0
        self._asked = minute
        try:
            return pull()
        except OpenSiteFailed as err:
            model.Session.rollback()
            log.warning("publication: messages: %s", err)
            return 0
