"""The store of files, addressed by content: nothing is ever overwritten in place.

A file lies at ``{ckan.storage_path}/blobs/<first two>/<sha256>``. Its name, Chinese
characters and all, stands in the resource's ``file_name``; the store knows none.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog.errors import BlobMissing, FileTooLarge

CHUNK_BYTES = 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Blob:
    """A stored file: `sha256` in 64 hexadecimal digits, `size` in bytes."""

    sha256: str
    size: int


def root() -> Path:
    """Return the folder of the store; it need not exist yet."""
    return Path(tk.config["ckan.storage_path"]) / "blobs"


def path(sha256: str) -> Path:
    """Return where the file with this sum lies, whether it is there or not.

    Raise ValueError for anything but 64 lower-case hexadecimal digits.
    """
    if not SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 sum")
    return root() / sha256[:2] / sha256


def has(sha256: str) -> bool:
    """Return whether a file with this sum is stored."""
    return bool(SHA256.fullmatch(sha256)) and path(sha256).is_file()


def existing(sha256: str) -> Path:
    """Return the path of a stored file.

    Raise `BlobMissing` if the store has no such file.
    """
    if not has(sha256):
        raise BlobMissing(f"文件 {sha256[:12]} 不在存储中，请重新上传。")
    return path(sha256)


def put(stream: IO[bytes], limit_bytes: int | None = None) -> Blob:
    """Store what `stream` gives from its present position, and return its sum and size.

    Bounded memory; written beside, flushed to disk, then renamed, so that a file is
    there whole or not at all. Raise `FileTooLarge` beyond `limit_bytes`.
    """
    folder = root()
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        give_to_service(folder)
    digest, size = hashlib.sha256(), 0
    descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=folder)
    staged = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as target:
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if limit_bytes is not None and size > limit_bytes:
                    raise FileTooLarge(
                        f"文件超过 {limit_bytes // 1024 // 1024} MB 的上限，"
                        "请拆分后上传。"
                    )
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        return _settle(staged, Blob(digest.hexdigest(), size))
    finally:
        staged.unlink(missing_ok=True)


def put_path(source: Path, limit_bytes: int | None = None) -> Blob:
    """Store a copy of the file at `source`; like `put`."""
    with source.open("rb") as stream:
        return put(stream, limit_bytes)


def _settle(staged: Path, blob: Blob) -> Blob:
    """Give a written file its final name; one that is there already stays."""
    final = path(blob.sha256)
    if not final.parent.exists():
        final.parent.mkdir(exist_ok=True)
        give_to_service(final.parent)
    staged.chmod(0o640)
    give_to_service(staged)
    if final.exists():
        # Touched, so that a collection running now sees a file in use.
        final.touch()
    else:
        staged.replace(final)
        _flush_folder(final.parent)
    return blob


def give_to_service(path: Path) -> None:
    """Give a file made by root the owner of the storage, who has to read it later."""
    if os.geteuid() == 0:
        owner = Path(tk.config["ckan.storage_path"]).stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stored() -> Iterator[tuple[str, os.stat_result]]:
    """Yield (sha256, stat) of every stored file."""
    for file in root().glob("??/*"):
        if SHA256.fullmatch(file.name):
            yield file.name, file.stat()


def remove(sha256: str) -> None:
    """Delete one stored file; a missing one is no error."""
    path(sha256).unlink(missing_ok=True)
