"""Once a day the worker compares both sites by itself and repairs what differs.

The first worker that comes takes the day by an advisory lock; what it found is kept
as one row (`system_info`) until the next day's, and goes into the log.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.publication import config, locks, reconcile
from ckanext.jiangmen.publication.reconcile import Report

log = logging.getLogger(__name__)

KEPT = "jiangmen.publication.reconciliation"
LISTED = 200
RETRY = dt.timedelta(minutes=10)

# More withdrawals than both are no drift but a share site in a wrong state, restored
# from an old copy for example: a person decides.
MOST_WITHDRAWN, MOST_WITHDRAWN_SHARE = 20, 0.2


def last() -> dict[str, Any]:
    """Return what the last comparison found, {} before the first.

    ``{"day", "at", "compared", "drifts": [{"kind", "package_id", "message"}],
    "drift_count", "strays", "pending", "blocked", "repaired", "error"}``
    """
    return json.loads(model.get_system_info(KEPT) or "{}")


class Nightly:
    """Asks at most once a minute whether the day's comparison is still to be made."""

    def __init__(self) -> None:
        self._asked: str = ""
        self._not_before = clock.now()

    def run_if_due(self) -> bool:
        """Compare and repair if it is time and nobody did; return whether it ran."""
        moment, hour = clock.now(), config.reconcile_hour()
        minute = f"{moment:%Y-%m-%d %H:%M}"
        if hour < 0 or minute == self._asked or moment < self._not_before:
            return False
        self._asked = minute
        if clock.local(moment).hour < hour or not _is_owed():
            return False
        with locks.taken("reconciliation") as ours:
            if not ours or not _is_owed():
                return False
            found = run()
        if found["error"]:
            self._not_before = moment + RETRY
        return True


def _is_owed() -> bool:
    """Return whether today's comparison is missing; the first day only begins."""
    known = last()
    if not known:
        _keep({"day": clock.today().isoformat()})
        return False
    return known["day"] < clock.today().isoformat()


def run() -> dict[str, Any]:
    """Compare, repair and keep what was found; a failure is kept and tried again."""
    yesterday = last().get("day", "")
    try:
        report = reconcile.compare()
        found = _described(report) | _repaired(report)
        found["day"] = clock.today().isoformat()
    except JiangmenError as err:
        model.Session.rollback()
        found = {"day": yesterday, "error": str(err)}
    found["at"] = clock.now().isoformat(timespec="seconds")
    _keep(found)
    _tell(found)
    return found


def _keep(found: dict[str, Any]) -> None:
    model.set_system_info(KEPT, json.dumps(found, ensure_ascii=False))


def _described(report: Report) -> dict[str, Any]:
    return {
        "compared": report.compared,
        "drift_count": len(report.drifts),
        "drifts": [
            {
                "kind": drift.kind,
                "package_id": drift.package_id,
                "message": drift.message,
            }
            for drift in report.drifts[:LISTED]
        ],
        "strays": {kind: len(names) for kind, names in report.strays.items()},
        "pending": len(report.pending),
        "blocked": len(report.blocked),
    }


def _repaired(report: Report) -> dict[str, Any]:
    """Repair what differs; too many withdrawals at once are left to a person."""
    if report.agrees:
        return {"repaired": 0, "error": "", "left": ""}
    extra = sum(drift.kind == "extra" for drift in report.drifts)
    extra += len(report.strays.get("packages") or [])
    if extra > MOST_WITHDRAWN and extra > MOST_WITHDRAWN_SHARE * report.compared:
        words = (
            f"开放门户有{extra}个条目在共享平台已不应公开，数量异常，夜间对账未作修复；"
            "请核对后执行 ckan jiangmen publication reconcile --repair。"
        )
        return {"repaired": 0, "error": "", "left": words}
    return {"repaired": reconcile.repair(report), "error": "", "left": ""}


def _tell(found: dict[str, Any]) -> None:
    if found["error"]:
        log.warning("reconciliation: %s", found["error"])
        return
    tell = log.error if found["left"] else log.info
    tell(
        "reconciliation: %d entries compared, %d differ, %d repaired%s",
        found["compared"],
        found["drift_count"],
        found["repaired"],
        f"; {found['left']}" if found["left"] else "",
    )
