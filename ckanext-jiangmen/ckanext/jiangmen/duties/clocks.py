"""The figures of ``schemas/clocks.yaml``: working days per kind of duty."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class Clock:
    """How many working days a kind of duty has, and where the figure comes from."""

    kind: str
    title: str
    working_days: int
    source: str


@functools.cache
def _settings() -> dict[str, Any]:
    source = importlib.resources.files("ckanext.jiangmen.schemas") / "clocks.yaml"
    return yaml.safe_load(source.read_text("utf-8"))


@functools.cache
def clocks() -> dict[str, Clock]:
    """Return all clocks by kind, in the order of the file."""
    return {kind: Clock(kind, **row) for kind, row in _settings()["clocks"].items()}


def soon_working_days() -> int:
    """Return how many working days before its end a duty counts as due soon."""
    return int(_settings()["soon_working_days"])


@functools.cache
def announced() -> dict[dt.date, bool]:
    """Return days of years that only this file knows: whether each is worked."""
    days: dict[dt.date, bool] = {}
    for year in (_settings()["announced"] or {}).values():
        days |= {_date(day): False for day in year.get("holidays", ())}
        days |= {_date(day): True for day in year.get("working_weekends", ())}
    return days


@functools.cache
def announced_years() -> frozenset[int]:
    """Return the years that this file adds to the calendar's package."""
    return frozenset(int(year) for year in _settings()["announced"] or {})


@functools.cache
def festivals() -> frozenset[dt.date]:
    """Return the days off that the law fixes by the lunar calendar."""
    years = (_settings()["festivals"] or {}).values()
    return frozenset(_date(day) for year in years for day in year)


def _date(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
