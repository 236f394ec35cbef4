"""Load a file into the DataStore table of a resource, and replace what was there.

Readers see the old rows or the new ones, in every isolation level. A small table
with the same columns gets its rows deleted and copied in one transaction; otherwise a
prepared table is filled, committed and then swapped in.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from ckanext.jiangmen.tables import (
    columns,
    config,
    copying,
    decode,
    keys,
    registry,
    store,
)
from ckanext.jiangmen.tables.checks import Checker
from ckanext.jiangmen.tables.columns import Item, TableColumn
from ckanext.jiangmen.tables.decode import BadRow, Source
from ckanext.jiangmen.tables.errors import RowsRefused
from ckanext.jiangmen.tables.limits import MEGABYTE

log = logging.getLogger(__name__)

# Above either, a prepared table is cheaper than dead rows: 60,000 rows take 0.3 s.
SMALL_ROWS = 200_000
SMALL_BYTES = 50 * MEGABYTE

Way = Literal["created", "replaced", "swapped"]


@dataclass(frozen=True)
class LoadReport:
    """What a load did: rows, what was refused, the columns, where the header was.

    `bad_rows` are the first of `bad_count`; `seconds` is the whole load; `columns`
    are those of the table, with their types and whether they are encrypted.
    """

    resource_id: str
    rows: int
    bad_count: int
    bad_rows: tuple[BadRow, ...]
    blank_rows: int
    columns: tuple[TableColumn, ...]
    sha256: str
    header_row: int
    seconds: float
    way: Way | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain lists and dicts."""
        return dataclasses.asdict(self)


class _FoundIdentityNumbers(Exception):
    """Columns turned out to hold identity numbers while they were copied."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names


@dataclass(frozen=True)
class _Options:
    """What a caller asked for."""

    items: Sequence[Item]
    accept_bad_rows: bool | int
    unknown_columns: bool
    sheet: str | None
    is_export: bool
    started: float


@dataclass
class _Load:
    """One load under way."""

    resource_id: str
    source: Source
    columns: Sequence[TableColumn]
    checker: Checker
    accept_bad_rows: bool | int
    is_small: bool
    encrypts: bool
    started: float
    rows: int = 0

    def report(self, way: Way | None) -> LoadReport:
        return LoadReport(
            self.resource_id,
            self.rows,
            self.checker.bad_count,
            tuple(self.checker.bad_rows),
            self.checker.blank_count,
            tuple(self.columns),
            self.source.sha256,
            self.source.header_row,
            round(time.monotonic() - self.started, 3),
            way,
        )

    def pieces(self, frames: Iterator[pl.DataFrame]) -> Iterator[bytes]:
        """Yield the rows as CSV; raise at the end if they may not be kept."""
        needs_keys = any(column.identity for column in self.columns)
        ring = keys.keyring() if needs_keys else None
        for frame in frames:
            if len(frame):
                yield copying.encode(frame, self.columns, self.rows + 1, ring)
                self.rows += len(frame)
        self._judge()

    def _judge(self) -> None:
        any_number = self.accept_bad_rows is True
        if not any_number and self.checker.bad_count > int(self.accept_bad_rows):
            raise RowsRefused(
                f"有 {self.checker.bad_count:,} 行不符合要求，整个文件未载入。",
                self.report(None),
            )
        late = self.checker.identity_columns() - {
            c.name for c in self.columns if c.identity
        }
        if late and self.encrypts:
            raise _FoundIdentityNumbers(late)


def load_table(  # noqa: PLR0913 (options by name)
    resource_id: str,
    path: Path,
    items: Sequence[Item] = (),
    *,
    accept_bad_rows: bool | int = False,
    unknown_columns: bool = False,
    sheet: str | None = None,
    version: int | None = None,
    is_export: bool = False,
) -> LoadReport:
    """Load a file as the table of a resource and return what happened.

    Types and names come from the information items. With bad rows the file is
    refused (`RowsRefused`, the table stays as it was) unless `accept_bad_rows`; a
    number accepts so many and no more.
    `version` is the entry's, for the registry; `is_export` says that the file is a
    CSV of `export`, whose apostrophes before formulas are taken off. Raise also
    `Unreadable`, `TooLarge`, `ColumnsRefused`, `TableBusy`.
    """
    options = _Options(
        items,
        accept_bad_rows,
        unknown_columns,
        sheet,
        is_export,
        time.monotonic(),
    )
    encrypted: frozenset[str] = frozenset()
    with store.writing() as connection:
        _lock(connection, resource_id)
        while True:
            try:
                report = _run(connection, resource_id, path, options, encrypted)
                break
            except _FoundIdentityNumbers as found:
                connection.rollback()
                encrypted |= found.names
            except BaseException:
                connection.rollback()
                raise
        registry.record(report, version)
        if report.way == "replaced":
            store.vacuum(connection, resource_id)
    log.info("table %s: %d rows %s", resource_id, report.rows, report.way)
    return report


def check_file(
    path: Path,
    items: Sequence[Item] = (),
    *,
    sheet: str | None = None,
    bad_rows_listed: int | None = None,
) -> LoadReport:
    """Return what `load_table` would report; no table is touched.

    Bad rows are no error here; `bad_rows_listed` is how many the report names.
    Raise `Unreadable`, `TooLarge`, `ColumnsRefused`.
    """
    started, bounds = time.monotonic(), config.limits()
    if bad_rows_listed is not None:
        bounds = dataclasses.replace(bounds, bad_rows_listed=bad_rows_listed)
    with decode.open_table(path, items, bounds, sheet) as source:
        bound = columns.bind(source.columns, items, unknown_allowed=False)
        checker = Checker(bound, source.columns, bounds)
        load = _Load("", source, bound, checker, True, True, config.encrypts(), started)
        for batch in source.batches():
            load.rows += len(checker.check(batch))
        found = checker.identity_columns() if load.encrypts else frozenset[str]()
        load.columns = [
            c.encrypted() if c.name in found else c
            for c in _plain(bound, load.encrypts)
        ]
        return load.report(None)


def _lock(connection: Any, resource_id: str) -> None:
    """Wait until no other process loads the same table; held by the session."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(hashtextextended(%s, 0))",
            ("jiangmen table " + resource_id,),
        )
    connection.commit()


def _run(
    connection: Any,
    resource_id: str,
    path: Path,
    options: _Options,
    encrypted: frozenset[str],
) -> LoadReport:
    """Read, check and copy the file once, and put the rows in place."""
    items = options.items
    bounds, encrypts = config.limits(), config.encrypts()
    with decode.open_table(path, items, bounds, options.sheet) as source:
        bound = columns.bind(
            source.columns, items, unknown_allowed=options.unknown_columns
        )
        checker = Checker(bound, source.columns, bounds)
        frames = (checker.check(batch) for batch in source.batches())
        if options.is_export:
            frames = (_without_apostrophes(frame) for frame in frames)
        # The first batch tells most columns of identity numbers before COPY begins.
        first = next(frames, None)
        found = (encrypted | checker.identity_columns()) if encrypts else encrypted
        final = [
            c.encrypted() if c.name in found else c for c in _plain(bound, encrypts)
        ]
        load = _Load(
            resource_id,
            source,
            final,
            checker,
            options.accept_bad_rows,
            path.stat().st_size <= SMALL_BYTES,
            encrypts,
            options.started,
        )
        return _place(connection, load, _chained(first, frames))


def _without_apostrophes(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as they were before `export.harmless` marked formulas."""
    marked = pl.all().str.contains(r"^'+[=+\-@\t\r\n＝＋－＠]")
    return frame.with_columns(
        pl.when(marked).then(pl.all().str.slice(1)).otherwise(pl.all())
    )


def _plain(bound: Sequence[TableColumn], encrypts: bool) -> list[TableColumn]:
    """Return the columns as the site keeps them: only one site encrypts."""
    keep = [dataclasses.replace(c, identity=bool(c.identity)) for c in bound]
    return keep if encrypts else [dataclasses.replace(c, identity=False) for c in keep]


def _chained(
    first: pl.DataFrame | None, rest: Iterator[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    if first is not None:
        yield first
    yield from rest


def _place(connection: Any, load: _Load, frames: Iterator[pl.DataFrame]) -> LoadReport:
    """Copy the rows by the way that suits the table that is there."""
    resource_id = load.resource_id
    with connection.cursor() as cursor:
        alike = store.is_alike(cursor, resource_id, load.columns)
        store.drop_prepared(cursor, resource_id)
        if (
            alike
            and load.is_small
            and store.row_estimate(cursor, resource_id) <= SMALL_ROWS
        ):
            _replace(cursor, load, frames)
            connection.commit()
            return load.report("replaced")
        target = resource_id if alike is None else store.PREPARED + resource_id
        store.create(cursor, target, load.columns)
        statement = copying.copy_statement(target, load.columns, is_new=True)
        copying.send(cursor, statement, load.pieces(frames))
        store.finish(cursor, target, load.columns, load.rows)
        if alike is None:
            store.forget_counts(cursor, resource_id)
        connection.commit()
    if alike is None:
        return load.report("created")
    store.swap(connection, resource_id)
    return load.report("swapped")


def _replace(cursor: Any, load: _Load, frames: Iterator[pl.DataFrame]) -> None:
    """Delete the rows and copy the new ones; the caller commits."""
    store.empty(cursor, load.resource_id)
    statement = copying.copy_statement(load.resource_id, load.columns, is_new=False)
    copying.send(cursor, statement, load.pieces(frames))
    store.renumber(cursor, load.resource_id, load.rows)
    cursor.execute(store.comments(load.resource_id, load.columns))
    store.forget_counts(cursor, load.resource_id)


def remove_table(resource_id: str) -> bool:
    """Drop the table with keys, cached counts and registry row; False if none was.

    Raise `TableBusy` if readers do not leave it.
    """
    existed = registry.exists(resource_id)
    with store.writing() as connection:
        _lock(connection, resource_id)
        store.drop(connection, resource_id)
    registry.forget(resource_id)
    return existed
