"""The clauses of a search over a projection: filters, q, fields, sort.

Names are looked up among the projection's columns only: a hidden column and an absent
one are answered with the same words. Values are bound, never written into the SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.datastore.backend import (
    _parse_sort_clause,  # pyright: ignore[reportPrivateUsage]
)
from ckanext.datastore.filters import FilterOp, parse_query_filters
from ckanext.datastore.helpers import get_list

from ckanext.jiangmen.tables.crypto import Keyring
from ckanext.jiangmen.tables.projection import Column, Projection, quoted

ROW_ID = Column("_id", "_id", "int")
OPERATORS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
SHORTEST_NUMBER = 15


@dataclass
class Query:
    """One search as SQL: built once, used for the rows and for their number."""

    projection: Projection
    keyring: Callable[[], Keyring]
    params: dict[str, Any] = field(default_factory=dict)
    where: list[str] = field(default_factory=list)

    @property
    def columns(self) -> Mapping[str, Column]:
        """Return what can be named, `_id` first."""
        return {c.name: c for c in (ROW_ID, *self.projection.columns)}

    def bind(self, value: Any) -> str:
        """Return the placeholder of a bound value."""
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"

    def add_filters(self, filters: Any) -> None:
        """Take core's `filters`. Raise ValidationError."""
        try:
            parsed = parse_query_filters(filters, {"fields": self.columns})
        except (IndexError, AttributeError, TypeError, RecursionError) as err:
            raise tk.ValidationError({"filters": ["Invalid filters"]}) from err
        if parsed is not None:
            self.where.append(self._clause(parsed))

    def _clause(self, asked: FilterOp) -> str:
        if asked.op in {"$and", "$or"}:
            parts = [self._clause(part) for part in asked.value or []]
            empty = "true" if asked.op == "$and" else "false"
            word = " AND " if asked.op == "$and" else " OR "
            return f"({word.join(parts)})" if parts else empty
        column = self.columns.get(str(asked.field))
        if column is None:
            # Core's parser lets lists of values for unknown fields pass.
            raise tk.ValidationError({"filters": [f"Unknown field: {asked.field}"]})
        values = asked.value if asked.op == "in" else [asked.value]
        if any(isinstance(value, dict | list) for value in values):
            raise tk.ValidationError({"filters": ["Invalid filters"]})
        if column.is_encrypted:
            return self._by_blind_index(column, asked.op, values)
        bound = [self.bind(_adapted(column, value)) for value in values]
        if asked.op == "in":
            listed = ", ".join(bound)
            return f"{quoted(column.name)} IN ({listed})" if bound else "false"
        if asked.op not in OPERATORS:
            raise tk.ValidationError(
                {"filters": [f"Unknown filter operation: {asked.op}"]}
            )
        return f"{quoted(column.name)} {OPERATORS[asked.op]} {bound[0]}"

    def _by_blind_index(self, column: Column, op: str, values: list[Any]) -> str:
        """Return the clause that finds equal values of an encrypted column."""
        if op not in {"eq", "in"} or column.mode != "decrypted":
            raise tk.ValidationError(
                {
                    "filters": [
                        tk._(
                            "The column {name} is protected: only those who may read "
                            "it whole can look for one value of it."
                        ).format(name=column.name)
                    ]
                }
            )
        ring = self.keyring()
        blinds = [blind for value in values for blind in ring.blinds_of(str(value))]
        return f"{quoted(column.blind or '')} = ANY({self.bind(blinds)})"

    def add_search(self, q: Any) -> None:
        """Take core's `q` or `full_text`.

        A text is looked for as a substring of any readable text column, a dict's
        texts in the columns named; case does not matter.
        """
        if isinstance(q, dict):
            for name, text in q.items():
                column = self.columns.get(name)
                if column is None or not isinstance(text, str):
                    raise tk.ValidationError({"q": [f'invalid value "{name}"']})
                self.where.append(self._contains([column], text))
        elif q:
            texts = [c for c in self.columns.values() if c.shown_type == "text"]
            self.where.append(self._contains(texts, str(q)))

    def _contains(self, columns: list[Column], text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = self.bind(f"%{escaped}%")
        parts: list[str] = []
        for column in columns:
            if not column.is_encrypted:
                parts.append(f"{quoted(column.name)}::text ILIKE {pattern}")
            elif column.mode == "decrypted" and len(text) >= SHORTEST_NUMBER:
                parts.append(self._by_blind_index(column, "eq", [text]))
        return f"({' OR '.join(parts)})" if parts else "false"

    def selected(self, fields: Any) -> list[Column]:
        """Return the columns of core's `fields`; all if it is empty or absent."""
        if not fields:
            return list(self.columns.values())
        names = get_list(fields) or []
        unknown = [name for name in names if name not in self.columns]
        if unknown:
            raise tk.ValidationError({"fields": [f'invalid value "{unknown[0]}"']})
        return [self.columns[name] for name in dict.fromkeys(names)]

    def order(self, sort: Any) -> list[str]:
        """Return the clauses of core's `sort`."""
        clauses: list[str] = []
        for wanted in get_list(sort, strip_values=False) or []:
            parsed = wanted and _parse_sort_clause(wanted, self.columns)
            if not parsed:
                raise tk.ValidationError({"sort": [f'invalid value "{wanted}"']})
            name, direction = parsed
            if self.columns[name].is_encrypted:
                raise tk.ValidationError(
                    {
                        "sort": [
                            tk._(
                                "The column {name} is protected and cannot be sorted."
                            ).format(name=name)
                        ]
                    }
                )
            clauses.append(f"{quoted(name)} {direction}")
        return clauses

    def source(self) -> str:
        """Return FROM and WHERE of the search; the projection's values are bound."""
        sql, params = self.projection.render()
        self.params.update(params)
        where = " AND ".join(self.where)
        return f"FROM ({sql}) AS t" + (f" WHERE {where}" if where else "")


def _adapted(column: Column, value: Any) -> Any:
    """Return a filter's value as core compares it: text columns with text."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if value is not None and column.shown_type == "text":
        return str(value)
    return value
