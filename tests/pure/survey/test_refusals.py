"""Files that are refused: one sentence each, in bounded time and memory."""

from __future__ import annotations

import contextlib
import io
import random
import resource
import time
import zipfile
import zlib

import pytest

from ckanext.jiangmen.catalog.survey import WorkbookRefused, limits, read_workbook


def rezip(data, change=None, add=None, **settings):
    """The workbook with parts changed by name, or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            body = old.read(info)
            new.writestr(
                info.filename, (change or {}).get(info.filename, lambda b: b)(body)
            )
        for name, body in (add or {}).items():
            new.writestr(name, body)
    return out.getvalue()


def bomb(make):
    rows = b"<row><c><v>1</v></c></row>" * 12_000_000
    return rezip(make.book(), {"xl/worksheets/sheet1.xml": lambda _: rows})


def lying_sizes(make):
    """A part that inflates to 300 MB and says it has 100 bytes."""
    data = bytearray(rezip(make.book(), add={"xl/media/a.xml": b"0" * 300 * 2**20}))
    at = data.rfind(b"xl/media/a.xml") - 46
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def doctype(make):
    head = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'

    def change(body):
        return body.replace(b"?>\n", b"?>\n" + head, 1)

    return rezip(make.book(), {"xl/workbook.xml": change})


def password_bit(make):
    data = bytearray(make.book())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def many_parts(make):
    return rezip(make.book(), add={f"x/{n}.xml": b"<a/>" for n in range(1_500)})


def far_cell(make):
    def finish(book, worksheets):
        worksheets["信息资源"].write(1_048_575, 16_383, "远")

    return make.book(finish=finish)


def word_document(make):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("word/document.xml", "<w/>")
    return out.getvalue()


REFUSED = {
    "empty": (lambda make: b"", "not_a_workbook"),
    "html renamed to xls": (
        lambda make: "\ufeff<html><table><tr><td>信息资源</td>".encode(),
        "not_a_workbook",
    ),
    "csv": (lambda make: "序号,内容类别\n1,基础信息\n".encode("gb18030"),
            "not_a_workbook"),
    "pdf": (lambda make: b"%PDF-1.7\n", "not_a_workbook"),
    "random bytes": (lambda make: bytes(range(256)) * 64, "not_a_workbook"),
    "docx": (word_document, "not_a_workbook"),
    "doc": (lambda make: make.compound({"WordDocument": b"x"}), "not_a_workbook"),
    "xlsb": (lambda make: rezip(make.book(), add={"xl/workbook.bin": b"1"}),
             "old_format"),
    "excel 4": (lambda make: b"\x09\x04\x06\x00" + bytes(40), "old_format"),
    "encrypted xlsx": (
        lambda make: make.compound({"EncryptionInfo": b"1", "EncryptedPackage": b"2"}),
        "encrypted",
    ),
    "encrypted xls": (
        lambda make: make.xls(make.rows([make.entry()]), password=True),
        "encrypted",
    ),
    "encrypted zip": (password_bit, "encrypted"),
    "macros in xlsx": (
        lambda make: rezip(make.book(), add={"xl/vbaProject.bin": b"1"}),
        "macros",
    ),
    "macros in xls": (
        lambda make: make.xls(
            make.rows([make.entry()]), storage={"_VBA_PROJECT_CUR": b"1"}
        ),
        "macros",
    ),
    "macro sheet in xls": (
        lambda make: make.xls(make.rows([make.entry()]), macro_sheet=True),
        "macros",
    ),
    "half an xlsx": (lambda make: make.book()[:5_000], "damaged"),
    "half an xls": (
        lambda make: make.xls(make.rows([make.entry()]))[:3_000],
        "damaged",
    ),
    "wrong checksum": (
        lambda make: make.book().replace(
            zlib.crc32(b"").to_bytes(4, "little"), b"\0\0\0\0"
        )[:-30],
        "damaged",
    ),
    "broken xml": (
        lambda make: rezip(make.book(), {"xl/workbook.xml": lambda b: b[:-20]}),
        "damaged",
    ),
    "broken sheet": (
        lambda make: rezip(
            make.book(), {"xl/worksheets/sheet1.xml": lambda b: b[: len(b) // 2]}
        ),
        "damaged",
    ),
    "bomb": (bomb, "bomb"),
    "lying sizes": (lying_sizes, "bomb"),
    "many parts": (many_parts, "bomb"),
    "doctype": (doctype, "unsafe_xml"),
    "utf-16 xml": (
        lambda make: rezip(
            make.book(),
            {"xl/workbook.xml": lambda b: b.decode().encode("utf-16")},
        ),
        "unsafe_xml",
    ),
    "far cell": (far_cell, "too_many_cells"),
    "another workbook": (lambda make: make.xlsx({"Sheet1": [["a"]]}), "missing_sheet"),
    "no items sheet": (
        lambda make: make.xlsx({"信息资源": make.rows([])["信息资源"]}),
        "missing_sheet",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_one_sentence_in_bounded_time(make, name):
    build, reason = REFUSED[name]
    data = build(make)
    started = time.monotonic()
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(data)
    assert refused.value.reason == reason
    assert refused.value.message.endswith("。")
    assert "\n" not in refused.value.message
    assert time.monotonic() - started < 10


def test_a_file_over_the_limit_is_refused_before_it_is_copied():
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += size
            return bytes(size)

    stream = Endless()
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(stream)
    assert refused.value.reason == "too_large"
    assert stream.given <= limits.FILE_BYTES + limits.MIB


def test_a_path_is_read_and_one_over_the_limit_is_refused(make, tmp_path):
    path = tmp_path / "调查表.xlsx"
    path.write_bytes(make.book())
    assert len(read_workbook(path).entries) == 1
    with path.open("r+b") as stream:
        stream.truncate(limits.FILE_BYTES + 1)
    with pytest.raises(WorkbookRefused, match="MB"):
        read_workbook(str(path))


def test_the_server_keeps_its_own_limits(make):
    before = resource.getrlimit(resource.RLIMIT_AS)
    read_workbook(make.book())
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@pytest.mark.parametrize("seed", range(40))
def test_a_workbook_with_flipped_bytes_is_read_or_refused(make, seed):
    chance = random.Random(seed)
    build = make.book() if seed % 2 else make.xls(make.rows([make.entry()]))
    data = bytearray(build)
    for _ in range(chance.randint(1, 30)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    with contextlib.suppress(WorkbookRefused):
        read_workbook(bytes(data))
