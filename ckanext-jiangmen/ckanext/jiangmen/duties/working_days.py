"""Chinese working days: weekends, holidays and 调休.

The package `chinesecalendar` knows the years that 国务院办公厅 has announced. A later
year is counted by the days fixed by law only (《全国年节及纪念日放假办法》), and what
is announced stands in ``schemas/clocks.yaml`` meanwhile; `is_certain` tells.
"""

from __future__ import annotations

import datetime as dt
import functools

import chinese_calendar
from chinese_calendar.constants import holidays

from ckanext.jiangmen.duties import clocks

# No term of the platform is longer; about two months.
HORIZON_WORKING_DAYS = 45
_DAY = dt.timedelta(days=1)
_SATURDAY = 5
# 《全国年节及纪念日放假办法》（2024年修订）第二条：日期按公历固定的。
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@functools.cache
def known_years() -> frozenset[int]:
    """Return the years whose holidays and 调休 are known."""
    return frozenset(day.year for day in holidays) | clocks.announced_years()


def is_certain(day: dt.date) -> bool:
    """Return whether the year of `day` has been announced."""
    return day.year in known_years()


def is_working(day: dt.date) -> bool:
    """Return whether offices work on `day`.

    >>> is_working(dt.date(2026, 10, 10))  # Saturday, 调休
    True
    """
    told = clocks.announced().get(day)
    if told is not None:
        return told
    if is_certain(day) and day.year not in clocks.announced_years():
        return chinese_calendar.is_workday(day)
    off = (day.month, day.day) in _FIXED or day in clocks.festivals()
    return day.weekday() < _SATURDAY and not off


def after(day: dt.date, count: int) -> dt.date:
    """Return the `count`-th working day after `day`, which is not counted itself.

    >>> after(dt.date(2026, 9, 30), 1)
    datetime.date(2026, 10, 8)
    """
    while count > 0:
        day += _DAY
        count -= is_working(day)
    return day


def latest(day: dt.date) -> dt.date:
    """Return the last working day not after `day`: what is due before it is overdue."""
    while not is_working(day):
        day -= _DAY
    return day


def left(today: dt.date, due: dt.date) -> int:
    """Return the working days that remain until `due`; 0 on the last, negative later.

    >>> left(dt.date(2026, 9, 30), dt.date(2026, 10, 8))
    1
    """
    first, last = sorted((today, due))
    days = (first + _DAY * n for n in range(1, (last - first).days + 1))
    count = sum(is_working(day) for day in days)
    return count if due >= today else -count


def missing_years(today: dt.date) -> list[int]:
    """Return the years that deadlines fall into soon and that are not known."""
    wanted = {today.year, after(today, HORIZON_WORKING_DAYS).year}
    return sorted(wanted - known_years())


def warning(today: dt.date) -> str:
    """Return one sentence about years that are not known, "" if there is none."""
    missing = missing_years(today)
    if not missing:
        return ""
    years = "、".join(f"{year}年" for year in missing)
    return (
        f"{years}的放假调休安排尚未收录，时限暂按法定节假日推算；"
        "请升级 chinesecalendar，或在 schemas/clocks.yaml 的 announced 中补充。"
    )
