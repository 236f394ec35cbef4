"""What time the data of an entry are of, as its tables' own dates say."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import redis

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

from ckanext.jiangmen.portal.machines import published

log = logging.getLogger(__name__)

Row = dict[str, Any]
Period = tuple[str, str]

DATES = frozenset({"日期型", "日期时间型"})
KEPT_S = 7 * 86_400


def of_entry(entry: Row) -> Period | None:
    """Return the first and last day that an entry's tables hold: ("2020-01-29", …).

    The dates are those of the item that is a key and a date, else of the first date.
    None without one. `entry` is as `package_show` answers.
    """
    column = _column(entry)
    tables = [r for r in entry.get("resources") or [] if r.get("datastore_active")]
    if not column or not tables:
        return None
    key = f"jiangmen:portal:period:{entry['id']}:{entry['metadata_modified']}"
    try:
        kept = connect_to_redis().get(key)
        if kept is not None:
            found = json.loads(kept)
        else:
            found = _asked(tables, column)
            connect_to_redis().set(key, json.dumps(found), ex=KEPT_S)
    except redis.RedisError:
        log.warning("the period of an entry is read without the memory of Redis")
        found = _asked(tables, column)
    return (found[0], found[1]) if found else None


def text(period: Period | None) -> str:
    """Return a period as people write it, "" of none."""
    return f"{period[0]} 至 {period[1]}" if period else ""


def _column(entry: Row) -> str:
    items = [
        item
        for item in entry.get("information_items") or []
        if item.get("data_type") in DATES
    ]
    items.sort(key=lambda item: item.get("is_key") != "是")
    return str(items[0].get("column") or items[0]["name"]) if items else ""


def _asked(tables: list[Row], column: str) -> list[str]:
    days = sorted(day for table in tables for day in _ends(table["id"], column))
    return [days[0], days[-1]] if days else []


def _ends(table: str, column: str) -> Iterator[str]:
    quoted = column.replace('"', '""')
    for order in ("asc", "desc"):
        sort = f'"{quoted}" {order} nulls last'
        try:
            found = published.call(
                "datastore_search",
                resource_id=table,
                fields=[column],
                sort=sort,
                limit=1,
                include_total=False,
            )
        except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
            return
        for row in found["records"]:
            if row.get(column):
                yield str(row[column])[:10]
