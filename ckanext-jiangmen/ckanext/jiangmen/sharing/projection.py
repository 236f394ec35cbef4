"""The projection: which columns and rows of a table one caller may read.

One function for every channel; the result is a value that `tables` renders as one
bound sub-select (no view, no statement per caller).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.sharing import decision, grants
from ckanext.jiangmen.sharing.decision import Mode, Reason, Verdict, Viewer
from ckanext.jiangmen.tables import projection as sql
from ckanext.jiangmen.tables import registry
from ckanext.jiangmen.tables.projection import Column, Predicate, Projection


class NothingReadable(JiangmenError):
    """The caller may read none of the table's columns."""


class PurposeMissing(NothingReadable):
    """The data of a base library are read for a purpose, and none was declared."""


def project(entry: Mapping[str, Any], resource_id: str, viewer: Viewer) -> Projection:
    """Return what `viewer` may read of the table `resource_id`.

    `entry` is the whole approved entry with its items. Columns come in the table's
    order; a column that no item describes is its owner's only. Raise
    `PurposeMissing`, or `NothingReadable` if nothing is left.
    """
    return projected(entry, resource_id, viewer, registry.columns(resource_id))


def projected(
    entry: Mapping[str, Any],
    resource_id: str,
    viewer: Viewer,
    stored: Sequence[Column],
) -> Projection:
    """Return the same of a table with these `stored` columns. Raise as `project`."""
    by_name = {column.name: column for column in stored}
    items = {
        str(item["name"]): by_name[name]
        for item in entry.get("information_items") or []
        if (name := registry.column_of(item)) in by_name
    }
    judged = decision.judge_all(entry, viewer)
    if any(verdict.reason is Reason.PURPOSE_MISSING for verdict in judged):
        raise PurposeMissing(resource_id)
    verdicts = {registry.column_of(verdict.item): verdict for verdict in judged}
    whole = viewer.standing in decision.READS_PLAIN
    columns: list[Column] = []
    for column in stored:
        verdict = verdicts.get(column.name)
        if verdict is not None and verdict.readable:
            columns.append(_column(column, verdict, items))
        elif verdict is None and whole:
            columns.append(column.read_as("plain"))
    if not columns:
        raise NothingReadable(resource_id)
    return Projection(resource_id, tuple(columns))


def _column(column: Column, verdict: Verdict, items: Mapping[str, Column]) -> Column:
    """Return the column as the verdict shows it.

    A granted identity number is plain in the granted rows only, also where its mask
    would be shown in all of them.
    """
    access = "masked" if verdict.mode is Mode.MASKED else "plain"
    shown = column.read_as(access)
    everywhere = verdict.anyway and not column.is_encrypted
    if not verdict.grants or everywhere:
        return shown
    return shown.shown_in(_rows(verdict, items))


def _rows(verdict: Verdict, items: Mapping[str, Column]) -> Predicate | None:
    filters = [grants.predicate(grant.rows, items) for grant in verdict.grants]
    if None in filters:
        return None
    return sql.any_of(part for part in filters if part is not None)
