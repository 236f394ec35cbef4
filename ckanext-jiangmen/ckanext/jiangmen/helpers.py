"""Template helpers of the whole product; they read, and never query per row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts, clock, config

# Not by strftime: the server's locale need not be English.
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August",
          "September", "October", "November", "December")  # fmt: skip


def jiangmen_site() -> str:
    """Return which site this is: share or open."""
    return config.site()


def jiangmen_caller() -> accounts.Caller:
    """Return the signed-in account with its roles."""
    return accounts.caller_of({"user": tk.current_user.name})


def jiangmen_has_role(role: str, organization_id: str | None = None) -> bool:
    """Return whether the signed-in account holds `role`."""
    return jiangmen_caller().has(accounts.Role(role), organization_id)


def jiangmen_date(value: Any) -> str:
    """Return a moment (ISO text or datetime, UTC) as 2026年11月22日 in Shanghai."""
    moment = _moment(value)
    if moment is None:
        return ""
    if tk.h.lang() == "en":
        return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{moment.year}年{moment.month}月{moment.day}日"


def jiangmen_time(value: Any) -> str:
    """Return a moment (ISO text or datetime, UTC) as 2026年11月22日 09:30."""
    moment = _moment(value)
    return f"{jiangmen_date(value)} {moment:%H:%M}" if moment else ""


def _moment(value: Any) -> dt.datetime | None:
    if not value:
        return None
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day, tzinfo=clock.SHANGHAI)
    return clock.local(value)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        "jiangmen_site": jiangmen_site,
        "jiangmen_caller": jiangmen_caller,
        "jiangmen_has_role": jiangmen_has_role,
        "jiangmen_date": jiangmen_date,
        "jiangmen_time": jiangmen_time,
    }
