"""Look into an xls before it is parsed: the compound file and its BIFF records.

MS-CFB and MS-XLS, only as far as passwords, macros, formulas, error values, merged
cells and the sheets' sizes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from . import limits
from .errors import WorkbookRefused
from .facts import SheetFacts

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE
LAST_SECTOR = 0xFFFFFFFA

BOF, FILEPASS, BOUNDSHEET, MERGED, FORMULA, BOOLERR = (
    0x809, 0x2F, 0x85, 0xE5, 0x06, 0x205,
)  # fmt: skip
#: LABELSST, NUMBER, LABEL, RK, BOOLERR, FORMULA, MULRK
CELL_RECORDS = {0xFD, 0x203, 0x204, 0x27E, BOOLERR, FORMULA, 0xBD}
MACRO_SHEET, CODE_MODULE = 1, 6

DAMAGED = "文件已损坏，无法读取；请在 Excel 或 WPS 中打开并另存为 xlsx 后再上传。"
MACROS = "文件含有宏，不予接收；请另存为不含宏的 xlsx 后再上传。"
PASSWORD = "文件设有密码，无法读取；请取消密码后再上传。"  # noqa: S105  (a sentence)


def inspect(data: bytes) -> dict[str, SheetFacts]:
    """Return the facts of every worksheet by its name.

    Raise `WorkbookRefused` for passwords, macros, damage and other documents.
    """
    try:
        compound = CompoundFile(data)
        names = {name.lower() for name in compound.streams}
        if names & {"encryptedpackage", "encryptioninfo"}:
            raise WorkbookRefused("encrypted", PASSWORD)
        if any(name.startswith("_vba_project") or name == "vba" for name in names):
            raise WorkbookRefused("macros", MACROS)
        for wanted in ("Workbook", "Book"):
            if wanted in compound.streams:
                return _walk(compound.read(wanted))
    except (struct.error, IndexError, UnicodeDecodeError) as err:
        raise WorkbookRefused("damaged", DAMAGED) from err
    raise WorkbookRefused(
        "not_a_workbook", "这不是 Excel 工作簿；请用模板填写，以 xlsx 或 xls 格式上传。"
    )


class CompoundFile:
    """The streams of an OLE compound file (MS-CFB): name -> (first sector, bytes)."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise WorkbookRefused("damaged", DAMAGED)
        self.sector = 1 << shift
        self.mini_cutoff = struct.unpack_from("<I", data, 56)[0]
        self.fat = self._fat()
        directory = self._chain(struct.unpack_from("<I", data, 48)[0])
        self.streams: dict[str, tuple[int, int]] = {}
        root = (END, 0)
        for at in range(0, len(directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            start, size = struct.unpack_from("<II", directory, at + 116)
            name = directory[at : at + max(0, min(length, 64) - 2)]
            if kind == 5:
                root = (start, size)
            elif kind in (1, 2):
                self.streams[name.decode("utf-16-le")] = (start, size)
        self.mini_stream = self._chain(root[0])
        mini_fat = self._chain(struct.unpack_from("<I", data, 60)[0])
        self.mini_fat = struct.unpack(f"<{len(mini_fat) // 4}I", mini_fat)

    def read(self, name: str) -> bytes:
        """Return the bytes of one stream."""
        start, size = self.streams[name]
        if size >= self.mini_cutoff:
            return self._chain(start)[:size]
        out = bytearray()
        for mini in _follow(start, self.mini_fat):
            out += self.mini_stream[mini * 64 : mini * 64 + 64]
        return bytes(out[:size])

    def _fat(self) -> tuple[int, ...]:
        per_sector = self.sector // 4
        sectors = list(struct.unpack_from("<109I", self.data, 76))
        following, count = struct.unpack_from("<II", self.data, 68)
        for _ in range(min(count, len(self.data) // self.sector)):
            if following >= LAST_SECTOR:
                break
            block = struct.unpack_from(
                f"<{per_sector}I", self.data, self._at(following)
            )
            sectors += block[:-1]
            following = block[-1]
        fat: list[int] = []
        for number in sectors:
            if number < LAST_SECTOR:
                fat += struct.unpack_from(
                    f"<{per_sector}I", self.data, self._at(number)
                )
            if len(fat) > 2 * len(self.data) // self.sector + per_sector:
                raise WorkbookRefused("damaged", DAMAGED)
        return tuple(fat)

    def _at(self, sector: int) -> int:
        return (sector + 1) * self.sector

    def _chain(self, start: int) -> bytes:
        return b"".join(
            self.data[self._at(number) : self._at(number + 1)]
            for number in _follow(start, self.fat)
        )


def _follow(start: int, table: tuple[int, ...]) -> Iterator[int]:
    """Yield the sectors of a chain; a loop is damage."""
    for _ in range(len(table) + 1):
        if start >= LAST_SECTOR:
            return
        yield start
        start = table[start]
    raise WorkbookRefused("damaged", DAMAGED)


def _walk(stream: bytes) -> dict[str, SheetFacts]:
    """Go through the records of the workbook stream once."""
    sheets: dict[int, tuple[str, SheetFacts]] = {}
    current = SheetFacts()
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if kind == FILEPASS:
            raise WorkbookRefused("encrypted", PASSWORD)
        if kind == BOUNDSHEET:
            offset, name = _bound_sheet(body)
            sheets[offset] = (name, SheetFacts())
        elif kind == BOF and at in sheets:
            current = sheets[at][1]
        elif kind == MERGED:
            current.merges += _merges(body)
        elif kind in CELL_RECORDS:
            _cell(kind, body, current)
            if current.cells > limits.CELLS:
                break
        at += 4 + length
    return dict(sheets.values())


def _bound_sheet(body: bytes) -> tuple[int, str]:
    offset, _state, kind, length = struct.unpack_from("<IBBB", body)
    if kind in (MACRO_SHEET, CODE_MODULE):
        raise WorkbookRefused("macros", MACROS)
    if body[7:8] and body[7] & 1:
        return offset, body[8 : 8 + 2 * length].decode("utf-16-le", "replace")
    return offset, body[8 : 8 + length].decode("latin-1")


def _merges(body: bytes) -> list[tuple[int, int, int, int]]:
    count = struct.unpack_from("<H", body)[0]
    found = []
    for number in range(min(count, (len(body) - 2) // 8)):
        top, bottom, left, right = struct.unpack_from("<4H", body, 2 + number * 8)
        found.append((top, left, bottom, right))
    return found


def _cell(kind: int, body: bytes, facts: SheetFacts) -> None:
    row, column = struct.unpack_from("<HH", body)
    facts.rows = max(facts.rows, row + 1)
    facts.columns = max(facts.columns, column + 1)
    facts.cells += 1
    if kind == FORMULA:
        facts.formulas.add((row, column))
        if body[12:14] == b"\xff\xff" and body[6] == 2:
            facts.errors.add((row, column))
    elif kind == BOOLERR and body[7]:
        facts.errors.add((row, column))
