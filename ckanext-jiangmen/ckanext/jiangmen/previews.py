"""One page of a table as both sites show it: searched, filtered and sorted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

PREVIEW_ROWS = 20
LONGEST_WORDS = 100
LONGEST_PAGE_NUMBER = 9
NUMBER_TYPES = frozenset(
    {"int", "int2", "int4", "int8", "float4", "float8", "numeric", "double precision"}
)


def jiangmen_preview(
    resource: Mapping[str, Any],
    rows: int = PREVIEW_ROWS,
    asked: Any = None,
    known_rows: int | None = None,
) -> dict[str, Any] | None:
    """Return one page of a table, as far as the caller may read it.

    {fields: [{id, label, is_number}], rows: [[text, …]], first, total, page, pages,
    q, sort, order, column, value, problem}; None where there is no table or nothing to
    read. `asked` are the page's parameters: page, q, sort, order, column and value;
    what the table does not know of them is left out and told in `problem`. With
    `known_rows`, the number of all rows, they are not counted again.
    """
    if not resource.get("datastore_active"):
        return None
    wanted = _Wanted.of(asked or {})
    problem = ""
    found = _rows_of(resource["id"], wanted, rows, known_rows)
    if found is None and (wanted.is_filtered or wanted.sort):
        problem = tk._("The table has no such column or value; all rows are shown.")
        wanted = _Wanted()
        found = _rows_of(resource["id"], wanted, rows, known_rows)
    if found is None:
        return None
    fields = [field for field in found["fields"] if field["id"] != "_id"]
    total = found.get("total", known_rows) or 0
    return {
        **dataclasses.asdict(wanted),
        "fields": [
            {
                "id": field["id"],
                "label": _column_label(field),
                "is_number": field["type"] in NUMBER_TYPES,
            }
            for field in fields
        ],
        "rows": [
            [_cell(record.get(field["id"])) for field in fields]
            for record in found["records"]
        ],
        "first": (wanted.page - 1) * rows + 1,
        "total": total,
        "pages": max(1, math.ceil(total / rows)),
        "problem": problem,
    }


@dataclasses.dataclass(frozen=True)
class _Wanted:
    """Which rows of a table are asked for, and in which order."""

    page: int = 1
    q: str = ""
    sort: str = ""
    order: str = "asc"
    column: str = ""
    value: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> _Wanted:
        """Return what an address asks for; what is too long is cut."""
        page = asked.get("page", "1")[:LONGEST_PAGE_NUMBER]
        texts = {
            name: asked.get(name, "").replace("\0", "").strip()[:LONGEST_WORDS]
            for name in ("q", "sort", "column", "value")
        }
        return cls(
            page=max(int(page), 1) if page.isascii() and page.isdigit() else 1,
            order="desc" if asked.get("order") == "desc" else "asc",
            **texts,
        )

    @property
    def is_filtered(self) -> bool:
        """Return whether some rows are left out."""
        return bool(self.q or (self.column and self.value))

    def query(self) -> dict[str, Any]:
        """Return the parameters of `datastore_search`."""
        query: dict[str, Any] = {}
        if self.q:
            query["q"] = self.q
        if self.sort:
            query["sort"] = [f'"{self.sort}" {self.order}']
        if self.column and self.value:
            query["filters"] = {self.column: self.value}
        return query


def _rows_of(
    resource_id: str, wanted: _Wanted, rows: int, known_rows: int | None
) -> dict[str, Any] | None:
    query = {
        "resource_id": resource_id,
        "limit": rows,
        "offset": (wanted.page - 1) * rows,
        "include_total": known_rows is None or wanted.is_filtered,
        **wanted.query(),
    }
    try:
        return tk.get_action("datastore_search")({"user": tk.current_user.name}, query)
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
        return None


def _column_label(field: Mapping[str, Any]) -> str:
    return (field.get("info") or {}).get("label") or field["id"]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return tk._("Yes") if value else tk._("No")
    return str(value)
