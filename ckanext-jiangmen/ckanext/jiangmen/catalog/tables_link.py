"""Where the catalogue meets tables: checking a table file, loading it, dropping it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, cast

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.catalog import files, openness, stored
from ckanext.jiangmen.catalog.errors import LoadFailed
from ckanext.jiangmen.tables import load as tables

TABLE_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".json"})
TABLE_FORMATS = frozenset({"csv", "tsv", "xlsx", "xls", "json"})
# A report names so many bad rows; a file with more needs another hand anyway.
BAD_ROWS_LISTED = 10_000


def is_table(resource: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Return whether a stored file is a table: the entry's items say its columns."""
    if not resource.get("sha256") or not entry.get("information_items"):
        return False
    ending = PurePath(resource.get("file_name") or "").suffix.lower()
    kind = (resource.get("format") or "").strip().lower()
    return ending in TABLE_ENDINGS - {".txt"} or kind in TABLE_FORMATS


def known_files(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the files of an entry whose existence other departments may know of.

    A file that is no table and 不予共享 is kept like an item: its name is not told. Of
    an entry of nothing else nobody else finds anything, its files stay in its document.
    """
    files_of: list[dict[str, Any]] = list(entry.get("resources") or [])
    if openness.category_badge(entry) == openness.WITHHELD:
        return files_of
    return [
        resource
        for resource in files_of
        if is_table(resource, entry)
        or openness.file_category(entry, resource) != openness.WITHHELD
    ]


def inspect(path: Path, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Read a whole table file against its items and return what was found.

    ``{"header": [str], "rows": int, "bad_count": int, "bad_rows": [{"row", "column",
    "reason", "value"}]}``, the first `BAD_ROWS_LISTED` of them. Raise
    `TableError` where it cannot become the entry's table.
    """
    report = tables.check_file(path, items, bad_rows_listed=BAD_ROWS_LISTED)
    return {
        "header": [column.label for column in report.columns],
        "rows": report.rows,
        "bad_count": report.bad_count,
        "bad_rows": [
            {
                "row": bad.row,
                "column": bad.column,
                "reason": bad.reason,
                "value": bad.value,
            }
            for bad in report.bad_rows
        ],
    }


def load(package_id: str, resource_id: str, sha256: str) -> None:
    """Load a stored file into the table of its resource; twice is as good as once.

    A resource that is gone, or that has a newer file, is left alone. Raise
    `LoadFailed` or `TableError`.
    """
    try:
        entry = stored.whole_entry(package_id)
    except tk.ObjectNotFound:
        return
    resource = next((r for r in entry["resources"] if r["id"] == resource_id), None)
    if entry.get("state") != "active" or resource is None:
        return
    if resource.get("sha256") != sha256:
        return
    if not files.has(sha256):
        raise LoadFailed(f"文件 {sha256[:12]} 不在存储中，无法载入。")
    tables.load_table(
        resource_id,
        files.existing(sha256),
        entry["information_items"],
        # As many as were left out at the check and shown to the reviewers, no more.
        accept_bad_rows=int(resource.get("rows_left_out") or 0),
        version=int(entry["version"]),
    )
    row = cast(model.Resource, model.Resource.get(resource_id))
    # The flag is not part of the entry: no new version, no other modification time.
    row.extras = {**row.extras, "datastore_active": True}


def drop(resource_id: str) -> None:
    """Drop the table of a resource; a missing one is no error."""
    tables.remove_table(resource_id)
