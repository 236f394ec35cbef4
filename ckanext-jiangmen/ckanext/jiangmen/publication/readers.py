"""Files as rows of text for the scanner: one line is a row of one cell.

Bounded in memory and in what an archive may unpack to. Text is read as UTF-8, UTF-16
or GB 18030; what is no text is read as bytes in all three. Pictures, sound and scans
hold no text that this can see.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import itertools
import json
import math
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import python_calamine

from ckanext.jiangmen.publication import raw
from ckanext.jiangmen.publication.detect import is_suspect
from ckanext.jiangmen.publication.rows import Row, Unreadable

CHUNK_BYTES = 1024 * 1024
OVERLAP_CHARACTERS = 128
JSON_LIMIT_BYTES = 200 * 1024 * 1024
UNPACKED_LIMIT_BYTES = 1024 * 1024 * 1024
MEMBER_LIMIT = 2000
DEPTH_LIMIT = 3
FIELD_LIMIT_BYTES = 16 * 1024 * 1024
LINE_LIMIT = 64 * 1024

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"})
DOCUMENTS = frozenset({".docx", ".docm", ".pptx", ".odt", ".odp", ".ofd", ".wps"})
JSONS = frozenset({".json", ".geojson", ".topojson"})
TEXTS = JSONS | {".csv", ".tsv", ".txt", ".md", ".xml", ".html", ".sql"}
OPAQUE = frozenset({".rar", ".7z", ".xz", ".bz2", ".zst"})


@dataclass
class _Budget:
    """What all members of one archive may still take together."""

    size_bytes: int = field(default_factory=lambda: UNPACKED_LIMIT_BYTES)
    members: int = MEMBER_LIMIT

    def take(self, size_bytes: int) -> None:
        self.size_bytes -= size_bytes
        if self.size_bytes < 0:
            limit = UNPACKED_LIMIT_BYTES // 1024 // 1024
            raise Unreadable(f"压缩包解压后超过 {limit} MB，无法检查，请拆分。")


def read(path: Path, name: str) -> Iterator[Row]:
    """Yield the rows of the file at `path`, which is called `name`.

    Raise `Unreadable` where a part cannot be looked into (encrypted, broken, too
    large); rows yielded before hold good.
    """
    yield from _read(path, name, "", _Budget(), 0)


def _read(
    path: Path, name: str, part: str, budget: _Budget, depth: int
) -> Iterator[Row]:
    suffix = Path(name.lower()).suffix
    if suffix in OPAQUE:
        raise Unreadable(f"{suffix} 文件无法检查，请解压后上传或改用 zip。")
    if suffix in WORKBOOKS:
        yield from _workbook(path, part)
    elif zipfile.is_zipfile(path):
        yield from _archive(path, suffix, part, budget, depth)
    elif suffix == ".gz":
        yield from _gzip(path, name[:-3], part, budget, depth)
    elif _begins_with(path, b"%PDF-"):
        yield from raw.read_pdf(path, part)
    else:
        yield from _text(path, suffix, part)


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(1024).lstrip().startswith(magic)


def _text(path: Path, suffix: str, part: str) -> Iterator[Row]:
    encoding = encoding_of(path)
    guessed = encoding in {"utf-16-le", "utf-16-be"} and suffix not in TEXTS
    if encoding is None or guessed:
        yield from raw.read_bytes(path, part)
    elif suffix in JSONS and path.stat().st_size <= JSON_LIMIT_BYTES:
        yield from _json(path, encoding, part)
    elif not _is_suspect(path, encoding):
        return
    elif suffix in {".csv", ".tsv"}:
        yield from _delimited(path, encoding, part)
    else:
        yield from _lines(path, encoding, part)


def _is_suspect(path: Path, encoding: str) -> bool:
    """Return whether the text needs a look row by row; most files do not."""
    kept = ""
    with path.open(encoding=encoding, newline="") as stream:
        while block := stream.read(CHUNK_BYTES):
            if is_suspect(kept + block):
                return True
            kept = block[-OVERLAP_CHARACTERS:]
    return False


def encoding_of(path: Path) -> str | None:
    """Return the encoding that the whole file is valid in; None if it is no text."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16" if _decodes(path, "utf-16") else None
    if b"\0" in head:
        low = head[1::2].count(0) > head[0::2].count(0)
        guess = "utf-16-le" if low else "utf-16-be"
        mostly = head.count(0) > len(head) // 8
        return guess if mostly and _decodes(path, guess) else None
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    return None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                if "\0" in decoder.decode(chunk):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(path: Path, encoding: str, part: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline=None) as stream:
        number = 0
        while line := stream.readline(LINE_LIMIT):
            number += 1
            yield Row(part, number, (), (line,))


def _delimited(path: Path, encoding: str, part: str) -> Iterator[Row]:
    csv.field_size_limit(FIELD_LIMIT_BYTES)
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.readline(LINE_LIMIT)
        delimiter = max(",\t;|", key=head.count)
        stream.seek(0)
        columns: list[str] = []
        rows = csv.reader(stream, delimiter=delimiter)
        try:
            for cells in rows:
                yield Row(part, rows.line_num, columns, cells)
                columns = columns or cells
        except csv.Error as err:
            raise Unreadable(f"第 {rows.line_num} 行不是有效的表格行。") from err


def _json(path: Path, encoding: str, part: str) -> Iterator[Row]:
    try:
        content = json.loads(path.read_text(encoding))
    except (ValueError, RecursionError):
        yield from _lines(path, encoding, part)
        return
    yield from _walk(content, part)


def _walk(content: Any, part: str) -> Iterator[Row]:
    """Yield one row per object; coordinates of GeoJSON are left out."""
    number = itertools.count(1)
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            skipped = {"coordinates", "bbox"} if "type" in value else frozenset()
            kept = {str(k): v for k, v in value.items() if k not in skipped}
            scalars = {k: cell_text(v) for k, v in kept.items() if not _is_nested(v)}
            # Names are people's words too.
            names = " ".join(kept)
            yield Row(part, next(number), [*scalars, ""], [*scalars.values(), names])
            waiting.extend(reversed([v for v in kept.values() if _is_nested(v)]))
        elif isinstance(value, list):
            flat = [cell_text(v) for v in value if not _is_nested(v)]
            if flat:
                yield Row(part, next(number), (), flat)
            waiting.extend(reversed([v for v in value if _is_nested(v)]))
        else:
            yield Row(part, next(number), (), (cell_text(value),))


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def cell_text(value: Any) -> str:
    """Return a cell as text; a number with a fraction is a measure and says nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        whole = math.isfinite(value) and value.is_integer() and abs(value) < 1e19
        return str(int(value)) if whole else ""
    return "" if value is None or isinstance(value, bool) else str(value)


def _workbook(path: Path, part: str) -> Iterator[Row]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError) as err:
        raise Unreadable("工作簿已加密或已损坏，无法检查。") from err
    for name in book.sheet_names:
        label = f"{part}{name}"
        yield Row(label, 0, (), (name,))
        try:
            sheet = book.get_sheet_by_name(name)
        except (python_calamine.CalamineError, OSError):
            continue  # A chart's sheet has no cells.
        yield from _sheet(sheet, label)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from _beside_the_cells(archive, part)


def _sheet(sheet: Any, label: str) -> Iterator[Row]:
    columns: list[str] = []
    for number, values in enumerate(sheet.to_python(skip_empty_area=False), 1):
        cells = [cell_text(value) for value in values]
        yield Row(label, number, columns, cells, letters=True)
        if not columns and sum(bool(cell.strip()) for cell in cells) > 1:
            columns = cells


def _beside_the_cells(archive: zipfile.ZipFile, part: str) -> Iterator[Row]:
    """Yield comments, text boxes, headers and properties of a workbook."""
    for info in archive.infolist():
        name = info.filename.lower()
        if re.search(r"(comments|drawing|docprops|threaded)", name) and name.endswith(
            ".xml"
        ):
            yield from _markup(archive, info, part)


def _archive(
    path: Path, suffix: str, part: str, budget: _Budget, depth: int
) -> Iterator[Row]:
    if depth >= DEPTH_LIMIT:
        raise Unreadable(f"压缩包套了 {DEPTH_LIMIT} 层以上，无法检查。")
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        budget.members -= len(members)
        if budget.members < 0:
            raise Unreadable(f"压缩包内文件超过 {MEMBER_LIMIT} 个，无法检查。")
        # No more than the declared size is ever unpacked: a lie ends in an error.
        budget.take(sum(info.file_size for info in members))
        for info in members:
            if info.flag_bits & 1:
                raise Unreadable("压缩包已加密，无法检查。")
            if suffix in DOCUMENTS:
                if info.filename.lower().endswith(".xml"):
                    yield from _markup(archive, info, part)
            else:
                yield from _member(archive, info, part, budget, depth)


def _member(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    part: str,
    budget: _Budget,
    depth: int,
) -> Iterator[Row]:
    name = _member_name(info)
    label = f"{part}{name}/"
    yield Row(label, 0, (), (name,))
    with tempfile.NamedTemporaryFile() as target:
        try:
            with archive.open(info) as source:
                shutil.copyfileobj(source, target)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as err:
            raise Unreadable(f"压缩包中的 {name} 已损坏，无法检查。") from err
        target.flush()
        yield from _read(Path(target.name), name, label, budget, depth + 1)


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; old archives write Chinese ones in GB 18030."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


_END_OF_PARAGRAPH = re.compile(
    r"</[\w]*:?(?:p|h|TextCode|si|comment|tc|text)>", re.IGNORECASE
)
_TAG = re.compile(r"<[^>]*>")


def _markup(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, part: str
) -> Iterator[Row]:
    """Yield the paragraphs of an XML member; runs inside a paragraph are joined."""
    try:
        content = archive.read(info).decode("utf-8", "ignore")
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as err:
        raise Unreadable(f"{info.filename} 已损坏或已加密，无法检查。") from err
    broken = _END_OF_PARAGRAPH.sub("\n", content)
    text = unescape(_TAG.sub("", broken))
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield Row(part, number, (), (line,))


def _gzip(
    path: Path, name: str, part: str, budget: _Budget, depth: int
) -> Iterator[Row]:
    if depth >= DEPTH_LIMIT:
        raise Unreadable(f"压缩包套了 {DEPTH_LIMIT} 层以上，无法检查。")
    with tempfile.NamedTemporaryFile() as target:
        try:
            with gzip.open(path) as source:
                while chunk := source.read(CHUNK_BYTES):
                    budget.take(len(chunk))
                    target.write(chunk)
        except (OSError, zlib.error, EOFError) as err:
            raise Unreadable("gz 文件已损坏，无法检查。") from err
        target.flush()
        yield from _read(Path(target.name), name, part, budget, depth + 1)
