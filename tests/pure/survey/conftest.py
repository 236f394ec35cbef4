"""Workbooks that departments send, built in memory: sound, wrong and hostile ones."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from xlsxwriter import Workbook

from ckanext.jiangmen.catalog.survey.columns import entry_columns, item_columns

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def entry(**fields):
    """A sound entry by field names, as `read_workbook` gives it back."""
    return {
        "content_kind": "基础信息",
        "content_subkind": "地理空间",
        "title": "江门市行政区划",
        "owner_org": "市民政局",
        "notes": "孖簕浐湴氹滘蓢裡：全市四级行政区划代码。",
        "format_class": "电子表格",
        "format_types": ["XLSX", "CSV"],
        "sharing_category": "可社会公开",
        "exchange_method": "系统对接",
        "update_cycle": "每年",
        "cycle_reason": "国家统计局每年公布一次",
        "secrecy": "非涉密",
        "secrecy_review_result": "可公开",
        "license_id": "CC0-1.0",
        "contact_phone": "0750-12345",
        "schema_version": "1272-2017",
        "information_items": [
            {
                "name": "区划代码",
                "data_type": "字符型",
                "data_length": "12",
                "is_key": "是",
            },
            {"name": "名称", "data_type": "字符型", "data_length": "60"},
        ],
        **fields,
    }


def sheet_rows(entries):
    """The rows of both sheets, headers first, as lists of strings."""
    sheets = {}
    for columns in (entry_columns(), item_columns()):
        rows = [[column.header for column in columns.columns]]
        for each in entries:
            if columns is entry_columns():
                rows.append(_row(each, columns))
            else:
                rows += [
                    _row({**item, "title": each["title"]}, columns)
                    for item in each["information_items"]
                ]
        sheets[columns.sheet] = rows
    return sheets


def _row(values, columns):
    cells = [values.get(column.field, "") for column in columns.columns]
    return ["；".join(cell) if isinstance(cell, list) else cell for cell in cells]


def to_xlsx(sheets, finish=None):
    """An xlsx of the rows; `finish(book, worksheets)` adds to it."""
    stream = BytesIO()
    book = Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    worksheets = {}
    for name, rows in sheets.items():
        worksheet = worksheets[name] = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell not in ("", None):
                    worksheet.write(number, place, cell)
    if finish:
        finish(book, worksheets)
    book.close()
    return stream.getvalue()


def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def to_xls(sheets, *, password=False, macro_sheet=False, storage=None, extra=b""):
    """A BIFF8 xls of the rows: LABEL and NUMBER records in a compound file."""
    streams = []
    for number, (name, rows) in enumerate(sheets.items()):
        body = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                head = struct.pack("<HHH", row, column, 0)
                if isinstance(value, int | float):
                    body += record(0x203, head + struct.pack("<d", value))
                elif value:
                    text = value.encode("utf-16-le")
                    length = struct.pack("<HB", len(text) // 2, 1)
                    body += record(0x204, head + length + text)
        streams.append((name, number, body + extra + record(0x0A)))
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    head += record(0x2F, b"\1\0\1\0" + bytes(48)) if password else b""
    head += record(0x42, struct.pack("<H", 1200))
    length = len(head) + 4
    for name, _, _ in streams:
        length += 4 + 8 + 2 * len(name)
    globals_ = head
    for name, _, body in streams:
        kind = 1 if macro_sheet else 0
        text = struct.pack("<IBBBB", length, 0, kind, len(name), 1)
        globals_ += record(0x85, text + name.encode("utf-16-le"))
        length += len(body)
    stream = globals_ + record(0x0A) + b"".join(body for _, _, body in streams)
    return to_compound({"Workbook": stream, **(storage or {})})


def to_compound(streams):
    """A compound file (MS-CFB) of big streams only, each padded to 4,096 bytes."""
    bodies, starts, fat = [], [], []
    for body in streams.values():
        padded = body + bytes(max(4096, -(-len(body) // SECTOR) * SECTOR) - len(body))
        starts.append((len(fat), len(padded)))
        count = len(padded) // SECTOR
        fat += [*range(len(fat) + 1, len(fat) + count), END]
        bodies.append(padded)
    directory_at = len(fat)
    directory = _entry("Root Entry", 5, END, 0, child=1)
    for number, (name, (start, size)) in enumerate(
        zip(streams, starts, strict=True), 1
    ):
        right = number + 1 if number < len(streams) else FREE
        directory += _entry(name, 2, start, size, right=right)
    directory += bytes(-len(directory) % SECTOR)
    count = len(directory) // SECTOR
    fat += [*range(len(fat) + 1, len(fat) + count), END]
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * SECTOR:
        fat_sectors += 1
    fat_at = len(fat)
    fat += [FAT] * fat_sectors
    fat += [FREE] * (fat_sectors * SECTOR // 4 - len(fat))
    difat = [*range(fat_at, fat_at + fat_sectors), *[FREE] * (109 - fat_sectors)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors,
        directory_at, 0, 4096, END, 0, END, 0)  # fmt: skip
    header += struct.pack("<109I", *difat)
    table = struct.pack(f"<{len(fat)}I", *fat)
    return header + b"".join(bodies) + directory + table


def _entry(name, kind, start, size, child=FREE, right=FREE):
    text = name.encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text) + 2, kind, 1, FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


class Make:
    """The builders, for tests (tests are no package to import from)."""

    entry = staticmethod(entry)
    rows = staticmethod(sheet_rows)
    xlsx = staticmethod(to_xlsx)
    xls = staticmethod(to_xls)
    compound = staticmethod(to_compound)
    record = staticmethod(record)

    @staticmethod
    def book(*entries, finish=None, change=None):
        """An xlsx of the entries; `change(rows)` edits both sheets' rows before."""
        sheets = sheet_rows(entries or [entry()])
        if change:
            change(sheets)
        return to_xlsx(sheets, finish)


@pytest.fixture(scope="session")
def make():
    return Make
