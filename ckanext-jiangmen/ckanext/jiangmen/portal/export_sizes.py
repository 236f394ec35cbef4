"""How large a table's downloads are: made once for each load, counted and forgotten."""

from __future__ import annotations

import json
import logging
from typing import Any

import redis

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from ckan.types import Context

from ckanext.jiangmen.sharing.grants import Channel
from ckanext.jiangmen.sharing.logic.action import access_to
from ckanext.jiangmen.tables import export, registry

log = logging.getLogger(__name__)

# A larger table is measured in the background: its page does not wait.
CELLS_AT_ONCE = 20_000
KEPT_S = 90 * 86_400
ASKED_S = 3_600


def sizes(resource_id: str) -> dict[str, int]:
    """Return the sizes in bytes by format; {} while they are not known."""
    loaded = registry.loaded(resource_id)
    if loaded is None:
        return {}
    key = f"jiangmen:portal:sizes:{resource_id}:{loaded.loaded_at.isoformat()}"
    try:
        kept = connect_to_redis().get(key)
        if kept:
            return json.loads(kept)
        if loaded.rows * len(loaded.columns) <= CELLS_AT_ONCE:
            return measure(resource_id, key)
        if connect_to_redis().set(f"{key}:asked", 1, nx=True, ex=ASKED_S):
            tk.enqueue_job(measure, [resource_id, key], title="sizes of downloads")
    except redis.RedisError:
        log.warning("sizes of %s are not shown: Redis does not answer", resource_id)
    return {}


def measure(resource_id: str, key: str) -> dict[str, int]:
    """Write every download of a table, keep how long each one is."""
    access: Any = access_to(Context(user=""), resource_id, Channel.DOWNLOAD)
    found = {
        fmt: sum(map(len, export.export(access.projection, fmt, bom=fmt == "csv")))
        for fmt in export.FORMATS
    }
    connect_to_redis().set(key, json.dumps(found), ex=KEPT_S)
    return found
