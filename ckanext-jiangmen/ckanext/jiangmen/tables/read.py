"""`datastore_search` and `datastore_info` over a projection.

Core's parameters and answers; the SQL is our own (no view, no hook of core: neither can
hide a column from filters, sort and counts). Rows and their number are one snapshot.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg2
import psycopg2.errors

import ckan.lib.navl.dictization_functions as navl
import ckan.plugins.toolkit as tk
from ckan.lib.lazyjson import LazyJSONObject
from ckanext.datastore.logic.schema import (
    datastore_info_schema,
    datastore_search_schema,
)

from ckanext.jiangmen import identity
from ckanext.jiangmen.tables import keys, store
from ckanext.jiangmen.tables.errors import TableMissing
from ckanext.jiangmen.tables.projection import (
    Column,
    Projection,
    quoted,
)
from ckanext.jiangmen.tables.query import Query

Params = dict[str, Any]
_BY_ROW = re.compile(r'"_id" (asc|desc)')


def search(projection: Projection, data_dict: Params, *, lazy: bool = False) -> Params:
    """Return what core's `datastore_search` returns, over the projection.

    `lazy` leaves the records as JSON text (for the API, as core does). Raise
    ValidationError, or ObjectNotFound where the table is gone.
    """
    data = _validated(data_dict, datastore_search_schema())
    data["resource_id"] = projection.resource_id
    try:
        with store.snapshot(projection.resource_id) as connection:
            cursor = connection.cursor()
            return _Search(as_stored(cursor, projection), data, lazy).run(cursor)
    except TableMissing as err:
        raise tk.ObjectNotFound(str(err)) from err
    except psycopg2.errors.QueryCanceled as err:
        raise tk.ValidationError({"query": ["Search took too long"]}) from err
    except (psycopg2.DataError, psycopg2.ProgrammingError) as err:
        # Never the statement: it holds the predicate.
        raise tk.ValidationError({"query": ["Invalid query"]}) from err


def info(projection: Projection, data_dict: Params | None = None) -> Params:
    """Return what core's `datastore_info` returns, without sizes and counts."""
    given = {**(data_dict or {}), "resource_id": projection.resource_id}
    data = _validated(given, datastore_info_schema())
    try:
        with store.snapshot(projection.resource_id) as connection:
            visible = as_stored(connection.cursor(), projection)
    except TableMissing as err:
        raise tk.ObjectNotFound(str(err)) from err
    answer: Params = {"fields": [described(c) for c in visible.columns]}
    if data["include_meta"]:
        answer["meta"] = {
            "id": projection.resource_id,
            "aliases": [],
            "table_type": "BASE TABLE",
        }
    if data["include_fields_schema"]:
        for shown in answer["fields"]:
            shown["schema"] = {
                "native_type": shown["type"],
                "notnull": False,
                "index_name": None,
                "is_index": False,
                "uniquekey": False,
            }
    return answer


def described(column: Column) -> Params:
    """Return a column as core's answers name it."""
    shown: Params = {"id": column.name, "type": column.shown_type}
    if column.info:
        shown["info"] = dict(column.info)
    return shown


def opened(column: Column, values: Sequence[str | None]) -> list[str | None]:
    """Return the values of an encrypted column as its reader sees them."""
    numbers = keys.keyring().decrypt_all(values)
    if column.mode == "decrypted":
        return numbers
    return [None if number is None else identity.mask(number) for number in numbers]


def as_stored(cursor: Any, projection: Projection) -> Projection:
    """Return the projection over the table as this snapshot finds it."""
    stored = store.stored_columns(cursor, projection.resource_id)
    return projection.only({column.name: column for column in stored})


def _validated(data_dict: Params, schema: Any) -> Params:
    data, errors = navl.validate(dict(data_dict), schema, {})
    if errors:
        raise tk.ValidationError(errors)
    return data


class _Search:
    """One search inside its snapshot."""

    def __init__(self, projection: Projection, data: Params, lazy: bool) -> None:
        self.data, self.lazy = data, lazy
        self.query = Query(projection, keys.keyring)
        self.query.add_filters(data.get("filters"))
        self.query.add_search(data.get("q"))
        self.query.add_search(data.get("full_text"))
        self.selected = self.query.selected(data.get("fields"))
        self.order = self.query.order(data.get("sort"))
        self.distinct = bool(data.get("distinct"))
        self.sealed = [c for c in self.selected if c.is_encrypted]
        if self.distinct and self.sealed:
            text = tk._("The column {name} is protected and cannot be made distinct.")
            name = self.sealed[0].name
            raise tk.ValidationError({"distinct": [text.format(name=name)]})
        if not self.order and not self.distinct:
            self.order = ['"_id" asc']
        self.format = data["records_format"]
        self.source = self.query.source()

    def run(self, cursor: Any) -> Params:
        """Return the answer."""
        limit, offset = int(self.data["limit"]), int(self.data.get("offset") or 0)
        if offset < 0:
            raise tk.ValidationError({"offset": [f'invalid value "{offset}"']})
        page = f"LIMIT {limit} OFFSET {offset}"
        if self.format in {"csv", "tsv"} and not self.sealed:
            records, last = self._copied(cursor, page), self._last(cursor, page)
        else:
            records, last = self._fetched(cursor, page)
        answer = {**self.data, "records": records}
        answer["fields"] = [described(column) for column in self.selected]
        if self.data["include_total"]:
            cursor.execute(f"SELECT count(*) {self._counted()}", self.query.params)
            answer["total"] = cursor.fetchone()[0]
        if last is not None and self.data["include_next_page"] and self._by_row:
            operator = "lt" if self.order[0].endswith("desc") else "gt"
            answer["next_page"] = {"_id": {operator: last}}
        return answer

    @property
    def _by_row(self) -> bool:
        return len(self.order) == 1 and bool(_BY_ROW.match(self.order[0]))

    def _listed(self) -> str:
        """Return the selected columns as core formats them: times in ISO form."""
        return ", ".join(
            f"to_char({quoted(c.name)}, '{time_format()}') AS {quoted(c.name)}"
            if c.shown_type == "timestamp"
            else quoted(c.name)
            for c in self.selected
        )

    def _statement(self, page: str) -> str:
        order = f"ORDER BY {', '.join(self.order)}" if self.order else ""
        if self.distinct:
            return f"SELECT DISTINCT {self._listed()} {self.source} {order} {page}"
        return (
            f'SELECT {self._listed()}, "_id" AS "_row" '  # noqa: S608 (names quoted, values bound)
            f"FROM (SELECT * {self.source} {order} {page}) AS page"
        )

    def _counted(self) -> str:
        if not self.distinct:
            return self.source
        names = ", ".join(quoted(column.name) for column in self.selected)
        return f"FROM (SELECT DISTINCT {names} {self.source}) AS counted"

    def _copied(self, cursor: Any, page: str) -> str:
        """Return the rows as core's CSV or TSV, made by the server."""
        names = ", ".join(quoted(column.name) for column in self.selected)
        rows = f"SELECT {names} FROM ({self._statement(page)}) AS shown"  # noqa: S608 (names quoted, values bound)
        statement = cursor.mogrify(rows, self.query.params).decode()
        delimiter = " DELIMITER E'\\t'" if self.format == "tsv" else ""
        target = io.StringIO()
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT csv{delimiter}", target)
        return target.getvalue()

    def _last(self, cursor: Any, page: str) -> int | None:
        if self.distinct or not self.data["include_next_page"] or not self._by_row:
            return None
        function = "min" if self.order[0].endswith("desc") else "max"
        statement = f'SELECT {function}("_row") FROM ({self._statement(page)}) AS shown'  # noqa: S608 (names quoted, values bound)
        cursor.execute(statement, self.query.params)
        return cursor.fetchone()[0]

    def _fetched(self, cursor: Any, page: str) -> tuple[Any, int | None]:
        """Return the records in the format asked for, and the last row's `_id`."""
        names = ", ".join(quoted(column.name) for column in self.selected)
        inner = self._statement(page)
        row_id = "NULL" if self.distinct else '"_row"'
        if self.format == "objects" and not self.sealed:
            shape = f"row_to_json((SELECT r FROM (SELECT {names}) AS r))::text"  # noqa: S608 (names quoted, values bound)
        else:
            values = ", ".join(f"to_json({quoted(c.name)})" for c in self.selected)
            shape = f"array_to_json(ARRAY[{values}])::text"
        statement = f"SELECT {shape}, {row_id} FROM ({inner}) AS shown"  # noqa: S608 (as above)
        cursor.execute(statement, self.query.params)
        fetched = cursor.fetchall()
        last = fetched[-1][1] if fetched else None
        text = "[" + ",".join(row[0] for row in fetched) + "]"
        if self.sealed:
            return self._unsealed(msgspec.json.decode(text)), last
        if self.lazy and fetched:
            return LazyJSONObject(text), last
        return msgspec.json.decode(text), last

    def _unsealed(self, rows: list[list[Any]]) -> Any:
        """Open the encrypted columns and give the rows the format asked for."""
        for place, column in enumerate(self.selected):
            if column.is_encrypted:
                shown = opened(column, [row[place] for row in rows])
                for row, value in zip(rows, shown, strict=True):
                    row[place] = value
        if self.format == "lists":
            return rows
        names = [column.name for column in self.selected]
        if self.format == "objects":
            return [dict(zip(names, row, strict=True)) for row in rows]
        target = io.StringIO()
        dialect = "excel-tab" if self.format == "tsv" else "excel"
        csv.writer(target, dialect=dialect, lineterminator="\n").writerows(rows)
        return target.getvalue()


def time_format() -> str:
    """Return how core writes times, for to_char."""
    milliseconds = tk.config.get("ckan.datastore.ms_in_timestamp")
    return 'YYYY-MM-DD"T"HH24:MI:SS' + (".MS" if milliseconds else "")
