"""Timeliness follows from the cycle and the last load."""

from __future__ import annotations

import datetime as dt

import pytest

from ckanext.jiangmen.catalog.search import timeliness

LOADED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("cycle", "days", "state"),
    [
        ("每日", 0.5, "按期更新"),
        ("每日", 1.05, "待更新"),
        ("每日", 1.5, "逾期"),
        ("每日", 3, "严重逾期"),
        ("每年", 360, "按期更新"),
        ("每年", 380, "待更新"),
        ("每年", 700, "逾期"),
        ("实时", 0.9, "按期更新"),
    ],
)
def test_an_entry_falls_behind_by_cycles(cycle, days, state):
    found = timeliness.state(cycle, LOADED, LOADED + dt.timedelta(days=days))
    assert found["timeliness"] == state
    assert ("timeliness_ends" in found) == (state != "严重逾期")


@pytest.mark.parametrize("cycle", ["不定期", "", "每世纪"])
def test_a_cycle_without_a_length_has_no_timeliness(cycle):
    assert timeliness.state(cycle, LOADED, LOADED) == {}


def test_the_last_file_counts_and_else_the_entry():
    entry = {"update_cycle": "每日", "metadata_modified": "2020-01-01T00:00:00"}
    assert timeliness.of_entry(entry)["timeliness"] == "严重逾期"
    assert timeliness.of_entry({"update_cycle": "每日"}) == {}
