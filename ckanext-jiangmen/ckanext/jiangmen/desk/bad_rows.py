"""The list of a table's bad rows as a file for those who mend them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Response

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.tables.export import BOM, harmless

COLUMNS = ("row", "column", "reason", "value")


def as_csv(rows: Iterable[Mapping[str, Any]], count: int = 0) -> bytes:
    """Return the list as CSV for spreadsheets; `count` are all, listed or not."""
    target = io.StringIO()
    target.write(BOM)
    writer = csv.writer(target)
    heads = (tk._("Row"), tk._("Column"), tk._("Reason"), tk._("Value"))
    writer.writerow(heads)
    written = 0
    for row in rows:
        writer.writerow([harmless(str(row.get(name) or "")) for name in COLUMNS])
        written += 1
    if count > written:
        more = tk._("{count} more rows are not listed.").format(count=count - written)
        writer.writerow(["", "", more, ""])
    return target.getvalue().encode()


def file_name(table: str) -> str:
    """Return what the list of a table file is called."""
    return tk._("Bad rows of {name}").format(name=table.rsplit(".", 1)[0]) + ".csv"


def answer(name: str, content: bytes) -> Response:
    """Return the list as a download."""
    response = Response(content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"bad-rows.csv\"; filename*=UTF-8''{quote(name)}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
