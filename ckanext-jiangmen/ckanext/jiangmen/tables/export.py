"""Tables as files: CSV, XLSX, JSON, Parquet, streamed from one snapshot.

A text cell that a spreadsheet would take for a formula is made text again: CSV gets
an apostrophe before it, XLSX the cell's own "text" mark. Figures stay as they are.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2
import psycopg2.errors

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.tables import keys, parquet, sheet_writer, store
from ckanext.jiangmen.tables.errors import ExportRefused
from ckanext.jiangmen.tables.projection import Column, Projection, quoted
from ckanext.jiangmen.tables.query import Query
from ckanext.jiangmen.tables.read import as_stored, opened

FORMATS = ("csv", "xlsx", "json", "parquet")
BATCH_ROWS = 10_000
TIMEOUT_MS = 3_600_000
BOM = "\ufeff"
# Cells that already begin with apostrophes get one more: `load_table` takes one off.
_ACTIVE = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_FIGURE = re.compile(r"[-+]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?%?")

Rows = Iterator[list[list[Any]]]


def is_active(text: str | None) -> bool:
    """Return whether a spreadsheet may take a text cell for a formula.

    >>> is_active("=1+1"), is_active("-5.2"), is_active("＝A1")
    (True, False, True)
    """
    return bool(text and _ACTIVE.match(text) and not _FIGURE.fullmatch(text))


def harmless(text: str | None) -> str | None:
    """Return a text cell as CSV may hold it."""
    return "'" + text if text and is_active(text) else text


def export(
    projection: Projection,
    fmt: str,
    *,
    bom: bool = False,
    labels: bool = False,
    params: dict[str, Any] | None = None,
) -> Iterator[bytes]:
    """Return the table as a file of format `fmt`, piece by piece.

    `bom` begins a CSV with a byte order mark, as spreadsheets in China want it;
    `labels` heads the columns with the items' names instead of the column names;
    `params` may hold core's filters, q, fields and sort. The first piece is made
    before this returns. Raise `TableMissing`, `ExportRefused`, ValidationError.
    """
    if fmt not in FORMATS:
        raise ExportRefused(f"不支持导出格式 {fmt}，可选 {'、'.join(FORMATS)}。")
    return made(_pieces(projection, fmt, bom, labels, params or {}))


def made(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Return the pieces, the first one made already: what is wrong is told before.

    Raise ValidationError for values that the table cannot compare or sort.
    """
    try:
        first = next(pieces, b"")
    except psycopg2.errors.QueryCanceled as err:
        raise tk.ValidationError({"query": ["Search took too long"]}) from err
    except (psycopg2.DataError, psycopg2.ProgrammingError) as err:
        # Never the statement: it holds the predicate.
        raise tk.ValidationError({"query": ["Invalid query"]}) from err
    return _chained(first, pieces)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield first
        yield from rest
    finally:
        rest.close()  # pyright: ignore[reportAttributeAccessIssue]


def _pieces(
    projection: Projection, fmt: str, bom: bool, labels: bool, params: dict[str, Any]
) -> Iterator[bytes]:
    with store.snapshot(projection.resource_id, TIMEOUT_MS) as connection:
        visible = as_stored(connection.cursor(), projection)
        table = _Table(connection, visible, params, labels)
        if fmt == "csv":
            yield from _csv(table, bom)
        elif fmt == "json":
            yield from _json(table)
        elif fmt == "xlsx":
            rows = (row for batch in table.batches("{0}") for row in batch)
            yield from sheet_writer.write(table.heads, rows, is_active)
        else:
            figures = [c.name for c in table.columns if c.shown_type == "numeric"]
            sizes = parquet.figure_sizes(table.cursor(), table.source, figures)
            batches = table.batches("{0}")
            yield from parquet.write(table.columns, table.heads, batches, sizes)


class _Table:
    """The visible rows of one snapshot, opened batch by batch."""

    def __init__(
        self,
        connection: Any,
        projection: Projection,
        params: dict[str, Any],
        labels: bool,
    ) -> None:
        query = Query(projection, keys.keyring)
        query.add_filters(params.get("filters"))
        query.add_search(params.get("q"))
        selected = query.selected(params.get("fields"))
        self.columns = [c for c in selected if c.name != "_id"]
        order = query.order(params.get("sort")) or ['"_id"']
        self._connection = connection
        self._source = query.source()
        self._order = ", ".join(order)
        self._params = query.params
        self.heads = heads(self.columns) if labels else [c.name for c in self.columns]

    def cursor(self) -> Any:
        """Return a cursor of the snapshot."""
        return self._connection.cursor()

    @property
    def source(self) -> str:
        """Return FROM and WHERE with the parameters written in, for one statement."""
        return self.cursor().mogrify(self._source, self._params).decode()

    def batches(self, form: str) -> Rows:
        """Yield lists of rows; `form` is the SQL of a value, {0} the column."""
        listed = ", ".join(
            quoted(c.name) if c.is_encrypted else form.format(quoted(c.name))
            for c in self.columns
        )
        sealed = [(i, c) for i, c in enumerate(self.columns) if c.is_encrypted]
        with self._connection.cursor("jiangmen_export") as cursor:
            cursor.itersize = BATCH_ROWS
            cursor.execute(
                f"SELECT {listed} {self._source} ORDER BY {self._order}", self._params
            )
            while fetched := cursor.fetchmany(BATCH_ROWS):
                rows = [list(row) for row in fetched]
                for place, column in sealed:
                    shown = opened(column, [row[place] for row in rows])
                    for row, value in zip(rows, shown, strict=True):
                        row[place] = value
                yield rows


def heads(columns: Sequence[Column]) -> list[str]:
    """Return the labels of the columns; the name where two share a label."""
    often = Counter(column.label for column in columns)
    return [c.label if often[c.label] == 1 else c.name for c in columns]


def _csv(table: _Table, bom: bool) -> Iterator[bytes]:
    texts = [i for i, c in enumerate(table.columns) if c.shown_type == "text"]
    target = io.StringIO()
    writer = csv.writer(target)
    target.write(BOM if bom else "")
    writer.writerow([harmless(head) for head in table.heads])
    for batch in table.batches("{0}::text"):
        for row in batch:
            for place in texts:
                row[place] = harmless(row[place])
        writer.writerows(batch)
        yield target.getvalue().encode()
        target.seek(0)
        target.truncate()
    yield target.getvalue().encode()


def _json(table: _Table) -> Iterator[bytes]:
    """Yield a list of objects, one a line; figures with all their digits."""
    names = [json.dumps(head, ensure_ascii=False) + ": " for head in table.heads]
    sealed = {i for i, c in enumerate(table.columns) if c.is_encrypted}
    before = "[\n"
    for batch in table.batches("to_json({0})::text"):
        lines: list[str] = []
        for row in batch:
            cells = [
                name + (json.dumps(value) if i in sealed else value or "null")
                for i, (name, value) in enumerate(zip(names, row, strict=True))
            ]
            lines.append("{" + ", ".join(cells) + "}")
        yield (before + ",\n".join(lines)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"
