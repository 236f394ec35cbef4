"""The platform's clock: UTC in storage, Asia/Shanghai for people."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """Return the present moment, in UTC and aware of it."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return today's date as Jiangmen's calendar shows it."""
    return now().astimezone(SHANGHAI).date()


def local(moment: dt.datetime) -> dt.datetime:
    """Return `moment` in Asia/Shanghai; a naive one is taken for UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(SHANGHAI)
