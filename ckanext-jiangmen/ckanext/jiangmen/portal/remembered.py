"""Figures that are counted once for each state of the catalogue.

The key holds the number of published entries and the last change, so a figure is
never older than the catalogue; two short queries ask for them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import redis
import sqlalchemy as sa

from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.jiangmen import clock
from ckanext.jiangmen.tables import registry

log = logging.getLogger(__name__)

KEPT_S = 86_400


def published() -> Any:
    """Return the condition that a package is a published entry."""
    return sa.and_(
        model.Package.state == model.State.ACTIVE,
        model.Package.private.is_(False),
        model.Package.type == "dataset",
    )


def catalogue_state() -> str:
    """Return a text that changes with every change of what is published, and daily."""
    count, changed = model.Session.execute(
        sa.select(sa.func.count(), sa.func.max(model.Package.metadata_modified)).where(
            published()
        )
    ).one()
    return f"{clock.today()}:{count}:{changed}:{registry.totals().newest}"


def remembered(name: str, count: Callable[[], Any], besides: str = "") -> Any:
    """Return what `count` answers, counted once for this state of the catalogue.

    :param name: of the figure; `count` answers what JSON can hold
    :param besides: what else the figure depends on
    """
    key = f"jiangmen:portal:{name}:{catalogue_state()}:{besides}"
    try:
        kept = connect_to_redis().get(key)
        if kept is not None:
            return json.loads(kept)
        found = count()
        connect_to_redis().set(key, json.dumps(found), ex=KEPT_S)
    except redis.RedisError:
        log.warning("figures %s are counted without the memory of Redis", name)
        return count()
    return found
