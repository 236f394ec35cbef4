"""Whether an entry was renewed as its cycle says: by the last load, in calendar days.

The platform's own measure, for finding; duties hold the terms that bind.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

import pysolr

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search.common import make_connection
from ckan.lib.search.query import solr_literal

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import indexing, lists

log = logging.getLogger(__name__)

CURRENT, DUE, LATE, OVERDUE = STATES = ("按期更新", "待更新", "逾期", "严重逾期")
# A state lasts until so many cycles after the last load.
UNTIL = ((CURRENT, 1.0), (DUE, 1.1), (LATE, 2.0))
FIELD, CHANGES = "timeliness", "timeliness_ends"
# Entries that one night may have to index again.
MOST, BATCH = 100_000, 200


def state(cycle: str, loaded: dt.datetime, now: dt.datetime) -> dict[str, Any]:
    """Return the index fields of an entry: its state, and when that ends.

    :param cycle: the entry's 更新周期
    :param loaded: when data came last (UTC, zoned)
    :returns: {timeliness, timeliness_ends}; {} for a cycle without a length, and no
        end for 严重逾期
    """
    days = {row["value"]: row.get("days") for row in lists.choices("update_cycle")}
    length = days.get(cycle)
    if length is None:
        return {}
    for name, cycles in UNTIL:
        end = loaded + dt.timedelta(days=max(length, 1) * cycles)
        if now < end:
            return {FIELD: name, CHANGES: f"{end:%Y-%m-%dT%H:%M:%S}Z"}
    return {FIELD: OVERDUE}


def of_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the index fields of an entry as `package_show` answers it."""
    moments = [
        moment
        for file in entry.get("resources") or []
        if (moment := file.get("last_modified") or file.get("created"))
    ] or [entry.get("metadata_modified")]
    read = [_moment(moment) for moment in moments if moment]
    if not read:
        return {}
    return state(str(entry.get("update_cycle") or ""), max(read), clock.now())


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def refresh() -> int:
    """Index again the entries whose state has ended; return how many (daily)."""
    connection = make_connection()
    site = solr_literal(tk.config["ckan.site_id"])
    try:
        found = connection.search(
            f"{CHANGES}:[* TO NOW]", fq=f"site_id:{site}", fl="id", rows=MOST
        )
        ids = [document["id"] for document in found.docs]
        for start in range(0, len(ids), BATCH):
            indexing.bring(ids[start : start + BATCH])
            model.Session.commit()
        connection.commit(waitSearcher=False)
    except (pysolr.SolrError, OSError) as err:
        model.Session.rollback()
        log.warning("timeliness stays as of yesterday: %s", type(err).__name__)
        return 0
    return len(ids)
