"""The list of a table's bad rows as a file for those who mend them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.desk import downloads

COLUMNS = ("row", "column", "reason", "value")


def as_csv(rows: Sequence[Mapping[str, Any]], count: int = 0) -> bytes:
    """Return the list as CSV for spreadsheets; `count` are all, listed or not."""
    heads = (tk._("Row"), tk._("Column"), tk._("Reason"), tk._("Value"))
    lines = [[row.get(name) for name in COLUMNS] for row in rows]
    if count > len(rows):
        more = tk._("{count} more rows are not listed.").format(count=count - len(rows))
        lines.append(["", "", more, ""])
    return downloads.as_csv(heads, lines)


def file_name(table: str) -> str:
    """Return what the list of a table file is called."""
    return tk._("Bad rows of {name}").format(name=table.rsplit(".", 1)[0]) + ".csv"
