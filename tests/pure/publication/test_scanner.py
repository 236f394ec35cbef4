"""Twenty planted files are found with their place, twenty clean ones pass."""

from __future__ import annotations

import gzip
import io
import json
import random
import time
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter

from ckanext.jiangmen import identity
from ckanext.jiangmen.publication import readers, scanner
from ckanext.jiangmen.publication.detect import Kind

NUMBER = identity.synthetic_resident_number(7, "440703", 33)
OLD = NUMBER[:6] + NUMBER[8:17]
MOBILE = "13812345678"
CARD = "6222021234567890128"
UNITS = ["市民政局", "市人力资源社会保障局", "市地税局", "市商务局", "市气象局"]


def csv_text(rows):
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def workbook(sheets, comment=None):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if comment:
                sheet.write_comment("A1", comment)
    return target.getvalue()


def zipped(members, **options):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def document(paragraphs):
    body = "".join(
        "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"
        for runs in paragraphs
    )
    return zipped({"word/document.xml": f"<w:document>{body}</w:document>"})


def pdf(text, *, packed=True):
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    stream = zlib.compress(stream) if packed else stream
    return b"%PDF-1.4\n1 0 obj<<>>\nstream\n" + stream + b"\nendstream endobj\n%%EOF"


def geojson(properties):
    shape = {"type": "Point", "coordinates": [113.081381234567891, 22.5813812345678]}
    feature = {"type": "Feature", "properties": properties, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


HEAD = ["单位", "年份", "人数"]
ROWS = [[unit, 2016 + n, 1000 * n] for n, unit in enumerate(UNITS)]

UNSEEN = Kind.UNREADABLE
PLANTED = {
    "名单.csv": (
        csv_text([["姓名", "身份证号"], ["甲", NUMBER]]).encode(),
        Kind.IDENTITY,
    ),
    "国标.csv": (
        csv_text([["姓名", "号码"], ["甲", NUMBER]]).encode("gb18030"),
        Kind.IDENTITY,
    ),
    "宽字.csv": (
        csv_text([["姓名", "号码"], ["甲", NUMBER]]).encode("utf-16"),
        Kind.IDENTITY,
    ),
    "分隔.txt": (
        f"证件 {NUMBER[:6]}-{NUMBER[6:14]}-{NUMBER[14:]}".encode(),
        Kind.IDENTITY,
    ),
    "旧号.csv": (csv_text([["姓名", "备注"], ["甲", OLD]]).encode(), Kind.IDENTITY),
    "表.xlsx": (
        workbook({"一": [HEAD, *ROWS], "二": [["备注"], [NUMBER]]}),
        Kind.IDENTITY,
    ),
    "数字.xlsx": (
        workbook({"一": [["姓名", "手机"], ["甲", int(MOBILE)]]}),
        Kind.MOBILE,
    ),
    "批注.xlsx": (workbook({"一": [HEAD, *ROWS]}, comment=f"找 {MOBILE}"), Kind.MOBILE),
    "电话.tsv": ("单位\t备注\n市民政局\t请拨 138-1234-5678\n".encode(), Kind.MOBILE),
    "数据.json": (json.dumps([{"名": "甲", "号": NUMBER}]).encode(), Kind.IDENTITY),
    "深层.json": (
        json.dumps({"a": {"b": [{"c": [int(MOBILE)]}]}}).encode(),
        Kind.MOBILE,
    ),
    "点.geojson": (geojson({"联系人": f"甲 {MOBILE}"}).encode(), Kind.MOBILE),
    "卡.csv": (csv_text([["户名", "账号"], ["甲", CARD]]).encode(), Kind.BANK_CARD),
    "卡.txt": (b"6222 0212 3456 7890 128", Kind.BANK_CARD),
    "文件.docx": (document([["机", "密★10年"], ["正文"]]), Kind.MARK),
    "跨段.docx": (document([["号码", NUMBER[:9], NUMBER[9:]]]), Kind.IDENTITY),
    "密级.csv": (csv_text([["文件", "密级"], ["某某", "秘密"]]).encode(), Kind.MARK),
    "包.zip": (zipped({"里/名单.csv": csv_text([["证"], [NUMBER]])}), Kind.IDENTITY),
    "公文.pdf": (pdf(f"No. {NUMBER}"), Kind.IDENTITY),
    "扫描.pdf": (b"%PDF-1.4\nstream\n" + b"\xff\xd8" * 99 + b"\nendstream", UNSEEN),
    "宋体.pdf": (pdf("0123") + b"<</Subtype/Type0/Encoding/Identity-H>>", UNSEEN),
    f"{MOBILE}.txt": ("正文".encode(), Kind.MOBILE),
    "压.csv.gz": (gzip.compress(f"号\n{NUMBER}\n".encode()), Kind.IDENTITY),
    "旧.doc": (
        b"\xd0\xcf\x11\xe0" + b"\0\xff" * 40 + MOBILE.encode("utf-16-le"),
        Kind.MOBILE,
    ),
}

_seeded = random.Random(7)
CODES = [f"44070300{n:04d}{_seeded.randrange(10**4):04d}" for n in range(300)]
ELEVEN = [str(_seeded.randrange(10**10, 10**11)) for _ in range(3000)]
TAX = [f"440703{_seeded.randrange(10**9):09d}" for _ in range(2000)]

CLEAN = {
    "统计.csv": csv_text([HEAD, *ROWS]).encode(),
    "国标.csv": csv_text([HEAD, *ROWS]).encode("gb18030"),
    "区划.csv": csv_text([["代码", "名称"], ["440703001001", "白沙社区"]]).encode(),
    "座机.csv": csv_text([["单位", "联系电话"], ["市民政局", "0750-3501398"]]).encode(),
    "信用代码.csv": csv_text([["代码"], ["91350100M000100Y43"]]).encode(),
    "税号.csv": csv_text([["纳税人识别号"], *[[n] for n in TAX]]).encode(),
    "编号.csv": csv_text([["编号"], *[[n] for n in ELEVEN]]).encode(),
    "单元.csv": csv_text([["单元号"], *[[n] for n in CODES]]).encode(),
    "金额.csv": csv_text([["金额（元）"], [15000000000], [13600000000]]).encode(),
    "时间.csv": csv_text(
        [["时间"], ["2026-11-22T18:00:00+08:00"], [1500000000000]]
    ).encode(),
    "词.txt": "保守国家秘密法；商业秘密；机密性；密级：公开；不涉密".encode(),
    "章程.docx": document([["第一条 不得泄露", "商业秘密"], ["机密性要求"]]),
    "表.xlsx": workbook({"一": [HEAD, *ROWS]}),
    "坐标.geojson": geojson({"名称": "圭峰山", "高程": 545.5}).encode(),
    "数据.json": json.dumps(
        {"total": 13812345678.5, "uuid": "550e8400-e29b-41d4-a716-413812345678"}
    ).encode(),
    "散列.csv": csv_text(
        [
            ["sha256"],
            ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
        ]
    ).encode(),
    "掩码.csv": csv_text(
        [["证件", "手机"], ["440***********0014", "138****5678"]]
    ).encode(),
    "空.csv": b"",
    "图.png": b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(200_000),
    "包.zip": zipped({"统计.csv": csv_text([HEAD, *ROWS]), "说明.txt": "商业秘密"}),
    "公报.pdf": pdf("Annual report 2016, ISBN 978-7-115-42802-8"),
    "坐标.txt": b"113.081234567890123 22.138123456789\n",
}


def scan(tmp_path: Path, name: str, content: bytes):
    path = tmp_path / "blob"
    path.write_bytes(content)
    return scanner.scan_file(path, name, "r1")


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_file_is_found(tmp_path, name):
    content, kind = PLANTED[name]
    found = scan(tmp_path, name, content)
    assert {finding.kind for finding in found} == {kind}
    assert all(name in finding.message for finding in found)
    for secret in (NUMBER, OLD, CARD):
        assert all(secret not in finding.message for finding in found)


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_file_passes(tmp_path, name):
    assert scan(tmp_path, name, CLEAN[name]) == []


def test_there_are_twenty_of_each():
    assert len(PLANTED) >= 20
    assert len(CLEAN) >= 20


def test_the_place_is_named_as_people_find_it(tmp_path):
    content = workbook({"名单": [HEAD, *ROWS, ["市民政局", 2020, NUMBER]]})
    (found,) = scan(tmp_path, "表.xlsx", content)
    assert found.place == "“表.xlsx”“名单”第 7 行“人数”列（C7）"
    assert found.place_key == "r1/名单/人数"


def test_many_finds_name_fifty_places(tmp_path):
    numbers = [identity.synthetic_resident_number(n) for n in range(1, 200)]
    found = scan(
        tmp_path, "名单.csv", csv_text([["号"], *[[n] for n in numbers]]).encode()
    )
    assert len(found) == scanner.PLACES_LIMIT


@pytest.mark.parametrize("name", ["内.rar", "内.7z"])
def test_what_cannot_be_looked_into_is_not_let_through(tmp_path, name):
    (found,) = scan(tmp_path, name, b"Rar!\x1a\x07")
    assert found.kind == Kind.UNREADABLE


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "UNPACKED_LIMIT_BYTES", 2**20)
    (found,) = scan(tmp_path, "弹.zip", zipped({"零.txt": b"0" * 2**21}))
    assert found.kind == Kind.UNREADABLE


def test_a_broken_workbook_is_not_let_through(tmp_path):
    (found,) = scan(tmp_path, "坏.xlsx", b"PK\x03\x04 broken")
    assert found.kind == Kind.UNREADABLE


def test_the_contact_phone_alone_may_hold_a_mobile_number():
    fields = {
        "contact_phone": MOBILE,
        "remarks": f"备用 {MOBILE}",
        "notes": "商业秘密保护",
        "title": "机密",
        "information_items": [{"name": "甲", "remarks": NUMBER}],
    }
    labels = {"remarks": "备注", "title": "名称", "information_items": "信息项"}
    found = scanner.scan_fields(fields, labels)
    assert [(f.source, f.kind) for f in found] == [
        ("备注", Kind.MOBILE),
        ("名称", Kind.MARK),
        ("信息项", Kind.IDENTITY),
    ]


def test_a_contact_phone_that_is_an_identity_number_is_found():
    (found,) = scanner.scan_fields({"contact_phone": NUMBER}, {})
    assert found.kind == Kind.IDENTITY


def test_a_million_cells_take_seconds():
    rows = [
        [f"{n}", "江门市蓬江区白沙街道", "440703001001", "113.08"]
        for n in range(250_000)
    ]
    started = time.monotonic()
    assert scanner.scan_rows("表", ["序", "地址", "代码", "经度"], rows) == []
    assert time.monotonic() - started < 15
