"""Which encoding a text file is in, decided by its whole content, never by a guess.

A byte order mark decides; else the file is UTF-8 if every byte of it is, else
GB 18030 if every byte of it is. Anything else is refused with the place.
"""

from __future__ import annotations

import codecs
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ckanext.jiangmen.tables.errors import Unreadable

PIECE_BYTES = 4 * 1024 * 1024
# UTF-32's mark begins with UTF-16's: it has to be asked first.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


@dataclass(frozen=True)
class TextFile:
    """A text file: `encoding`, length of its mark in bytes, sha256, number of `"`."""

    path: Path
    encoding: str
    mark_bytes: int
    sha256: str
    quotes: int

    def open(self) -> io.RawIOBase | io.BufferedReader:
        """Return the file's content as a stream of UTF-8 without a mark."""
        stream = self.path.open("rb")
        stream.seek(self.mark_bytes)
        if self.encoding == "utf-8":
            return stream
        return Transcoder(stream, self.encoding)


class Transcoder(io.RawIOBase):
    """A stream in another encoding, read as UTF-8 in bounded memory."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return True: this is a stream for reading."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Fill `buffer` with UTF-8 and return how many bytes; 0 at the end."""
        while not self._ready:
            piece = self._stream.read(PIECE_BYTES // 4)
            text = self._decoder.decode(piece, final=not piece)
            if not piece and not text:
                return 0
            self._ready = memoryview(text.encode())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        """Close the stream beneath as well."""
        self._stream.close()
        super().close()


def inspect(path: Path) -> TextFile:
    """Read the file once and return its encoding and sum.

    Raise `Unreadable` if it is in none of the encodings.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            sums, quotes, wrong = _try(path, encoding, len(mark))
            if wrong is not None:
                raise Unreadable(
                    f"文件标明编码为 {encoding.upper()}，但第 {wrong} 行附近"
                    "不是该编码，请另存为 UTF-8 后上传。"
                )
            return TextFile(path, encoding, len(mark), sums, quotes)
    if head.count(0) * 4 > len(head):
        raise Unreadable(
            "文件不是文本，或是没有字节顺序标记的 UTF-16；请另存为 UTF-8 后上传。"
        )
    for encoding in ("utf-8", "gb18030"):
        sums, quotes, wrong = _try(path, encoding, 0)
        if wrong is None:
            return TextFile(path, encoding, 0, sums, quotes)
    raise Unreadable(
        f"文件第 {wrong} 行附近既不是 UTF-8 也不是 GB 18030 编码，"
        "请另存为 UTF-8 后上传。"
    )


def _try(path: Path, encoding: str, skip: int) -> tuple[str, int, int | None]:
    """Return the file's sha256, its quotes, the line of the first wrong byte or None.

    The sum is computed in another thread: hashing lets go of the interpreter.
    """
    sums, line, quotes = hashlib.sha256(), 1, 0
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as stream, ThreadPoolExecutor(1) as pool:
        hashed = pool.submit(sums.update, stream.read(skip))
        while True:
            piece = stream.read(PIECE_BYTES)
            hashed.result()
            hashed = pool.submit(sums.update, piece)
            try:
                quotes += decoder.decode(piece, final=not piece).count('"')
            except UnicodeDecodeError as err:
                return "", 0, line + piece[: err.start].count(b"\n")
            if not piece:
                hashed.result()
                return sums.hexdigest(), quotes, None
            line += piece.count(b"\n")


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
