"""The worker of the open site: tells subscribers and sends letters until stopped."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.portal.dialogue import mails, subscriptions

log = logging.getLogger(__name__)

PAUSE_S = 10.0
DAILY_HOUR = 8


class Day:
    """Remembers the day whose daily letters are queued; doing it twice is harmless."""

    def __init__(self) -> None:
        self._told = ""

    def run_if_due(self) -> None:
        """Queue the letters of the day once, from eight in the morning."""
        now = clock.local(clock.now())
        today = now.date().isoformat()
        if now.hour >= DAILY_HOUR and today != self._told:
            subscriptions.tell("daily")
            self._told = today


def run_once() -> int:
    """Tell who wants to hear at once and send what is due; return letters sent."""
    subscriptions.tell("immediate")
    return mails.send_due()


def work(stop: threading.Event) -> None:
    """Go on until `stop` is set; a failure waits for the next turn."""
    day = Day()
    while not stop.is_set():
        try:
            day.run_if_due()
            run_once()
        except SQLAlchemyError as err:
            log.warning("dialogue: %s", type(err).__name__)
        finally:
            model.Session.remove()
        stop.wait(PAUSE_S)
