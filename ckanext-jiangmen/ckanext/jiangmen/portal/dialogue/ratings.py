"""Stars of entries: one a browser and day; the next day nobody can tell whose."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.portal.dialogue import sealing
from ckanext.jiangmen.portal.dialogue.model import Rating

STARS = range(1, 6)


def rate(package_id: str, stars: int, browser: str) -> None:
    """Keep stars of an entry; a second rating of the day replaces the first.

    The caller commits.
    """
    day = clock.today()
    known = sealing.keyed_sum("rating", f"{day} {package_id} {browser}")
    row = {"package_id": package_id, "day": day, "browser": known, "stars": stars}
    model.Session.execute(
        insert(Rating)
        .values(row)
        .on_conflict_do_update(
            index_elements=["package_id", "day", "browser"], set_={"stars": stars}
        )
    )


def of(package_id: str) -> dict[str, object]:
    """Return how an entry was rated: {count, mean, stars: {"1": …}}."""
    found = model.Session.execute(
        sa.select(Rating.stars, sa.func.count().label("number"))
        .where(Rating.package_id == package_id)
        .group_by(Rating.stars)
    )
    rows: dict[int, int] = {row.stars: row.number for row in found}
    count = sum(rows.values())
    total = sum(stars * number for stars, number in rows.items())
    return {
        "count": count,
        "mean": round(total / count, 1) if count else None,
        "stars": {str(stars): rows.get(stars, 0) for stars in STARS},
    }
