"""Unique strings to plant, and finding them in whatever form a body carries them.

Each place has a Latin word, two Han characters that no text of the platform holds (a
search engine's bigram keeps them together), a number, a coordinate and an identity
number (birth year 1900) of its own.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from ckanext.jiangmen import identity

# One alternative per kind of mark; what fits but was not planted means nothing.
MARK = re.compile(
    "zq[a-z2-7]{9}|[\u3400-\u4dbf]{2}|113\\.07[0-9]{5}|7003[0-9]{8}"
    "|4407031900[0-9]{7}[0-9x]|[0-9a-f]{64}"
    "|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.IGNORECASE,
)
HAN_BEGIN = 0x3400  # CJK extension A: 6,582 characters that nothing of ours uses
MOST_NESTED = 4
LONGEST_PART = 50_000_000
PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"PAR1")
_JSON = re.compile(r"\\+u([0-9a-fA-F]{4})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}")


@dataclass(frozen=True)
class Mark:
    """What is planted in one place."""

    place: str
    word: str
    han: str
    number: str
    longitude: float
    person: str

    def text(self, base: str = "") -> str:
        """Return `base` with the place's word and characters after it."""
        return f"{base}{self.word}{self.han}"

    @property
    def strings(self) -> tuple[str, ...]:
        """Every string that tells of the place."""
        return self.word, self.han, self.number, str(self.longitude), self.person


class Marks:
    """The marks of all places for one seed, and where they are found again."""

    def __init__(self, places: Iterable[str], seed: int) -> None:
        self.seed = seed
        self.used: set[str] = set()
        self._marks = {
            place: _mark(place, index, seed)
            for index, place in enumerate(sorted(places))
        }
        self._place_of = {
            string.lower(): place
            for place, mark in self._marks.items()
            for string in mark.strings
        }

    def __getitem__(self, place: str) -> Mark:
        """Return the mark of a place, which counts as planted from now on."""
        self.used.add(place)
        return self._marks[place]

    def also(self, place: str, string: str) -> None:
        """Let `string`, an id or a file's sum, tell of `place` too."""
        self.used.add(place)
        self._place_of[string.lower()] = place

    def in_text(self, text: str) -> set[str]:
        """Return the places whose marks stand in `text` as it is."""
        found = (self._place_of.get(m.lower()) for m in MARK.findall(text))
        return {place for place in found if place}

    def in_body(self, body: bytes) -> set[str]:
        """Return the places whose marks stand in `body` in any form."""
        places: set[str] = set()
        for text in forms(body):
            places |= self.in_text(text)
        return places


def _mark(place: str, index: int, seed: int) -> Mark:
    digest = hashlib.sha256(f"{seed}/{place}".encode()).digest()
    digits = int.from_bytes(digest[:8], "big")
    serial = index // 365 * 200 + digits % 200
    return Mark(
        place,
        "zq" + base64.b32encode(digest[8:20]).decode()[:9].lower(),
        chr(HAN_BEGIN + index) + chr(HAN_BEGIN + 3000 + digits % 3000),
        f"7003{index:04}{digits % 10_000:04}",
        round(113.07 + (1 + index * 9 + digits % 9) / 10**7 + 0.001, 7),
        identity.synthetic_resident_number(serial, day=index),
    )


def forms(body: bytes, depth: int = 0) -> Iterator[str]:
    """Yield what `body` says: as text, unescaped, unpacked, in each encoding."""
    if depth > MOST_NESTED:
        return
    packed = False
    for part in _unpacked(body):
        packed = True
        yield from forms(part, depth + 1)
    if packed:
        return
    for text in _decoded(body):
        yield text
        unescaped = plain(text)
        if unescaped != text:
            yield unescaped
        for part in _base64(unescaped):
            yield from forms(part, depth + 2)


def plain(text: str) -> str:
    """Return `text` without JSON, HTML and percent escapes, nested ones too."""
    for _ in range(MOST_NESTED):
        before = text
        if "\\u" in text:
            text = _JSON.sub(lambda found: chr(int(found[1], 16)), text)
        if "&" in text:
            text = html.unescape(text)
        if "%" in text:
            text = unquote(text)
        if text == before:
            break
    return text


def _decoded(body: bytes) -> Iterator[str]:
    other = ("latin-1", "gb18030")
    try:
        yield body.decode()
        other = ()
    except UnicodeDecodeError:
        pass
    if other or b"\x00" in body:
        other = (*other, "utf-16-le", "utf-16-be")
    for encoding in other:
        yield body.decode(encoding, "replace")


def _unpacked(body: bytes) -> Iterator[bytes]:
    """Yield the members of archives and the cells of Parquet files."""
    try:
        if body.startswith(b"\x1f\x8b"):
            yield gzip.GzipFile(fileobj=io.BytesIO(body)).read(LONGEST_PART)
        elif body.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                for name in archive.namelist():
                    yield name.encode()
                    yield archive.open(name).read(LONGEST_PART)
        elif body.startswith(b"PAR1"):
            yield _parquet(body).encode()
    except (OSError, EOFError, zipfile.BadZipFile, ValueError):
        return


def _parquet(body: bytes) -> str:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(body))
    return f"{table.schema}\n{table.to_pylist()}"


def _base64(text: str) -> Iterator[bytes]:
    for run in _BASE64.findall(text):
        # A word glued before it shifts the groups of four.
        for shift in range(4):
            piece = run[shift:].replace("-", "+").replace("_", "/")
            piece = piece[: len(piece) // 4 * 4]
            try:
                decoded = base64.b64decode(piece)
            except binascii.Error:
                continue
            yield decoded
            # What unpacks is in step; packed bytes out of step say marks by chance.
            if decoded.startswith(PACKED):
                break
