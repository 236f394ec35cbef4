"""What one caller may read of one table: a value that every channel takes.

It is decided in `sharing`; here it is a value and the one sub-select it renders to. A
column that is not in it does not exist for its reader: it can neither be read nor
filtered, sorted, searched or counted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

Mode = Literal["plain", "masked", "decrypted"]
COMPARISONS = {"=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "!=": "<>"}


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier inside a statement with parameters."""
    return '"' + name.replace('"', '""').replace("\0", "").replace("%", "%%") + '"'


@dataclass(frozen=True)
class Column:
    """A column as a caller reads it.

    `type` is PostgreSQL's name of the stored type. `blind` names the column of the
    blind index where the values are stored as ciphertext, else it is None: such a
    column is "decrypted" or "masked"; "plain" is read as "masked" too, because
    nobody is served a ciphertext. `rows` says in which rows the value is shown (None:
    in all); elsewhere it is empty.
    """

    name: str
    label: str
    type: str
    mode: Mode = "plain"
    blind: str | None = None
    info: tuple[tuple[str, Any], ...] = ()
    rows: Predicate | None = None

    def read_as(self, access: Literal["plain", "masked"]) -> Column:
        """Return the column for a reader of identity numbers or of their mask.

        With "masked" every column that holds no identity numbers stays plain.
        """
        if self.blind is None:
            return replace(self, mode="plain")
        return replace(self, mode="decrypted" if access == "plain" else "masked")

    def shown_in(self, rows: Predicate | None) -> Column:
        """Return the column with its values in some rows only; None: in all."""
        return replace(self, rows=rows)

    @property
    def is_encrypted(self) -> bool:
        """Return whether the values are stored as ciphertext."""
        return self.blind is not None

    @property
    def shown_type(self) -> str:
        """Return the type of what the caller gets; a mask is text."""
        return "text" if self.mode == "masked" else self.type

    def expression(self) -> str:
        """Return the column's SQL inside the sub-select: its value or its mask."""
        if self.mode == "masked" and self.blind is None:
            return f"{self._shown(mask_sql(quoted(self.name)))} AS {quoted(self.name)}"
        return self._named(self.name)

    def blind_expression(self) -> str | None:
        """Return the SQL of the blind index, for filters of who reads it plain."""
        if self.blind is None or self.mode != "decrypted":
            return None
        return self._named(self.blind)

    def _named(self, name: str) -> str:
        if self.rows is None:
            return quoted(name)
        return f"{self._shown(quoted(name))} AS {quoted(name)}"

    def _shown(self, value: str) -> str:
        if self.rows is None:
            return value
        return f"CASE WHEN {self.rows.sql} THEN {value} END"


def mask_sql(column: str) -> str:
    """Return SQL that shows the first character and the last of long values.

    Also the number of characters is hidden: three stars stand for any of them.
    """
    text = f"({column})::text"
    return (
        f"CASE WHEN {column} IS NULL THEN NULL "
        f"WHEN length({text}) < 3 THEN left({text}, 1) || '***' "
        f"ELSE left({text}, 1) || '***' || right({text}, 1) END"
    )


@dataclass(frozen=True)
class Predicate:
    """Which rows: SQL over the stored columns, parameters by name.

    Built by the functions below, so that names are quoted and values bound; `columns`
    are the stored columns that it looks at.
    """

    sql: str
    params: tuple[tuple[str, Any], ...] = ()
    columns: frozenset[str] = frozenset()


def compare(column: str, operator: str, value: Any) -> Predicate:
    """Return the rows whose `column` compares so with `value`.

    Raise ValueError for an operator that is not one of = < <= > >= !=.
    """
    if operator not in COMPARISONS:
        raise ValueError(f"no such comparison: {operator}")
    name = _parameter(column, operator, value)
    sql = f"{quoted(column)} {COMPARISONS[operator]} %({name})s"
    return Predicate(sql, ((name, value),), frozenset({column}))


def one_of(column: str, values: Sequence[Any]) -> Predicate:
    """Return the rows whose `column` is one of `values`; none for an empty list."""
    if not values:
        return nothing()
    return any_of(compare(column, "=", value) for value in values)


def starts_with(column: str, text: str) -> Predicate:
    """Return the rows whose text `column` begins with `text` (a region's code)."""
    name = _parameter(column, "^", text)
    return Predicate(
        f"starts_with({quoted(column)}::text, %({name})s)",
        ((name, text),),
        frozenset({column}),
    )


def nothing() -> Predicate:
    """Return the predicate of no row."""
    return Predicate("false")


def any_of(predicates: Iterable[Predicate]) -> Predicate:
    """Return the rows of at least one of them."""
    return _joined(" OR ", "false", predicates)


def all_of(predicates: Iterable[Predicate]) -> Predicate:
    """Return the rows that all of them allow."""
    return _joined(" AND ", "true", predicates)


def _joined(word: str, empty: str, predicates: Iterable[Predicate]) -> Predicate:
    parts = list(predicates)
    params = dict(pair for part in parts for pair in part.params)
    sql = word.join(f"({part.sql})" for part in parts) or empty
    columns = frozenset[str]().union(*(part.columns for part in parts))
    return Predicate(sql, tuple(params.items()), columns)


def _parameter(column: str, operator: str, value: Any) -> str:
    # Equal comparisons share a parameter; different ones never collide.
    text = json.dumps([column, operator, type(value).__name__, str(value)])
    return "p_" + hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Projection:
    """Columns and rows of a table that a caller may read; `hash` names the value.

    `predicate` is about rows as a whole; a column may be shown in some of them only.
    """

    resource_id: str
    columns: tuple[Column, ...]
    predicate: Predicate | None = None

    @property
    def visible(self) -> Predicate | None:
        """Return the rows in which anything is shown; None for all of them."""
        parts = [self.predicate] if self.predicate else []
        shown = {c.rows for c in self.columns}
        if self.columns and None not in shown:
            ordered = dict.fromkeys(c.rows for c in self.columns if c.rows)
            parts.append(any_of(ordered))
        return all_of(parts) if parts else None

    @cached_property
    def hash(self) -> str:
        """Return 64 hexadecimal digits, equal for equal projections."""
        value = [
            self.resource_id,
            [[c.name, c.type, c.mode, c.blind, _told(c.rows)] for c in self.columns],
            _told(self.predicate),
        ]
        text = json.dumps(value, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def only(self, stored: Mapping[str, Column]) -> Projection:
        """Return what of it the stored table still has.

        A column that is gone, or whose ciphertext came or went since the decision, is
        left out or masked, and no row is shown by a rule about such a column: a table
        that changed never widens what a caller reads.
        """
        kept: list[Column] = []
        for column in self.columns:
            now = stored.get(column.name)
            if now is None:
                continue
            mode = column.mode
            if now.is_encrypted and mode == "plain":
                mode = "masked"
            elif not now.is_encrypted and mode == "decrypted":
                mode = "plain"
            kept.append(replace(now, mode=mode, rows=_held(column.rows, stored)))
        return replace(
            self, columns=tuple(kept), predicate=_held(self.predicate, stored)
        )

    def render(self) -> tuple[str, dict[str, Any]]:
        """Return the sub-select and its parameters (psycopg2's named style).

        Under a row predicate `_id` counts the visible rows: gaps would tell of
        hidden ones. Blind indexes of decrypted columns are part of it, for filters.
        """
        row_id = '"_id"'
        rows = self.visible
        if rows is not None:
            row_id = '(row_number() OVER (ORDER BY "_id"))::int AS "_id"'
        blinds = [sql for c in self.columns if (sql := c.blind_expression())]
        listed = ", ".join([row_id, *(c.expression() for c in self.columns), *blinds])
        sql = f"SELECT {listed} FROM {quoted(self.resource_id)}"  # noqa: S608 (names quoted, values bound)
        params = dict(pair for c in self.columns if c.rows for pair in c.rows.params)
        if rows is None:
            return sql, params
        return f"{sql} WHERE {rows.sql}", params | dict(rows.params)


def _held(rows: Predicate | None, stored: Mapping[str, Column]) -> Predicate | None:
    """Return the rule if the table still has its columns in the clear, else no row."""
    if rows is None:
        return None
    known = all(name in stored and not stored[name].blind for name in rows.columns)
    return rows if known else nothing()


def _told(rows: Predicate | None) -> list[Any] | None:
    return None if rows is None else [rows.sql, rows.params]
