"""Work of once a day, done on both sites by the process that seals the trail.

It is done again whenever that process starts: what is registered here may be repeated.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from ckan import model

from ckanext.jiangmen import clock

log = logging.getLogger(__name__)

RETRY = dt.timedelta(minutes=10)

_work: list[Callable[[], object]] = []


def every_day(work: Callable[[], object]) -> None:
    """Have `work()` done once a day; it commits by itself."""
    if work not in _work:
        _work.append(work)


class Day:
    """Remembers which day's work is done; one failing is tried again later."""

    def __init__(self) -> None:
        self._done: dt.date | None = None
        self._not_before = clock.now()

    def run_if_due(self) -> bool:
        """Do the day's work if it is still to be done; return whether it was."""
        today = clock.today()
        if today == self._done or clock.now() < self._not_before:
            return False
        try:
            for work in _work:
                work()
        except SQLAlchemyError as err:
            log.warning("the day's work failed: %s", type(err).__name__)
            self._not_before = clock.now() + RETRY
            return False
        finally:
            model.Session.remove()
        self._done = today
        return True
