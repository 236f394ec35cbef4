"""Part of a table in core's dump formats: CSV, TSV, JSON, XML, from one snapshot.

Parameters and answers are those of `/datastore/dump/<id>`. Core reads its pages in
transactions of their own and mixes two versions of a table that is being replaced.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

import ckan.plugins.toolkit as tk
from ckanext.datastore.writer import xml_writer

from ckanext.jiangmen.tables import keys, store
from ckanext.jiangmen.tables.export import BATCH_ROWS, BOM, TIMEOUT_MS, harmless, made
from ckanext.jiangmen.tables.projection import Column, Projection, quoted
from ckanext.jiangmen.tables.query import Query
from ckanext.jiangmen.tables.read import as_stored, described, opened, time_format

# Core's formats and what they are sent as.
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
DEFAULT_SORT = "_id"

Row = list[Any]
Writer = Callable[["_Part", bool], Iterator[bytes]]


def dump(projection: Projection, params: dict[str, Any]) -> Iterator[bytes]:
    """Return rows of a table piece by piece, as core's dump writes them.

    `params` are core's, validated: format, bom, offset, limit, filters, q, fields,
    sort, distinct; plain and language have no meaning for a search of substrings.
    The first piece is made before this returns. Raise `TableMissing`,
    ValidationError.
    """
    return made(_pieces(projection, params))


def _pieces(projection: Projection, params: dict[str, Any]) -> Iterator[bytes]:
    with store.snapshot(projection.resource_id, TIMEOUT_MS) as connection:
        visible = as_stored(connection.cursor(), projection)
        part = _Part(connection, visible, params)
        yield from WRITERS[params["format"]](part, bool(params.get("bom")))


class _Part:
    """The rows asked for of one snapshot."""

    def __init__(
        self, connection: Any, projection: Projection, params: dict[str, Any]
    ) -> None:
        self._connection = connection
        query = Query(projection, keys.keyring)
        query.add_filters(params.get("filters"))
        query.add_search(params.get("q"))
        self.columns = query.selected(params.get("fields"))
        names = [column.name for column in self.columns]
        distinct = bool(params.get("distinct"))
        order = query.order(params.get("sort") or DEFAULT_SORT)
        if distinct:
            self._refuse_sealed()
            if DEFAULT_SORT not in names and params.get("sort") == DEFAULT_SORT:
                order = []  # Core fails here: it sorts by what it does not select.
        word = "SELECT DISTINCT" if distinct else "SELECT"
        listed = ", ".join(quoted(name) for name in names)
        sorted_by = f"ORDER BY {', '.join(order)}" if order else ""
        self._rows = (
            f"{word} {listed} {query.source()} {sorted_by} {_bounds(params, query)}"
        )
        self._params = query.params

    def _refuse_sealed(self) -> None:
        for column in self.columns:
            if column.is_encrypted:
                text = tk._(
                    "The column {name} is protected and cannot be made distinct."
                )
                said = text.format(name=column.name)
                raise tk.ValidationError({"distinct": [said]})

    def batches(self, form: Callable[[Column], str]) -> Iterator[list[Row]]:
        """Yield lists of rows; `form` gives the SQL of a column's value."""
        listed = ", ".join(
            quoted(c.name) if c.is_encrypted else form(c) for c in self.columns
        )
        sealed = [(i, c) for i, c in enumerate(self.columns) if c.is_encrypted]
        with self._connection.cursor("jiangmen_dump") as cursor:
            cursor.itersize = BATCH_ROWS
            statement = f"SELECT {listed} FROM ({self._rows}) AS part"  # noqa: S608 (names quoted, values bound)
            cursor.execute(statement, self._params)
            while fetched := cursor.fetchmany(BATCH_ROWS):
                rows = [list(row) for row in fetched]
                for place, column in sealed:
                    shown = opened(column, [row[place] for row in rows])
                    for row, value in zip(rows, shown, strict=True):
                        row[place] = value
                yield rows

    def json_batches(self) -> Iterator[list[Row]]:
        """Yield lists of rows whose values are JSON texts."""
        sealed = [i for i, c in enumerate(self.columns) if c.is_encrypted]
        for rows in self.batches(lambda c: f"to_json({_shown(c)})::text"):
            for row in rows:
                for place in sealed:
                    row[place] = json.dumps(row[place], ensure_ascii=False)
            yield [[value or "null" for value in row] for row in rows]


def _begun(batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Return the batches, the first one fetched: before it no byte may be sent."""
    first = next(batches, None)
    return iter(()) if first is None else itertools.chain([first], batches)


def _bounds(params: dict[str, Any], query: Query) -> str:
    """Return LIMIT and OFFSET. Raise ValidationError for a negative one."""
    words: list[str] = []
    for word, name in (("LIMIT", "limit"), ("OFFSET", "offset")):
        value = params.get(name)
        if value is None:
            continue
        if int(value) < 0:
            raise tk.ValidationError({name: [f'invalid value "{value}"']})
        words.append(f"{word} {query.bind(int(value))}")
    return " ".join(words)


def _shown(column: Column) -> str:
    """Return the SQL of a value as core shows it: times in ISO form."""
    name = quoted(column.name)
    if column.shown_type == "timestamp":
        return f"to_char({name}, '{time_format()}')"
    return name


def _as_text(column: Column) -> str:
    """Return the SQL of a value as COPY writes it: t and f for truth."""
    if column.shown_type == "bool":
        return f"left({quoted(column.name)}::text, 1)"
    return f"{_shown(column)}::text"


def _separated(delimiter: str) -> Writer:
    special = set('"\r\n') | {delimiter}

    def cell(value: str | None) -> str:
        if value is None:
            return ""
        if not value or value == r"\." or not special.isdisjoint(value):
            return '"' + value.replace('"', '""') + '"'
        return value

    def write(part: _Part, bom: bool) -> Iterator[bytes]:
        heads = [harmless(column.name) for column in part.columns]
        target = io.StringIO()
        csv.writer(target, delimiter=delimiter).writerow(heads)
        batches = _begun(part.batches(_as_text))
        yield ((BOM if bom else "") + target.getvalue()).encode()
        texts = [i for i, c in enumerate(part.columns) if c.shown_type == "text"]
        for rows in batches:
            for row in rows:
                for place in texts:
                    row[place] = harmless(row[place])
            lines = (delimiter.join(map(cell, row)) + "\n" for row in rows)
            yield "".join(lines).encode()

    return write


def _json(part: _Part, bom: bool) -> Iterator[bytes]:
    fields = [described(column) for column in part.columns]
    listed = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    head = f'{{\n  "fields": {listed},\n  "records": ['
    batches = _begun(part.json_batches())
    yield ((BOM if bom else "") + head).encode()
    before = "\n    "
    for rows in batches:
        lines = ("[" + ",".join(row) + "]" for row in rows)
        yield (before + ",\n    ".join(lines)).encode()
        before = ",\n    "
    yield b"\n]}\n"


def _xml(part: _Part, bom: bool) -> Iterator[bytes]:
    fields = [described(column) for column in part.columns]
    names: Sequence[str] = [column.name for column in part.columns]
    batches = _begun(part.json_batches())
    with xml_writer(fields, bom=bom) as writer:
        yield writer.write_records([])
        for rows in batches:
            yield writer.write_records(
                [
                    dict(zip(names, map(msgspec.json.decode, row), strict=True))
                    for row in rows
                ]
            )
        yield writer.end_file()


WRITERS: dict[str, Writer] = {
    "csv": _separated(","),
    "tsv": _separated("\t"),
    "json": _json,
    "xml": _xml,
}
