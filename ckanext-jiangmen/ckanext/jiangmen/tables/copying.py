"""Rows on their way into PostgreSQL: decoded in one thread while COPY sends another.

At most `WAITING` batches lie between the two, whatever the file's size.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import psycopg2

from ckanext.jiangmen.tables.columns import TableColumn
from ckanext.jiangmen.tables.crypto import Keyring
from ckanext.jiangmen.tables.store import blind_name, identifier

WAITING = 2
PIECE_BYTES = 1024 * 1024


class Feed:
    """What `copy_expert` reads: the pieces an iterator makes in a thread of its own.

    An exception of the iterator is raised by `read`, so that COPY fails, and kept.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(WAITING)
        self._stopped = threading.Event()
        self._rest = memoryview(b"")
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, daemon=True)
        self._thread.start()

    def _produce(self) -> None:
        last: BaseException | None = None
        try:
            for piece in self._pieces:
                if not self._put(piece):
                    return
        except BaseException as err:  # noqa: BLE001 (raised again where it is read)
            last = err
        self._put(last)

    def _put(self, piece: bytes | BaseException | None) -> bool:
        """Queue a piece; False if nobody reads any more."""
        while not self._stopped.is_set():
            try:
                self._queue.put(piece, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def read(self, size: int = PIECE_BYTES) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        while not self._rest:
            piece = self._queue.get()
            if piece is None:
                return b""
            if isinstance(piece, BaseException):
                self.failure = piece
                raise piece
            self._rest = memoryview(piece)
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)

    def close(self) -> None:
        """Stop the thread and wait for it."""
        self._stopped.set()
        self._thread.join()


def copy_statement(table: str, columns: Sequence[TableColumn], *, is_new: bool) -> str:
    """Return the COPY for rows as `encode` writes them.

    A table made in this transaction takes frozen rows: no reader of an older
    snapshot finds it empty after the swap, and nothing has to be marked later.
    """
    names = ["_id", *(c.name for c in columns)]
    names += [blind_name(c.name) for c in columns if c.identity]
    listed = ", ".join(map(identifier, names))
    freeze = ", FREEZE" if is_new else ""
    return (
        f"COPY public.{identifier(table)} ({listed}) "
        f"FROM STDIN (FORMAT csv, ENCODING 'UTF8'{freeze})"
    )


def encode(
    frame: pl.DataFrame,
    columns: Sequence[TableColumn],
    first_id: int,
    keyring: Keyring | None,
) -> bytes:
    """Return the rows as CSV for COPY: `_id`, the columns, the blind indexes."""
    row_ids = pl.int_range(first_id, first_id + len(frame), eager=True).alias("_id")
    sealed: list[pl.Series] = [row_ids]
    blinds: list[pl.Series] = []
    for column in columns:
        values = frame[column.name]
        if column.identity:
            assert keyring is not None  # noqa: S101 (encrypted columns come with keys)
            plain = values.to_list()
            blind = keyring.blind_all(plain)
            blinds.append(pl.Series(blind_name(column.name), blind, pl.String))
            values = pl.Series(column.name, keyring.encrypt_all(plain), pl.String)
        sealed.append(values)
    written = pl.DataFrame([*sealed, *blinds]).write_csv(include_header=False)
    return written.encode()


def send(cursor: Any, statement: str, pieces: Iterator[bytes]) -> None:
    """Run a COPY with the pieces. Raise what the iterator raises."""
    feed = Feed(pieces)
    try:
        cursor.copy_expert(statement, feed, size=PIECE_BYTES)
    except psycopg2.Error:
        # psycopg2 turns what `read` raised into words of its own.
        if feed.failure is not None:
            raise feed.failure from None
        raise
    finally:
        feed.close()
