"""Count the entries in force by department, category, kind, format and cycle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import departments

#: The columns of the survey by which entries are counted, in the table's order.
DIMENSIONS = ("sharing_category", "content_kind", "format_class", "update_cycle")

# One row for each combination that occurs: organization, the four values as the
# departments wrote them, how many entries, how many items.
COUNT = sa.text("""
SELECT owner_org, sharing_category, content_kind, format_class, update_cycle,
    count(*) AS entries, sum(items)::bigint AS items
FROM (
    SELECT DISTINCT ON (version.package_id) package.owner_org,
        coalesce(version.data ->> 'sharing_category', '') AS sharing_category,
        coalesce(version.data ->> 'content_kind', '') AS content_kind,
        coalesce(version.data ->> 'format_class', '') AS format_class,
        coalesce(version.data ->> 'update_cycle', '') AS update_cycle,
        jsonb_array_length(
            coalesce(version.data -> 'information_items', '[]')) AS items
    FROM jiangmen_version version
    JOIN package ON package.id = version.package_id
    WHERE package.state = 'active' AND package.owner_org = ANY (:owners)
    ORDER BY version.package_id, version.version DESC
) AS newest
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
""")


@dataclass
class Counted:
    """What one department has, or all: entries, items, and entries by value.

    `by` is {dimension: {value: entries}}.
    """

    id: str
    title: str
    entries: int = 0
    items: int = 0
    by: dict[str, dict[str, int]] = field(
        default_factory=lambda: {name: {} for name in DIMENSIONS}
    )

    def add(self, row: Any) -> None:
        """Add one combination."""
        self.entries += row["entries"]
        self.items += row["items"]
        for name in DIMENSIONS:
            values = self.by[name]
            values[row[name]] = values.get(row[name], 0) + row["entries"]


@dataclass
class Summary:
    """The table: departments by title, their total, and every combination."""

    departments: list[Counted]
    total: Counted
    rows: list[dict[str, Any]]


def count(owners: Iterable[str]) -> Summary:
    """Return the summary of these organizations (ids); one without entries counts 0."""
    wanted = list(owners)
    titles = {id: body["title"] for id, body in departments.by_ids(wanted).items()}
    found = {id: Counted(id, title) for id, title in titles.items()}
    total = Counted("", "合计")
    rows = []
    for row in model.Session.execute(COUNT, {"owners": wanted}).mappings():
        found[row["owner_org"]].add(row)
        total.add(row)
        rows.append({**row, "organization": titles[row["owner_org"]]})
    rows.sort(key=lambda row: (row["organization"], *(row[n] for n in DIMENSIONS)))
    listed = sorted(found.values(), key=lambda counted: counted.title)
    return Summary(listed, total, rows)
