"""What a workbook wants an entry to be, so that a cell nobody touched changes nothing.

A cell cannot hold every value as it is: widths, invisible characters and separators are
made even when it is read. So each cell is compared with what the entry's own value
reads like in it, and where they are equal the entry keeps its value.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ckanext.jiangmen.catalog import entries, rules
from ckanext.jiangmen.catalog.survey import SheetEntry, Workbook, cells
from ckanext.jiangmen.catalog.survey.columns import (
    Column,
    SheetColumns,
    entry_columns,
    item_columns,
)
from ckanext.jiangmen.catalog.survey.write import shown

Fields = Mapping[str, Any]
ITEMS = "information_items"


def proposed(
    each: SheetEntry, body: Mapping[str, Any], workbook: Workbook, base: Fields
) -> dict[str, Any]:
    """Return the entry as the workbook wants it; `base` is as it stands ({}: new).

    Fields whose column the workbook does not have stay as they are. A row that says
    nothing new gives back the entry itself, whatever would be derived today.
    """
    sent = {key: base[key] for key in entries.FIELDS if key in base}
    sent |= _values(each.entry, base, entry_columns(), workbook.entry_fields)
    sent["owner_org"] = body["id"]
    sent[ITEMS] = _items(each.entry.get(ITEMS) or [], base, workbook)
    if sent.get("legal_basis") != base.get("legal_basis"):
        # Other words are about another ground; it is found by them.
        sent.pop("legal_basis_id", None)
    entry, _errors = entries.shape(sent, base)
    entry["resources"] = copy.deepcopy(list(base.get("resources") or []))
    if base and not entries.changed_fields(base, entry):
        return entry
    return rules.derive(rules.without_derived(entry, base), body)


def _values(
    read: Fields, base: Fields, columns: SheetColumns, there: frozenset[str]
) -> dict[str, Any]:
    """Return the fields that have a column; as in `base` where the cell says the same.

    A field of `base` that is empty is left out where its cell is empty too.
    """
    found = {}
    for column in columns.headers.values():
        name = column.field
        if not name or name not in there or column.kind == "organization":
            continue
        value = read.get(name)
        if value != _read_back(base, column):
            found[name] = value
        elif name in base:
            found[name] = base[name]
    return found


def _read_back(values: Fields, column: Column) -> Any:
    """Return what reading the cell of a field would give; None for an empty one."""
    if values.get(column.field) in (None, "", []):
        return None
    try:
        return cells.value(shown(values, column), column) or None
    except cells.CellRefused:
        return None


def _items(
    read: list[dict[str, Any]], base: Fields, workbook: Workbook
) -> list[dict[str, Any]]:
    """Return the items, each over the one of its name that the entry has already."""
    columns = item_columns()
    named = next(column for column in columns.columns if column.field == "name")
    before = {_read_back(item, named): item for item in base.get(ITEMS) or []}
    items = []
    for row in read:
        old = before.get(row.get("name"), {})
        kept = {k: v for k, v in old.items() if k not in workbook.item_fields}
        items.append(kept | _values(row, old, columns, workbook.item_fields))
    return items
