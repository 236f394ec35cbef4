"""What one file may cost: limits that are checked before and while it is read."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ckanext.jiangmen.tables.errors import TooLarge, Unreadable

MEGABYTE = 1024 * 1024
# Spreadsheet cells as XML; a cell may leave out its address, then rows count.
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Za-z]{1,7})(\d{1,9})"')
_PIECE_BYTES = 4 * MEGABYTE
_OVERLAP_BYTES = 256


@dataclass(frozen=True)
class Limits:
    """Largest file, unpacked sum and ratio of a workbook, rows, columns, cells.

    `ratio` is unpacked to packed bytes, `workbook_cells` the area of a sheet's
    used range, `bad_rows_listed` how many bad rows a report holds.
    """

    file_bytes: int = 2048 * MEGABYTE
    workbook_bytes: int = 200 * MEGABYTE
    unpacked_bytes: int = 1024 * MEGABYTE
    ratio: int = 100
    zip_entries: int = 1000
    workbook_cells: int = 20_000_000
    rows: int = 20_000_000
    columns: int = 1000
    cell_characters: int = 100_000
    bad_rows_listed: int = 1000
    seconds: int = 600


def check_size(path: Path, limits: Limits) -> None:
    """Raise `Unreadable` for an empty file, `TooLarge` for one beyond `file_bytes`."""
    size = path.stat().st_size
    if not size:
        raise Unreadable("文件是空的，请确认后重新上传。")
    if size > limits.file_bytes:
        raise TooLarge(
            f"文件有 {size // MEGABYTE} MB，超过 {limits.file_bytes // MEGABYTE} MB "
            "的上限，请拆分后上传。"
        )


def check_workbook(path: Path, limits: Limits) -> None:
    """Raise `TooLarge` for a workbook that unpacks to more than it may.

    The directory of the archive is believed first; then every sheet is unpacked once,
    counting, because a directory can lie and one far cell makes a huge sheet.
    """
    if path.stat().st_size > limits.workbook_bytes:
        raise TooLarge(
            f"工作簿超过 {limits.workbook_bytes // MEGABYTE} MB，请另存为 CSV 后上传。"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_directory(members, limits)
            total = 0
            for member in members:
                total += _check_member(archive, member, limits, total)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as err:
        raise Unreadable("工作簿已损坏，请用表格软件重新保存后上传。") from err
    except RuntimeError as err:  # zipfile's word for an encrypted member
        raise Unreadable("工作簿设有密码，请取消密码后上传。") from err


def _check_directory(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.zip_entries:
        raise TooLarge("工作簿内部文件过多，疑似压缩炸弹，已拒绝。")
    unpacked = sum(m.file_size for m in members)
    packed = sum(m.compress_size for m in members)
    if unpacked > limits.unpacked_bytes:
        raise TooLarge(
            f"工作簿解压后超过 {limits.unpacked_bytes // MEGABYTE} MB，已拒绝；"
            "数据确有这么多时请另存为 CSV。"
        )
    # Small workbooks of equal cells pack well; the ratio matters for large ones only.
    if unpacked > 10 * MEGABYTE and unpacked > packed * limits.ratio:
        raise TooLarge("工作簿压缩比异常，疑似压缩炸弹，已拒绝。")


def _check_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits, before: int
) -> int:
    """Unpack one member, counting; return its size in bytes."""
    is_sheet = "/worksheets/" in member.filename and member.filename.endswith(".xml")
    size, tail, area = 0, b"", [0, 0]
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE_BYTES):
            size += len(piece)
            if size + before > limits.unpacked_bytes:
                raise TooLarge("工作簿解压后过大，疑似压缩炸弹，已拒绝。")
            if is_sheet:
                _widen(area, tail + piece)
                tail = piece[-_OVERLAP_BYTES:]
    if area[0] * area[1] > limits.workbook_cells:
        raise TooLarge(
            f"工作表的使用区域有 {area[0]:,} 行 {area[1]:,} 列，超过上限；"
            "请删除多余的空行空列，或另存为 CSV。"
        )
    return size


def _widen(area: list[int], piece: bytes) -> None:
    """Enlarge `area` (rows, columns) by the cells that `piece` names."""
    letters: set[bytes] = set()
    row = 0
    for column, number in _CELL.findall(piece):
        letters.add(column)
        row = max(row, int(number))
    area[0] = max(area[0], row)
    area[1] = max([area[1], *map(column_number, letters)])


def column_number(letters: bytes) -> int:
    """Return the number of a spreadsheet column, from 1.

    >>> column_number(b"AA")
    27
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
