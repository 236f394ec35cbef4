"""The versions of an entry that were published, from the receipts of the crossings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.publication.model import PUBLISH, Receipt

MOST_VERSIONS = 100


def versions(package_id: str) -> list[dict[str, Any]]:
    """Return [{version, published}] of an entry, the newest first.

    A repair sends a version again; the first crossing counts.
    """
    published = sa.func.min(Receipt.at)
    rows = model.Session.execute(
        sa.select(Receipt.version, published)
        .where(Receipt.package_id == package_id, Receipt.verb == PUBLISH)
        .group_by(Receipt.version)
        .order_by(Receipt.version.desc())
        .limit(MOST_VERSIONS)
    )
    return [
        {"version": version, "published": moment.isoformat()}
        for version, moment in rows
    ]
