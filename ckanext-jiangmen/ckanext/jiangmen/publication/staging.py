"""Files on their way in (open site): pieces in any number of calls, then whole or not.

A file lies under ``incoming/<sha256>`` until its last byte came and its sum is right;
only then the store of files has it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.publication import config, faults
from ckanext.jiangmen.publication.errors import NotReceived

CHUNK_BYTES = 1024 * 1024
ABANDONED_S = 24 * 3600


def folder() -> Path:
    """Return the folder of unfinished files, made if need be."""
    path = Path(tk.config["ckan.storage_path"]) / "incoming"
    path.mkdir(parents=True, exist_ok=True)
    return path


def stage(
    sha256: str, size: int, offset: int, piece: IO[bytes] | None
) -> dict[str, Any]:
    """Add a piece and return {received, complete}: from where to go on, or the end.

    A piece that does not begin where the file ends is not taken; the answer says where
    to go on. Raise `NotReceived` for a file that is too large or whose sum is wrong.
    """
    if not files.SHA256.fullmatch(sha256):
        raise NotReceived("文件的校验值不是 SHA-256。")
    if size < 0 or size > config.file_limit_bytes():
        raise NotReceived("文件超过接收上限。")
    if files.has(sha256):
        # A file in use stays: a withdrawal that runs now looks at its time.
        os.utime(files.path(sha256))
        return {"received": size, "complete": True}
    with _exclusive(folder() / sha256) as stream:
        stream.seek(0, os.SEEK_END)
        if stream.tell() == offset and piece is not None:
            _append(stream, piece, size)
        received = stream.tell()
        if received < size:
            return {"received": received, "complete": False}
        _settle(stream, sha256, size)
    return {"received": size, "complete": True}


def _append(stream: IO[bytes], piece: IO[bytes], size: int) -> None:
    while chunk := piece.read(CHUNK_BYTES):
        if stream.tell() + len(chunk) > size:
            stream.truncate(0)
            raise NotReceived("文件比所说的长，请重新发送。")
        stream.write(chunk)
    stream.flush()
    os.fsync(stream.fileno())


def _settle(stream: IO[bytes], sha256: str, size: int) -> None:
    """Move a whole file into the store; one with a wrong sum begins anew."""
    stream.seek(0)
    blob = files.put(stream)
    if (blob.sha256, blob.size) != (sha256, size):
        files.remove(blob.sha256)
        stream.truncate(0)
        raise NotReceived("文件的校验值不符，请重新发送。")
    faults.reach("receiver-staged")
    Path(stream.name).unlink(missing_ok=True)


@contextmanager
def _exclusive(path: Path) -> Iterator[IO[bytes]]:
    """Open `path` for adding; a second sender of the same file waits."""
    with path.open("a+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


def sweep() -> int:
    """Delete unfinished files that nobody added to for a day; return how many."""
    swept = 0
    for path in folder().iterdir():
        if time.time() - path.stat().st_mtime > ABANDONED_S:
            path.unlink(missing_ok=True)
            swept += 1
    return swept
