"""Rows as Parquet, a row group per batch; figures keep all their digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ckanext.jiangmen.tables.projection import Column, quoted

ROW_GROUP_ROWS = 100_000
LARGEST_PRECISION = 38
TYPES = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "bool": pa.bool_(),
}

Sizes = dict[str, tuple[int, int]]


class _Sink:
    """A file that is read while it is written."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Keep what is there: `drain` takes it."""

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def drain(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def figure_sizes(cursor: Any, source: str, names: Sequence[str]) -> Sizes:
    """Return, per column of exact figures, (digits before the point, after it)."""
    if not names:
        return {}
    listed = ", ".join(
        f"coalesce(max(length(trunc(abs({q}))::text)), 1), coalesce(max(scale({q})), 0)"
        for q in (quoted(name).replace("%%", "%") for name in names)
    )
    cursor.execute(f"SELECT {listed} {source}")
    found = cursor.fetchone()
    return {name: (found[2 * i], found[2 * i + 1]) for i, name in enumerate(names)}


def schema_of(columns: Sequence[Column], heads: Sequence[str], sizes: Sizes) -> Any:
    """Return the Arrow schema; figures too long for a decimal are text."""
    fields: list[Any] = []
    for column, head in zip(columns, heads, strict=True):
        kind = TYPES.get(column.shown_type, pa.string())
        if column.shown_type == "numeric":
            whole, scale = sizes[column.name]
            if whole + scale <= LARGEST_PRECISION:
                kind = pa.decimal128(max(whole + scale, 1), scale)
        fields.append(pa.field(head, kind, metadata={"label": column.label}))
    return pa.schema(fields)


def write(
    columns: Sequence[Column],
    heads: Sequence[str],
    batches: Iterable[list[list[Any]]],
    sizes: Sizes,
) -> Iterator[bytes]:
    """Yield the file as its row groups are ready."""
    schema = schema_of(columns, heads, sizes)
    sink = _Sink()
    with pq.ParquetWriter(
        pa.PythonFile(sink, mode="w"), schema, compression="zstd"
    ) as writer:
        waiting: list[list[Any]] = []
        for batch in batches:
            waiting += batch
            if len(waiting) >= ROW_GROUP_ROWS:
                writer.write_table(_table(waiting, schema))
                waiting = []
                yield sink.drain()
        if waiting:
            writer.write_table(_table(waiting, schema))
            yield sink.drain()
    yield sink.drain()


def _table(rows: list[list[Any]], schema: Any) -> Any:
    arrays: list[Any] = []
    for field, column in zip(schema, zip(*rows, strict=True), strict=True):
        values: Sequence[Any] = column
        if pa.types.is_string(field.type):
            values = [None if v is None else str(v) for v in column]
        arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
