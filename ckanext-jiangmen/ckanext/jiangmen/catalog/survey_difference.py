"""What an upload would change, cell by cell: old and new value with sheet and cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.survey.columns import entry_columns, item_columns
from ckanext.jiangmen.catalog.survey.write import LIST_MARK
from ckanext.jiangmen.catalog.survey_plan import Row

Line = dict[str, str]
ITEMS = "information_items"
ORDER = "信息项顺序"


def lines(row: Row) -> list[Line]:
    """Return a changed row's cells: sheet, cell, item, label, field, before, after.

    `cell` is "" for what follows from other cells, and for an item without a row.
    """
    found: list[Line] = []
    for name, (old, new) in row.fields.items():
        if name == ITEMS:
            found += _items(row, old, new)
        elif name != "resources":
            cell = row.sheet.cells.get(name, "")
            found.append(_line(name, old, new, cell=cell))
    return found


def _items(row: Row, old: list[Any], new: list[Any]) -> list[Line]:
    before = {item.get("name", ""): item for item in old}
    after = {item.get("name", ""): item for item in new}
    found: list[Line] = []
    for item, cells in zip(new, row.sheet.item_cells, strict=False):
        name = item.get("name", "")
        was = before.get(name)
        if was is None:
            found.append(_line("name", "", name, item=name, cell=cells["name"]))
            continue
        found += [
            _line(field, was.get(field), item.get(field), item, cells.get(field, ""))
            for field in dict.fromkeys((*was, *item))
            if was.get(field) != item.get(field)
        ]
    found += [_line("name", name, "", name) for name in before if name not in after]
    if not found:
        line = _line(ITEMS, list(before), list(after))
        found.append(line | {"label": ORDER, "sheet": item_columns().sheet})
    return found


def _line(
    field: str, old: Any, new: Any, item: str | Mapping[str, Any] = "", cell: str = ""
) -> Line:
    name = item if isinstance(item, str) else str(item.get("name", ""))
    columns = item_columns() if name else entry_columns()
    return {
        "sheet": columns.sheet,
        "cell": cell,
        "item": name,
        "field": field,
        "label": lists.label(field, item=bool(name)),
        "before": _text(old),
        "after": _text(new),
    }


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return LIST_MARK.join(str(each) for each in value)
    return "" if value is None else str(value)
