"""Alarms of the trail: rows that stay without a seal, tables without their triggers."""

from __future__ import annotations

import sqlalchemy as sa

from ckanext.jiangmen.audit import config, reading
from ckanext.jiangmen.errors import JiangmenError


class RowsUnsealed(JiangmenError):
    """Rows of the trail have waited too long for their seal."""


class TablesUncovered(JiangmenError):
    """Changes of a table are not noted."""


def probe() -> None:
    """Raise where the trail is not whole; a part of the site's health report."""
    limit_s = config.unsealed_limit_s()
    if not limit_s:
        return
    with reading.connect() as connection:
        count, age_s = reading.unsealed(connection)
        missing = list(connection.scalars(sa.text("SELECT audit.uncovered()")))
    if age_s > limit_s:
        raise RowsUnsealed(f"{count} rows, the oldest of {age_s:.0f} s ago")
    if missing:
        raise TablesUncovered(", ".join(missing))
