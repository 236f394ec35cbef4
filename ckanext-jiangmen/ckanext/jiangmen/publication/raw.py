"""Files that are no text: what their bytes say in each encoding, and PDF.

Pictures, sound and scans hold no text that this can see; of PDF only what is written
in simple fonts.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ckanext.jiangmen.publication.rows import Row, Unreadable

CHUNK_BYTES = 1024 * 1024
OVERLAP_BYTES = 512
AROUND_BYTES = 64


def read_bytes(path: Path, part: str) -> Iterator[Row]:
    """Yield what a file that is no text would say in each encoding."""
    with path.open("rb") as stream:
        yield from _noise(stream, part)


_DIGITS = re.compile(
    rb"(?<![0-9])(?:86[ \-]?)?[0-9]{3}[ \-]?[0-9]{4}[ \-]?[0-9]{4}(?![0-9])"
    rb"|(?<![0-9])[1-9](?:[ \-_./]{0,2}[0-9]){14}"
)
_WORDS = [
    word.encode(encoding)
    for word in ("绝密", "机密", "秘密", "密级")
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
]
_WIDE_DIGITS = re.compile(rb"(?:[0-9]\0(?:[ \-]\0)?){11,}|(?:\0[0-9](?:\0[ \-])?){11,}")


def _noise(stream: IO[bytes], part: str) -> Iterator[Row]:
    """Yield the surroundings of what looks like a find, as each encoding reads it."""
    kept = b""
    while chunk := stream.read(CHUNK_BYTES):
        block = kept + chunk
        # Looking for plain bytes is quick; a pattern of many words is not.
        words = [re.compile(re.escape(word)) for word in _WORDS if word in block]
        for pattern in (_DIGITS, _WIDE_DIGITS, *words):
            for found in pattern.finditer(block):
                start = max(0, found.start() - AROUND_BYTES)
                window = block[start : found.end() + AROUND_BYTES]
                yield from _readings(window, part)
        kept = block[-OVERLAP_BYTES:]


def _readings(window: bytes, part: str) -> Iterator[Row]:
    ways = [
        (encoding, skip) for encoding in ("utf-16-le", "utf-16-be") for skip in (0, 1)
    ]
    for encoding, skip in (("utf-8", 0), ("gb18030", 0), *ways):
        text = window[skip:].decode(encoding, "ignore")
        for line in re.split(r"[\x00-\x08\x0a-\x1f\ufffd]+", text):
            if len(line) >= 2:
                yield Row(part, 0, (), (line,))


_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_PDF_TEXT = re.compile(
    rb"\[((?:[^\[\]\\]|\\.)*)\]\s*TJ|(\((?:[^()\\]|\\.)*\))\s*(?:Tj|'|\")"
)
_PDF_COMPOSITE = re.compile(rb"/Type0\b|/Identity-[HV]\b")
_PDF_PIECE = re.compile(rb"\(((?:[^()\\]|\\.)*)\)")


def read_pdf(path: Path, part: str) -> Iterator[Row]:
    """Yield the text of a PDF that is written in simple fonts, and its bytes.

    Raise `Unreadable` if it is encrypted, and at the end if some of its text cannot be
    seen: it is written in composite fonts, or there is none at all (a scan).
    """
    content = path.read_bytes()
    if b"/Encrypt" in content:
        raise Unreadable("PDF 已加密，无法检查。")
    yield from _noise(io.BytesIO(content), part)
    hidden, seen = _PDF_COMPOSITE.search(content) is not None, False
    for number, found in enumerate(_PDF_STREAM.finditer(content), 1):
        inflater = zlib.decompressobj()
        try:
            page = inflater.decompress(found[1], 32 * CHUNK_BYTES)
        except zlib.error:
            page = found[1]
        hidden = hidden or _PDF_COMPOSITE.search(page) is not None
        for text in _PDF_TEXT.finditer(page):
            seen = True
            pieces = _PDF_PIECE.findall(text[1] or text[2])
            yield Row(part, number, (), (b"".join(pieces).decode("gb18030", "ignore"),))
    if hidden or not seen:
        raise Unreadable(
            "PDF 为扫描件或使用复合字体，其中文字无法自动检查；"
            "请改传文本格式，或由保密审查人员核对后登记例外。"
        )
