"""The whole list of a search's results as CSV or XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import xlsxwriter

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.catalog import index
from ckanext.jiangmen.tables.export import BOM, harmless

PAGE = 1000
HEADS = (
    "信息资源名称",
    "信息资源代码",
    "信息资源提供方",
    "信息资源摘要",
    "更新周期",
    "最近更新",
    "地址",
)
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What order a list may be asked in: fields of the sort menu.
ORDER = re.compile(
    r"(score|metadata_modified|metadata_created|title_reading) (asc|desc)"
)


def asked(address: Mapping[str, Any]) -> dict[str, Any]:
    """Return the search that an address of the result page asks for.

    :param address: its parameters, with several values each (a MultiDict)
    """
    filters = [
        f'+{name}:"{_quoted(value)}"'
        for name in sorted(index.FACET_FIELDS & set(address))
        for value in address.getlist(name)  # type: ignore[attr-defined]
    ]
    order = [part.strip() for part in str(address.get("sort") or "").split(",")]
    known = ", ".join(part for part in order if ORDER.fullmatch(part))
    return {
        "q": str(address.get("q") or ""),
        "fq": " ".join(filters),
        "sort": known or "score desc, metadata_modified desc",
    }


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def found(context: Context, search: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all entries that a search finds, as lists answer them."""
    entries: list[dict[str, Any]] = []
    while True:
        page = tk.get_action("package_search")(
            Context(user=context.get("user", "")),
            search | {"rows": PAGE, "start": len(entries), "facet": "false"},
        )
        entries += page["results"]
        if not page["results"] or len(entries) >= page["count"]:
            return entries


def rows(entries: list[dict[str, Any]]) -> Iterator[list[str | None]]:
    """Yield the rows of the list; no cell is a formula."""
    for entry in entries:
        cells = (
            entry.get("title"),
            entry.get("resource_code"),
            (entry.get("organization") or {}).get("title"),
            entry.get("notes"),
            entry.get("update_cycle"),
            tk.h.jiangmen_date(entry.get("metadata_modified")),
            tk.url_for("dataset.read", id=entry["name"], qualified=True),
        )
        yield [harmless(str(cell or "")) for cell in cells]


def as_csv(entries: list[dict[str, Any]]) -> bytes:
    """Return the list as CSV that spreadsheet programs open."""
    target = io.StringIO()
    target.write(BOM)
    writer = csv.writer(target)
    writer.writerow(HEADS)
    writer.writerows(rows(entries))
    return target.getvalue().encode()


def as_xlsx(entries: list[dict[str, Any]]) -> bytes:
    """Return the list as a workbook; texts stay texts."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("检索结果")
        for number, row in enumerate([list(HEADS), *rows(entries)]):
            sheet.write_row(number, 0, row)
    return target.getvalue()
