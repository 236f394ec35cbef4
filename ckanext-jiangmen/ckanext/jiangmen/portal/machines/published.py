"""What is published, by plain actions as anybody may call them: pages of entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import acting_as

Row = dict[str, Any]

# Oldest first: a new entry is added at the end and moves no other to another page.
ORDER = "metadata_created asc, id asc"
MOST_ROWS = 1000


def call(action: str, **data: Any) -> Any:
    """Return what an action answers a caller without an account."""
    return tk.get_action(action)(acting_as(""), data)


def entry(name: str) -> Row:
    """Return one entry with its items. Raise `tk.ObjectNotFound`."""
    try:
        found = call("package_show", id=name)
    except tk.NotAuthorized as err:
        raise tk.ObjectNotFound(tk._("There is no such entry.")) from err
    if found.get("type") != "dataset" or found.get("state") != "active":
        raise tk.ObjectNotFound(tk._("There is no such entry."))
    return found


def outlines(start: int, rows: int, *, order: str = ORDER) -> Row:
    """Return ``{"count", "results"}``, entries as lists show them."""
    return call("package_search", start=start, rows=rows, sort=order)


def names(start: int, rows: int) -> list[Row]:
    """Return ``[{"name", "metadata_modified"}]`` of so many entries."""
    fields = ["name", "metadata_modified"]
    found = call("package_search", start=start, rows=rows, sort=ORDER, fl=fields)
    return found["results"]


def count() -> int:
    """Return how many entries are published."""
    return call("package_search", rows=0)["count"]


def newest() -> str:
    """Return when an entry last changed (UTC, ISO), "" without any."""
    found = outlines(0, 1, order="metadata_modified desc")["results"]
    return found[0]["metadata_modified"] if found else ""


def every(rows: int = 100) -> Iterator[Row]:
    """Yield the outlines of all entries, a page at a time."""
    start = 0
    while found := outlines(start, rows)["results"]:
        yield from found
        start += rows
