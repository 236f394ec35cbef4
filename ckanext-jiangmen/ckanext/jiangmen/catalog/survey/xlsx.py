"""Look into an xlsx before it is parsed: its zip directory, its XML, its sheets' facts.

Sizes in a zip directory can lie, so every part is inflated and counted here.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from io import BytesIO
from typing import BinaryIO
from xml.etree import ElementTree as ET

from . import limits
from .errors import WorkbookRefused
from .facts import SheetFacts, position

CHUNK = 256 * 1024
LOCAL_HEADER = struct.Struct("<4s22xHH")
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>\s*(<(?:\w+:)?f[\s/>])?)", re.ASCII | re.DOTALL
)
REFERENCE = re.compile(rb'(?:^|\s)r\s*=\s*["\']([A-Z]{1,3}[0-9]{1,7})["\']')
ERROR_TYPE = re.compile(rb'(?:^|\s)t\s*=\s*["\']e["\']')
MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["\']([A-Z]+[0-9]+):([A-Z]+[0-9]+)["\']'
)

BOMB = "文件解压后过大，疑似压缩炸弹，已拒绝；请用模板重新填写后上传。"
DAMAGED = "文件已损坏，无法读取；请在 Excel 或 WPS 中打开并另存为 xlsx 后再上传。"


def inspect(data: bytes) -> dict[str, SheetFacts]:
    """Return the facts of every worksheet by its name.

    Raise `WorkbookRefused` for bombs, passwords, macros, entities, damage and files
    that are another kind of document.
    """
    parts = _parts(data)
    _refuse_by_names(parts)
    contents: dict[str, bytes] = {}
    budget = limits.UNPACKED_BYTES
    for name, info in parts.items():
        body = _inflate(data, info, budget)
        budget -= len(body)
        if name.lower().endswith((".xml", ".rels", ".vml")):
            _refuse_unsafe_xml(name, body)
        if _is_wanted(name):
            contents[name] = body
    _refuse_bomb(limits.UNPACKED_BYTES - budget, len(data))
    return {
        sheet: _facts(contents[part])
        for sheet, part in _worksheets(contents).items()
        if part in contents
    }


def _parts(data: bytes) -> dict[str, zipfile.ZipInfo]:
    if data.count(b"PK\x01\x02") > limits.ZIP_PARTS * 2:
        raise WorkbookRefused("bomb", BOMB)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as err:
        raise WorkbookRefused("damaged", DAMAGED) from err
    if len(infos) > limits.ZIP_PARTS:
        raise WorkbookRefused("bomb", BOMB)
    # What the directory admits needs no inflating; what it hides is counted later.
    _refuse_bomb(sum(info.file_size for info in infos), len(data))
    packed = sum(info.compress_size for info in infos)
    if packed > len(data) or len({info.filename for info in infos}) != len(infos):
        raise WorkbookRefused("bomb", BOMB)
    return {info.filename: info for info in infos if not info.is_dir()}


def _refuse_bomb(unpacked: int, size: int) -> None:
    packed_too_well = (
        unpacked > limits.RATIO_FREE_BYTES and unpacked > limits.RATIO * size
    )
    if unpacked > limits.UNPACKED_BYTES or packed_too_well:
        raise WorkbookRefused("bomb", BOMB)


def _refuse_by_names(parts: dict[str, zipfile.ZipInfo]) -> None:
    names = {name.lower() for name in parts}
    if any(info.flag_bits & 1 for info in parts.values()):
        raise WorkbookRefused(
            "encrypted", "文件设有密码，无法读取；请取消密码后再上传。"
        )
    if any("vbaproject" in name or "/macrosheets/" in name for name in names):
        raise WorkbookRefused(
            "macros", "文件含有宏，不予接收；请另存为不含宏的 xlsx 后再上传。"
        )
    if "xl/workbook.bin" in names:
        raise WorkbookRefused(
            "old_format", "不支持 xlsb 格式；请另存为 xlsx 后再上传。"
        )
    if "xl/workbook.xml" not in names:
        raise WorkbookRefused(
            "not_a_workbook",
            "这不是 Excel 工作簿；请用模板填写，以 xlsx 或 xls 格式上传。",
        )


def _inflate(data: bytes, info: zipfile.ZipInfo, budget: int) -> bytes:
    """Return a part's bytes, counted while they are inflated."""
    stream = BytesIO(data)
    stream.seek(info.header_offset)
    header = stream.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise WorkbookRefused("damaged", DAMAGED)
    _, name_length, extra_length = LOCAL_HEADER.unpack(header)
    stream.seek(name_length + extra_length, 1)
    if info.compress_type == zipfile.ZIP_STORED:
        body = stream.read(info.compress_size)
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        body = _deflated(stream, info.compress_size, min(budget, info.file_size + 1))
    else:
        raise WorkbookRefused("damaged", DAMAGED)
    if len(body) > budget or len(body) > info.file_size:
        raise WorkbookRefused("bomb", BOMB)
    if len(body) != info.file_size or zlib.crc32(body) != info.CRC:
        raise WorkbookRefused("damaged", DAMAGED)
    return body


def _deflated(stream: BinaryIO, packed: int, limit: int) -> bytes:
    """Return at most `limit` + one chunk of inflated bytes."""
    machine = zlib.decompressobj(-15)
    out = bytearray()
    left = packed
    while left > 0 and len(out) <= limit:
        chunk = stream.read(min(CHUNK, left))
        if not chunk:
            break
        left -= len(chunk)
        try:
            while chunk and len(out) <= limit:
                out += machine.decompress(chunk, CHUNK * 4)
                chunk = machine.unconsumed_tail
        except zlib.error as err:
            raise WorkbookRefused("damaged", DAMAGED) from err
    return bytes(out)


def _refuse_unsafe_xml(name: str, body: bytes) -> None:
    head = body[:4]
    if b"\0" in head or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise WorkbookRefused(
            "unsafe_xml", f"文件内部的 {name[-60:]} 编码异常，已拒绝。"
        )
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise WorkbookRefused(
            "unsafe_xml", "文件内部含有实体声明 (DOCTYPE)，有安全风险，已拒绝。"
        )


def _is_wanted(name: str) -> bool:
    return name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels") or (
        name.startswith("xl/worksheets/") and name.endswith(".xml")
    )


def _worksheets(contents: dict[str, bytes]) -> dict[str, str]:
    """Return part names by sheet name."""
    try:
        # S314: no DTD gets here (_refuse_unsafe_xml), and expat expands nothing else.
        book = ET.fromstring(contents["xl/workbook.xml"])  # noqa: S314
        relations = ET.fromstring(  # noqa: S314
            contents.get("xl/_rels/workbook.xml.rels", b"<r/>")
        )
    except ET.ParseError as err:
        raise WorkbookRefused("damaged", DAMAGED) from err
    targets = {
        relation.get("Id"): posixpath.normpath(
            posixpath.join("/xl", relation.get("Target", ""))
        ).lstrip("/")
        for relation in relations
    }
    return {
        sheet.get("name", ""): targets[sheet.get(RELATION_ID)]
        for sheet in book.iter()
        if sheet.tag.rpartition("}")[2] == "sheet" and sheet.get(RELATION_ID) in targets
    }


def _facts(body: bytes) -> SheetFacts:
    facts = SheetFacts()
    for cell in CELL.finditer(body):
        reference = REFERENCE.search(cell[1])
        if not reference:
            continue
        row, column = where = position(reference[1].decode())
        facts.rows = max(facts.rows, row + 1)
        facts.columns = max(facts.columns, column + 1)
        facts.cells += 1
        if facts.cells > limits.CELLS:
            break
        if cell[2]:
            facts.formulas.add(where)
        if ERROR_TYPE.search(cell[1]):
            facts.errors.add(where)
    for merge in MERGE.finditer(body):
        facts.merges.append(
            (*position(merge[1].decode()), *position(merge[2].decode()))
        )
    return facts
