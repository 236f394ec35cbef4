"""The 405-point score of published entries, one by one and by department."""

from __future__ import annotations

import json
import logging
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import redis
from flask import has_app_context

import ckan.plugins.toolkit as tk
from ckan.config import middleware
from ckan.lib.redis import connect_to_redis
from ckan.lib.search import SearchError

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog.quality import mqa, reach
from ckanext.jiangmen.portal.machines import periods, published

log = logging.getLogger(__name__)

Row = dict[str, Any]

KEY = "jiangmen:portal:mqa"
# So many entries are scored while somebody waits; more are counted once a day.
AT_ONCE = 500


def of_entry(entry: Row) -> Row:
    """Return the report on one entry, as `package_show` answers it."""
    return mqa.report(
        mqa.Facts(
            entry,
            access=reach.access(entry),
            download=reach.download(entry),
            period=periods.text(periods.of_entry(entry)),
        )
    )


def statistics() -> Row:
    """Return the figures of all entries, as they were counted last.

    Counted now if they never were, or are of another day, and are not too many.
    """
    kept = _kept()
    today = str(clock.today())
    if kept and kept["as_of"][:10] == today and kept["newest"] == published.newest():
        return kept
    if published.count() <= AT_ONCE:
        return refresh()
    return kept or {"as_of": None, **_figures([])}


def count_daily() -> None:
    """Count the figures anew, where the index answers."""
    try:
        refresh()
    except SearchError as err:
        log.warning("quality was not counted: %s", type(err).__name__)


def refresh() -> Row:
    """Count the figures and keep them."""
    with _site():
        counted = {
            "as_of": clock.local(clock.now()).isoformat(),
            "newest": published.newest(),
            **_figures(list(_scored())),
        }
    try:
        connect_to_redis().set(KEY, json.dumps(counted))
    except redis.RedisError:
        log.warning("the figures of quality could not be kept")
    return counted


def _site() -> AbstractContextManager[Any]:
    """Return the context of a request of this site; the daily process has none."""
    if has_app_context():
        return nullcontext()
    return middleware._internal_test_request_context or nullcontext()


def _kept() -> Row | None:
    try:
        said: Any = connect_to_redis().get(KEY)
    except redis.RedisError:
        return None
    return json.loads(said) if said else None


def _scored() -> Any:
    for outline in published.every():
        try:
            entry = published.entry(outline["id"])
        except tk.ObjectNotFound:
            continue
        yield entry.get("organization") or {}, of_entry(entry)


def _figures(scored: list[tuple[Row, Row]]) -> Row:
    by_body: dict[str, list[Row]] = {}
    titles = {}
    for body, report in scored:
        name = body.get("name", "")
        titles[name] = body.get("title", "")
        by_body.setdefault(name, []).append(report)
    departments = [
        {"name": name, "title": titles[name], **_summary(reports)}
        for name, reports in by_body.items()
    ]
    departments.sort(key=lambda row: (-row["average"], row["title"]))
    reports = [report for _body, report in scored]
    return {**_summary(reports), "departments": departments, "weakest": _weak(reports)}


def _summary(reports: list[Row]) -> Row:
    bands = Counter(report["band"] for report in reports)
    total = sum(report["score"] for report in reports)
    return {
        "entries": len(reports),
        "average": round(total / len(reports)) if reports else 0,
        "bands": {row["name"]: bands[row["name"]] for row in mqa.settings()["bands"]},
    }


def _weak(reports: list[Row]) -> list[Row]:
    """Return the indicators that lack most over all entries, with the mean lack."""
    lacking: Counter[str] = Counter()
    titles = {}
    for report in reports:
        for dimension in report["dimensions"]:
            for each in dimension["indicators"]:
                lacking[each["name"]] += each["lacking"]
                titles[each["name"]] = each["title"]
    return [
        {"name": name, "title": titles[name], "lacking": round(lack / len(reports), 1)}
        for name, lack in lacking.most_common(5)
        if lack
    ]
