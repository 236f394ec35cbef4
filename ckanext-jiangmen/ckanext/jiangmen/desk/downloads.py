"""Files that the desk's pages send: workbooks, and lists for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response

from ckanext.jiangmen.tables.export import BOM, harmless

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_csv(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Return a list as CSV that spreadsheets open with its Chinese text."""
    target = io.StringIO()
    target.write(BOM)
    writer = csv.writer(target)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([harmless(str(cell or "")) for cell in row])
    return target.getvalue().encode()


def answer(content: bytes, name: str, content_type: str = XLSX) -> Response:
    """Return a file as a download under its Chinese name, kept by no cache."""
    found = Response(content, content_type=content_type)
    found.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    found.headers["Cache-Control"] = "no-store"
    found.headers["X-Content-Type-Options"] = "nosniff"
    return found
