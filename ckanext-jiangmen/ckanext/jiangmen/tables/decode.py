"""Open a file as a table: its columns, then batches of text with their row numbers.

CSV and other delimited text, XLSX, XLS, JSON. What a file is, its content says, not
its name. Everything is read in batches; nothing is held whole.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from ckanext.jiangmen.tables import encoding, headers, limits, records, workbook
from ckanext.jiangmen.tables.columns import Item, names_of
from ckanext.jiangmen.tables.encoding import TextFile
from ckanext.jiangmen.tables.errors import TooLarge, Unreadable
from ckanext.jiangmen.tables.headers import Header
from ckanext.jiangmen.tables.limits import Limits

HEAD_BYTES = 512 * 1024
BLOCK_BYTES = 4 * 1024 * 1024
JSON_BATCH = 20_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class BadRow:
    """A row that was left out: its number in the file, the column, why, the value."""

    row: int
    column: str
    reason: str
    value: str = ""


@dataclass
class Batch:
    """Rows as text: columns ``c0…``; `numbers` are their rows in the file (uint32).

    `bad` holds the rows that were no rows at all, found up to here.
    """

    frame: pl.DataFrame
    numbers: np.ndarray
    bad: list[BadRow] = field(default_factory=list)


class Source(Protocol):
    """An open file: `columns` as its header names them, then `batches()` once."""

    kind: str
    columns: tuple[str | None, ...]
    header_row: int
    sha256: str

    def batches(self) -> Iterator[Batch]:
        """Yield the rows below the header."""
        ...


def open_table(
    path: Path,
    items: Sequence[Item] = (),
    file_limits: Limits | None = None,
    sheet: str | None = None,
) -> AbstractContextManager[Source]:
    """Return the file as an open table, to be used in a ``with`` statement.

    Raise `Unreadable` or `TooLarge` with one sentence.
    """
    bounds = file_limits or Limits()
    limits.check_size(path, bounds)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith((ZIP, OLE)):
        if head.startswith(ZIP):
            limits.check_workbook(path, bounds)
        return closing(workbook.WorkbookSource(path, items, bounds, sheet))
    text = encoding.inspect(path)
    start = _head_of(text)[:4096].lstrip("\ufeff \t\r\n")
    if start[:1] == "{" or (start[:1] == "[" and start[1:].lstrip()[:1] in "{]"):
        return closing(JsonSource(text, items, bounds))
    if start[:1] == "<":
        raise Unreadable("文件其实是网页或 XML，不是表格，请用表格软件另存为 XLSX。")
    return closing(TextSource(text, items, bounds))


def _head_of(text: TextFile) -> str:
    """Return the first half megabyte of the file as text, whole characters only."""
    with text.open() as stream:
        raw = io.BufferedReader(stream).read(HEAD_BYTES)  # pyright: ignore[reportArgumentType]
    if len(raw) < HEAD_BYTES:
        return raw.decode() + "\n"
    return raw.decode(errors="ignore")


class TextSource:
    """A delimited text."""

    kind = "text"
    columns: tuple[str | None, ...]

    def __init__(self, text: TextFile, items: Sequence[Item], bounds: Limits) -> None:
        self._text, self._limits = text, bounds
        self.sha256 = text.sha256
        names = names_of(items)
        head = _head_of(text)
        self.delimiter = headers.find_delimiter(head, [n for i in names for n in i])
        rows = headers.split_records(head, self.delimiter)
        try:
            self._header = headers.find_header([r.cells for r in rows], names)
        except ValueError as err:
            raise Unreadable("文件中没有找到表头，请检查第一个表格区域。") from err
        self.columns = self._header.columns
        self.header_row = self._header.index + 1
        check_width(self.columns, bounds)
        end = rows[self._header.index].end
        self._skip_bytes = len(head[:end].encode())
        self._invalid: list[int] = []
        self._bad: list[BadRow] = []
        self._last: str | None = None

    def close(self) -> None:
        """Release nothing: the stream is closed by `batches`."""

    def _refuse(self, row: Any) -> str:
        """Remember a record that is not as wide as the header."""
        number = row.number + self.header_row
        self._invalid.append(number)
        reason = f"有 {row.actual_columns} 个单元格，应为 {row.expected_columns} 个"
        if row.text.count('"') % 2:
            reason = "引号没有闭合"
        self._bad.append(BadRow(number, "", reason, row.text[:60]))
        return "skip"

    def batches(self) -> Iterator[Batch]:
        """Yield the rows below the header. Raise `Unreadable`, `TooLarge`."""
        with self._text.open() as stream:
            _skip(stream, self._skip_bytes)
            reader = self._reader(stream)
            number = self.header_row + 1
            while reader is not None:
                try:
                    block = reader.read_next_batch()
                except StopIteration:
                    break
                except pa.ArrowInvalid as err:
                    raise _explain(err, number) from err
                numbers = self._numbers(number, block.num_rows)
                if len(numbers):
                    number = int(numbers[-1]) + 1
                check_rows(number - self.header_row, self._limits)
                frame = _frame(block)
                self._last = frame[-1, -1] if len(frame) else self._last
                yield Batch(frame, numbers, self._take_bad())
        # Arrow takes the file's end for the missing quote: rows would be swallowed.
        if self._text.quotes % 2 and "\n" in (self._last or ""):
            raise Unreadable(f"第 {number - 1} 行有引号没有闭合，其后的行被吞没。")
        if self._bad:
            yield Batch(
                _frame(pa.RecordBatch.from_pylist([], self._schema())),
                np.empty(0, np.uint32),
                self._take_bad(),
            )

    def _schema(self) -> pa.Schema:
        return pa.schema([(f"c{i}", pa.string()) for i in range(len(self.columns))])

    def _reader(self, stream: Any) -> pa_csv.CSVStreamingReader | None:
        """Return Arrow's reader; None where nothing follows the header."""
        names = self._schema().names
        try:
            return pa_csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=pa_csv.ReadOptions(
                    # Only one thread knows the number of a wrong record.
                    use_threads=False,
                    block_size=BLOCK_BYTES,
                    column_names=names,
                ),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._refuse,
                ),
                convert_options=pa_csv.ConvertOptions(
                    check_utf8=False,
                    column_types=dict.fromkeys(names, pa.string()),
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as err:
            if "Empty CSV" in str(err):
                return None
            raise _explain(err, self.header_row + 1) from err

    def _numbers(self, first: int, count: int) -> np.ndarray:
        """Return the file's row numbers of the next `count` good records."""
        wrong = np.asarray([n for n in self._invalid if n >= first], np.uint32)
        self._invalid = wrong.tolist()
        numbers = np.arange(first, first + count + len(wrong), dtype=np.uint32)
        return numbers[~np.isin(numbers, wrong)][:count]

    def _take_bad(self) -> list[BadRow]:
        taken, self._bad = self._bad, []
        return taken


def _skip(stream: Any, size: int) -> None:
    while size > 0:
        piece = stream.read(min(size, HEAD_BYTES))
        if not piece:
            return
        size -= len(piece)


def _frame(block: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(block)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a batch is a frame)
    return frame


def _explain(err: pa.ArrowInvalid, number: int) -> Unreadable:
    if "straddl" in str(err) or "out of sync" in str(err):
        return Unreadable(f"第 {number} 行之后有引号没有闭合，或有一行过长。")
    return Unreadable(f"第 {number} 行之后的内容无法按表格读取。")


def check_width(columns: Sequence[str | None], bounds: Limits) -> None:
    """Raise `TooLarge` for a table of more columns than allowed."""
    if len(columns) > bounds.columns:
        raise TooLarge(f"表格有 {len(columns)} 列，超过 {bounds.columns} 列的上限。")


def check_rows(rows: int, bounds: Limits) -> None:
    """Raise `TooLarge` for a table of more rows than allowed."""
    if rows > bounds.rows + 1:
        raise TooLarge(f"表格超过 {bounds.rows:,} 行的上限，请拆分后上传。")


class JsonSource:
    """A JSON text; a record's number is its place in the list, from 1."""

    kind = "json"
    header_row = 0

    def __init__(self, text: TextFile, items: Sequence[Item], bounds: Limits) -> None:
        self._text, self._limits = text, bounds
        self.sha256 = text.sha256
        self._stream = text.open()
        self._records = iter(records.Records(self._stream))
        self._first = [r for _, r in zip(range(1000), self._records, strict=False)]
        seen = dict.fromkeys(key for record in self._first for key in record)
        if not seen:
            raise Unreadable("JSON 中没有任何记录。")
        self.columns: tuple[str | None, ...] = tuple(seen)
        check_width(self.columns, bounds)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def batches(self) -> Iterator[Batch]:
        """Yield the records. Raise `Unreadable` at the first that is none."""
        number, waiting = 1, self._first
        while waiting:
            yield self._batch(waiting, number)
            number += len(waiting)
            check_rows(number, self._limits)
            waiting = [
                r for _, r in zip(range(JSON_BATCH), self._records, strict=False)
            ]

    def _batch(self, waiting: list[dict[str, Any]], first: int) -> Batch:
        bad: list[BadRow] = []
        good: list[list[str | None]] = []
        numbers: list[int] = []
        known = set(self.columns)
        for number, record in enumerate(waiting, first):
            fault = _fault(record, known)
            if fault:
                bad.append(BadRow(number, fault[0], fault[1]))
                continue
            good.append([_text(record.get(key)) for key in self.columns])  # pyright: ignore[reportArgumentType]
            numbers.append(number)
        schema = {f"c{i}": pl.String for i in range(len(self.columns))}
        frame = pl.DataFrame(good, schema=schema, orient="row")
        return Batch(frame, np.asarray(numbers, np.uint32), bad)


def _fault(record: dict[str, Any], known: set[str | None]) -> tuple[str, str] | None:
    """Return (key, reason) of what makes a record no row."""
    for key, value in record.items():
        if key not in known:
            return key, "前面的记录中没有这个键"
        if isinstance(value, dict | list):
            return key, "值是嵌套的对象或列表"
        if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
            return key, "含有不成对的代理字符"
    return None


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)


__all__ = ["BadRow", "Batch", "Header", "Source", "open_table"]
