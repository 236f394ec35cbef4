"""Working days with 调休: 2026 as announced, later years by law."""

import datetime as dt

import pytest

from ckanext.jiangmen.duties import clocks, working_days


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-23", True),  # Monday
        ("2026-11-22", False),  # Sunday
        ("2026-10-01", False),  # 国庆节
        ("2026-10-07", False),
        ("2026-10-10", True),  # Saturday, 调休
        ("2026-02-17", False),  # 春节
        ("2031-10-01", False),  # not announced: fixed by law
        ("2031-10-06", True),
        ("2031-10-05", False),
        ("2027-02-05", False),  # 除夕, a Friday; not announced: fixed by law
        ("2027-02-08", False),  # 正月初三, a Monday
        ("2027-02-09", True),
    ],
)
def test_holidays_and_exchanged_days(day, worked):
    assert working_days.is_working(dt.date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-11-23", 3, "2026-11-26"),
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-10-03", 1, "2026-10-08"),
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-11-23", 45, "2027-01-26"),  # past the end of the years announced
        ("2027-02-04", 1, "2027-02-09"),
    ],
)
def test_a_term_ends_on_its_last_working_day(start, count, due):
    first, last = map(dt.date.fromisoformat, (start, due))
    assert working_days.after(first, count) == last


@pytest.mark.parametrize(
    ("today", "due", "left"),
    [
        ("2026-11-23", "2026-11-26", 3),
        ("2026-11-26", "2026-11-26", 0),
        ("2026-11-28", "2026-11-27", 0),  # Saturday: not a working day late yet
        ("2026-11-30", "2026-11-27", -1),
        ("2026-10-09", "2026-09-30", -2),
    ],
)
def test_days_left_are_working_days(today, due, left):
    day, last = map(dt.date.fromisoformat, (today, due))
    assert working_days.left(day, last) == left
    assert (last < working_days.latest(day)) is (left < 0)


def test_a_year_that_is_not_announced_is_told(monkeypatch):
    monkeypatch.setattr(working_days, "known_years", lambda: frozenset({2026}))
    assert working_days.warning(dt.date(2026, 10, 1)) == ""
    assert working_days.warning(dt.date(2026, 11, 1)).startswith("2027年的放假")
    assert working_days.warning(dt.date(2026, 12, 1)).startswith("2027年的放假")
    assert not working_days.is_certain(dt.date(2027, 1, 4))


def test_what_is_announced_later_counts_instead_of_the_law(monkeypatch):
    day = dt.date(2027, 2, 6)
    monkeypatch.setattr(clocks, "announced_years", lambda: frozenset({2027}))
    monkeypatch.setattr(clocks, "announced", lambda: {day: True})
    monkeypatch.setattr(working_days, "known_years", lambda: frozenset({2026, 2027}))
    assert working_days.is_working(day)
    assert working_days.warning(dt.date(2026, 12, 1)) == ""


def test_no_term_is_longer_than_the_horizon():
    longest = max(each.working_days for each in clocks.clocks().values())
    assert longest <= working_days.HORIZON_WORKING_DAYS


def test_every_clock_names_its_source():
    assert all(
        clock.working_days > 0 and clock.source and clock.title
        for clock in clocks.clocks().values()
    )
