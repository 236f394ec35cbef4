"""The projection: which columns and rows of a table one caller may read.

One function for every channel; the result is a value that `tables` renders as one
bound sub-select (no view, no statement per caller).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.sharing import decision
from ckanext.jiangmen.sharing.decision import Mode, Standing
from ckanext.jiangmen.tables import registry
from ckanext.jiangmen.tables.projection import Column, Projection


class NothingReadable(JiangmenError):
    """The caller may read none of the table's columns."""


def project(
    entry: Mapping[str, Any], resource_id: str, standing: Standing
) -> Projection:
    """Return what a caller of `standing` may read of the table `resource_id`.

    `entry` is the whole approved entry with its items. Columns come in the table's
    order; a column that no item describes is its owner's only. Raise
    `NothingReadable` if nothing is left.
    """
    modes = {
        registry.column_of(item): mode
        for item, mode in decision.readable_items(entry, standing)
    }
    columns: list[Column] = []
    for column in registry.columns(resource_id):
        mode = modes.get(column.name)
        if mode is None and standing not in decision.READS_PLAIN:
            continue
        columns.append(column.read_as("plain" if mode is not Mode.MASKED else "masked"))
    if not columns:
        raise NothingReadable(resource_id)
    return Projection(resource_id, tuple(columns))
