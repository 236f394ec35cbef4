"""Check batches of text against the table's columns, column by column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ckanext.jiangmen.tables.columns import TableColumn
from ckanext.jiangmen.tables.decode import BadRow, Batch
from ckanext.jiangmen.tables.errors import ColumnsRefused
from ckanext.jiangmen.tables.limits import Limits
from ckanext.jiangmen.tables.values import RULES

_LONG_NUMBER = re.compile(r"(\d{6})\d{8,}([\dXx]?)")
SHOWN_CHARACTERS = 40
# GB 11643-1999, 4.3: weights of the 17 digits; the check character by the remainder.
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int16)
CHECK_CHARACTERS = np.frombuffer(b"10X98765432", np.uint8)


def count_identity_numbers(column: pl.Series) -> int:
    """Return how many values are 公民身份号码: check character and a possible date."""
    found = column.filter(column.str.len_bytes() == 18)
    if not len(found):
        return 0
    raw = np.frombuffer("".join(found.to_list()).encode(), np.uint8).reshape(-1, 18)
    digits = raw.astype(np.int16) - 48
    ok = ((digits[:, :17] >= 0) & (digits[:, :17] <= 9)).all(axis=1)
    expected = CHECK_CHARACTERS[(digits[:, :17] * WEIGHTS).sum(axis=1) % 11]
    last = np.where(raw[:, 17] == ord("x"), ord("X"), raw[:, 17])
    year = digits[:, 6:10] @ np.array([1000, 100, 10, 1], np.int16)
    month, day = digits[:, 10:12] @ [10, 1], digits[:, 12:14] @ [10, 1]
    ok &= (last == expected) & (year >= 1840) & (year <= 2100)
    ok &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return int(ok.sum())


def shown(value: str | None) -> str:
    """Return a value as a report may show it: short, long numbers hidden.

    >>> shown("440703190001011231")
    '440703…1'
    """
    text = _LONG_NUMBER.sub(r"\1…\2", value or "")
    text = "".join(c if c.isprintable() else "·" for c in text)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def _by_rule(
    column: TableColumn, given: pl.Series, longest: int
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Apply the type's rule to each different value: what is kept, what is wrong."""
    kept: dict[str, str | None] = {}
    faults: dict[str, str] = {}
    for value in given.unique().to_list():
        kept[value], why = RULES[column.type][1](value)
        if not why and column.type == "text" and len(kept[value] or "") > longest:
            kept[value], why = None, f"长度超过 {longest} 个字符"
        if why:
            faults[value] = why
    return kept, faults


@dataclass
class Tally:
    """How many values of a column there were, and how many are identity numbers."""

    values: int = 0
    identity_numbers: int = 0

    @property
    def mostly_identity_numbers(self) -> bool:
        """Return whether more than half of the values are identity numbers."""
        return self.identity_numbers * 2 > self.values


@dataclass
class Checker:
    """Checks batch after batch and remembers what it found.

    `bad_rows` are the first of `bad_count` bad rows; `tallies` is by column name,
    for text columns whose item does not say what they hold.
    """

    columns: Sequence[TableColumn]
    header: Sequence[str | None]
    limits: Limits = field(default_factory=Limits)
    bad_rows: list[BadRow] = field(default_factory=list)
    bad_count: int = 0
    blank_count: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)

    def check(self, batch: Batch) -> pl.DataFrame:
        """Return the good rows: one text column per table column, values canonical.

        Raise `ColumnsRefused` if a column without a name holds a value.
        """
        self._note(batch.bad)
        frame, numbers = self._drop_blank(batch)
        self._refuse_unnamed(frame, numbers)
        good = pl.Series(values=np.ones(len(frame), np.bool_))
        checked: dict[str, pl.Series] = {}
        for column in self.columns:
            values = frame.to_series(column.source).alias(column.name)
            checked[column.name], wrong = self._column(column, values, numbers, good)
            if wrong is not None:
                good &= ~wrong
        result = pl.DataFrame(checked)
        if not good.all():
            self.bad_count += int((~good).sum())
            result = result.filter(good)
        self._tally(result)
        return result

    def _note(self, bad: Sequence[BadRow]) -> None:
        self.bad_count += len(bad)
        room = self.limits.bad_rows_listed - len(self.bad_rows)
        for row in bad[: max(room, 0)]:
            self.bad_rows.append(
                BadRow(row.row, row.column, row.reason, shown(row.value))
            )

    def _drop_blank(self, batch: Batch) -> tuple[pl.DataFrame, np.ndarray]:
        frame, numbers = batch.frame, batch.numbers
        blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
        if not blank.any():
            return frame, numbers
        self.blank_count += int(blank.sum())
        return frame.filter(~blank), numbers[~blank.to_numpy()]

    def _refuse_unnamed(self, frame: pl.DataFrame, numbers: np.ndarray) -> None:
        for place, name in enumerate(self.header):
            if name is not None:
                continue
            values = frame.to_series(place)
            filled = values.is_not_null() & (values.str.strip_chars() != "")
            if filled.any():
                row = numbers[int(filled.arg_max() or 0)]
                raise ColumnsRefused(
                    f"第 {place + 1} 列没有列名，但第 {row} 行有数据，"
                    "请补上列名或删除该列。"
                )

    def _column(
        self,
        column: TableColumn,
        values: pl.Series,
        numbers: np.ndarray,
        good: pl.Series,
    ) -> tuple[pl.Series, pl.Series | None]:
        """Return the canonical values and where they are wrong (None: nowhere)."""
        plain, rule = RULES[column.type]
        doubtful = (~plain(values)).fill_null(False) & values.is_not_null()
        longest = min(column.length or 10**9, self.limits.cell_characters)
        if column.type == "text":
            doubtful |= (values.str.len_chars() > longest).fill_null(False)
        if not doubtful.any():
            return values, None
        places = doubtful.arg_true()
        given = values.gather(places)
        kept, faults = _by_rule(column, given, longest)
        fixed = given.replace_strict(
            list(kept), list(kept.values()), return_dtype=pl.String
        )
        wrong = np.zeros(len(values), np.bool_)
        if faults:
            faulty = given.is_in(list(faults))
            wrong[places.filter(faulty).to_numpy()] = True
            for place in places.filter(faulty).to_list():
                if self._is_full:
                    break
                if good[place]:
                    value = values[place]
                    self._list(int(numbers[place]), column, faults[value], value)
        kept_values = values.scatter(places, fixed)
        return kept_values, pl.Series(values=wrong) if faults else None

    @property
    def _is_full(self) -> bool:
        return len(self.bad_rows) >= self.limits.bad_rows_listed

    def _list(self, row: int, column: TableColumn, why: str, value: str) -> None:
        """Add a bad row to those the report shows, the first fault of each row."""
        if not self._is_full:
            text = value[:3] + "…" if column.identity else shown(value)
            self.bad_rows.append(BadRow(row, column.label, why, text))

    def _tally(self, result: pl.DataFrame) -> None:
        for column in self.columns:
            if column.identity is not None or column.type != "text":
                continue
            values = result[column.name].drop_nulls()
            tally = self.tallies.setdefault(column.name, Tally())
            tally.values += len(values)
            tally.identity_numbers += count_identity_numbers(values)

    def identity_columns(self) -> frozenset[str]:
        """Return the columns most of whose values are identity numbers so far."""
        return frozenset(
            name
            for name, tally in self.tallies.items()
            if tally.mostly_identity_numbers
        )
