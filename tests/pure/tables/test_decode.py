"""Files become rows: every format, every encoding, every fault named."""

from __future__ import annotations

import datetime as dt
import json
import zipfile

import numpy as np
import polars as pl
import pytest
import xlsxwriter

from ckanext.jiangmen import identity
from ckanext.jiangmen.tables import checks, columns, decode
from ckanext.jiangmen.tables.errors import ColumnsRefused, TooLarge, Unreadable
from ckanext.jiangmen.tables.limits import Limits

RARE = "孖簕浐湴氹滘蓢裡"
ITEMS = [
    {"name": "区划代码", "column": "code", "data_type": "字符型", "is_key": "是"},
    {"name": "区划名称", "column": "name", "data_type": "字符型", "data_length": "30"},
    {"name": "户数", "data_type": "整型", "data_length": "8"},
    {"name": "设立日期", "data_type": "日期型"},
]
HEADER = ["code", "区划名称", "户数", "设立日期"]
ROWS = [
    ["440703002101", f"{RARE}村", "12", "2020-01-29"],
    ["040703002102", "引“号,逗号", "", "2020-02-29"],
]


def read(path, items=ITEMS, limits=None, sheet=None, unknown_allowed=False):
    """Return (rows, checker) of a file."""
    limits = limits or Limits()
    with decode.open_table(path, items, limits, sheet) as source:
        bound = columns.bind(source.columns, items, unknown_allowed=unknown_allowed)
        checker = checks.Checker(bound, source.columns, limits)
        frames = [checker.check(batch) for batch in source.batches()]
    return [list(row) for frame in frames for row in frame.rows()], checker


def good(rows):
    return [[cell or None for cell in row] for row in rows]


def csv_text(rows, delimiter=","):
    return "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n"
        for row in rows
    )


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimited_text_is_read_in_every_encoding(tmp_path, codec, delimiter):
    path = tmp_path / "t.csv"
    path.write_bytes(csv_text([HEADER, *ROWS], delimiter).encode(codec))
    rows, checker = read(path)
    assert rows == good(ROWS)
    assert checker.bad_count == 0


def workbook(path, rows, before=(), merge=False):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("数据")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate([*before, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(at, column, cell, day)
                elif cell != "":
                    sheet.write(at, column, cell)
        if merge:
            sheet.merge_range(0, 0, 0, 3, "江门市行政区划一览表")
    return path


def test_a_workbook_is_read_below_its_banner(tmp_path):
    rows = [
        ["440703002101", f"{RARE}村", 12, dt.date(2020, 1, 29)],
        [440703002102, "氹仔", "", dt.date(2020, 2, 29)],
    ]
    path = workbook(
        tmp_path / "t.xlsx", [HEADER, *rows], before=[[], ["单位：户"]], merge=True
    )
    got, checker = read(path)
    assert got == [
        ["440703002101", f"{RARE}村", "12", "2020-01-29"],
        ["440703002102", "氹仔", None, "2020-02-29"],
    ]
    assert checker.bad_count == 0


def test_bad_rows_of_a_workbook_bear_the_spreadsheets_row_numbers(tmp_path):
    rows = [HEADER, ROWS[0], ["", "", "", ""], [4.40703e17, "a", 1, "2020-01-01"]]
    path = workbook(tmp_path / "t.xlsx", rows, before=[[], [], []])
    got, checker = read(path)
    assert got == good(ROWS[:1])
    assert [(b.row, b.column) for b in checker.bad_rows] == [(7, "区划代码")]


def test_the_sheet_that_holds_the_items_is_taken(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明").write(0, 0, "填写说明")
        hidden = book.add_worksheet("旧")
        hidden.write_row(0, 0, HEADER)
        hidden.hide()
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["1", "a", 5, "2020-01-01"])
    assert read(path)[0] == [["1", "a", "5", "2020-01-01"]]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS]),
        json.dumps(
            {"n": 1, "records": [dict(zip(HEADER, row, strict=True)) for row in ROWS]},
            ensure_ascii=False,
        ),
        "\n".join(
            json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False)
            for row in ROWS
        ),
    ],
    ids=["list", "object", "lines"],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
def test_json_is_read_in_its_three_shapes(tmp_path, text, codec):
    path = tmp_path / "t.json"
    path.write_bytes(text.encode(codec))
    assert read(path)[0] == good(ROWS)


def test_json_figures_keep_every_digit(tmp_path):
    path = tmp_path / "t.json"
    path.write_text('[{"a": 12345678901234567890.10, "b": 440703190001011231}]')
    items = [
        {"name": "a", "data_type": "数值型"},
        {"name": "b", "data_type": "字符型"},
    ]
    assert read(path, items)[0] == [["12345678901234567890.10", "440703190001011231"]]


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}',
        '[{"a": 1} {"a": 2}]',
        '[{"a": NaN}]',
        '[{"a": 1, "a": 2}]',
        '[{"a": ' + "[" * 100_000,
        '{"a": {"b": 1}',
        "[]",
        '{"records": 5}x',
    ],
)
def test_broken_json_is_refused_with_a_sentence(tmp_path, text):
    path = tmp_path / "t.json"
    path.write_text(text)
    with pytest.raises(Unreadable):
        read(path, [])


def test_large_json_is_read_piece_by_piece(tmp_path):
    path = tmp_path / "t.json"
    records = [{"a": str(i), "b": RARE * 20} for i in range(40_000)]
    path.write_text(json.dumps(records, ensure_ascii=False))
    rows, _ = read(path, [])
    assert len(rows) == 40_000
    assert rows[-1] == ["39999", RARE * 20]


def test_every_bad_row_is_named_with_its_number_column_and_reason(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "江门市行政区划,,,\n"
        "code,区划名称,户数,设立日期\n"
        '1,"a\nb",2,2020-01-01\n'
        "2,a,x,2020-01-01\n"
        "\n"
        "3,a\n"
        "4,a,1,2020-02-30\n"
        "5,a,1,2020-01-01,9\n"
        f"6,{'长' * 31},1,2020-01-01\n"
        "7,a\0,1,2020-01-01\n"
        "8,a,0012,2020-01-01\n"
        "9,a,1,2020-01-01\n",
    )
    rows, checker = read(path)
    assert [row[0] for row in rows] == ["1", "9"]
    assert rows[0][1] == "a\nb"
    # Records are counted, as a spreadsheet does: a quoted line break begins no row.
    assert sorted((b.row, b.column) for b in checker.bad_rows) == [
        (4, "户数"),
        (6, ""),
        (7, "设立日期"),
        (8, ""),
        (9, "区划名称"),
        (10, "区划名称"),
        (11, "户数"),
    ]
    assert checker.bad_count == 7
    assert checker.blank_count == 1


def test_a_report_does_not_show_identity_numbers(tmp_path):
    number = identity.synthetic_resident_number()
    path = tmp_path / "t.csv"
    path.write_text(f"code,户数\n1,{number}12\n2,{number},9\n")
    items = [ITEMS[0], ITEMS[2]]
    _, checker = read(path, items)
    assert checker.bad_count == 2
    assert number not in repr(checker.bad_rows)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("code,区划名称,户数,设立日期,邮编\n1,a,1,2020-01-01,529000\n", "邮编"),
        ("code,区划名称,户数\n1,a,1\n", "设立日期"),
        ("code,区划名称,户数,设立日期,code\n1,a,1,2020-01-01,1\n", "重复"),
        ("code,区划名称,户数,设立日期,\n1,a,1,2020-01-01,x\n", "第 5 列没有列名"),
    ],
)
def test_columns_that_do_not_match_the_items_are_listed(tmp_path, header, words):
    path = tmp_path / "t.csv"
    path.write_text(header)
    with pytest.raises(ColumnsRefused, match=words):
        read(path)


def test_unknown_columns_can_be_allowed(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,邮编\n1,529000\n")
    assert read(path, ITEMS[:1], unknown_allowed=True)[0] == [["1", "529000"]]


@pytest.mark.parametrize(
    ("name", "fits"), [("汉" * 21, True), ("汉" * 22, False), ("a" * 64, False)]
)
def test_names_that_postgresql_would_cut_off_are_refused(tmp_path, name, fits):
    path = tmp_path / "t.csv"
    path.write_text(f"{name},b\n1,2\n")
    if fits:
        assert read(path, [])[0] == [["1", "2"]]
    else:
        with pytest.raises(ColumnsRefused, match="21 个汉字"):
            read(path, [])


def test_a_table_without_rows_is_a_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,区划名称,户数,设立日期")
    assert read(path)[0] == []


def test_carriage_returns_alone_end_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\r1,2\r3,4\r")
    assert read(path, [])[0] == [["1", "2"], ["3", "4"]]


def test_row_numbers_hold_across_blocks(tmp_path):
    path = tmp_path / "t.csv"
    lines = [f"{i},{'x' * 50}" for i in range(500_000)]
    lines[3], lines[499_990] = "3", "a,b,c"
    path.write_text("编号,值\n" + "\n".join(lines) + "\n")
    items = [{"name": "编号", "data_type": "整型"}, {"name": "值"}]
    rows, checker = read(path, items)
    assert len(rows) == 499_998
    assert [b.row for b in checker.bad_rows] == [5, 499_992]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", Unreadable, "空"),
        (b"\n\n\n", Unreadable, "表头"),
        (b"<html><table></table>", Unreadable, "网页"),
        (b"PK\x03\x04broken", Unreadable, "损坏"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, Unreadable, "损坏"),
        (b'a,b\n1,"2\n' + b"x,y\n" * 3_000_000, Unreadable, "引号"),
    ],
)
def test_what_is_no_table_is_told_in_one_sentence(tmp_path, content, error, words):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(error, match=words):
        read(path, [])


def test_an_unclosed_quote_does_not_swallow_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,2\n3,"4\n5,6\n')
    with pytest.raises(Unreadable, match="第 3 行有引号没有闭合"):
        read(path, [])
    path.write_text('a,b\n1,2\n"3,4\n5,6\n')
    rows, checker = read(path, [])
    assert rows == [["1", "2"]]
    assert "引号" in checker.bad_rows[0].reason


def test_a_stray_quote_inside_a_cell_is_kept(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,2"寸\n3,4\n')
    assert read(path, [])[0] == [["1", '2"寸'], ["3", "4"]]


def bomb(path, sheet, entries=()):
    workbook(path, [["a", "b"], ["1", "2"]])
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["xl/worksheets/sheet1.xml"] = sheet
    members |= dict(entries)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, body in members.items():
            new.writestr(name, body)
    return path


HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = bomb(tmp_path / "t.xlsx", HEAD + b" " * 300_000_000)
    with pytest.raises(TooLarge, match="压缩炸弹"):
        read(path, [])


def test_one_cell_far_away_does_not_make_a_huge_sheet(tmp_path):
    sheet = (
        HEAD
        + b'<row r="1"><c r="A1"><v>1</v></c></row>'
        + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        + b"</sheetData></worksheet>"
    )
    with pytest.raises(TooLarge, match="1,048,576 行"):
        read(bomb(tmp_path / "t.xlsx", sheet), [])


def test_too_many_parts_in_a_workbook_are_refused(tmp_path):
    parts = [(f"xl/media/{i}.bin", b"") for i in range(1200)]
    path = bomb(tmp_path / "t.xlsx", HEAD + b"</sheetData></worksheet>", parts)
    with pytest.raises(TooLarge):
        read(path, [])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(file_bytes=100), "上限"),
        (Limits(rows=1), "行的上限"),
        (Limits(columns=2), "列的上限"),
    ],
)
def test_limits_are_told(tmp_path, limits, words):
    path = tmp_path / "t.csv"
    path.write_text(csv_text([HEADER, *ROWS]))
    with pytest.raises(TooLarge, match=words):
        read(path, limits=limits)


def test_a_cell_that_is_too_long_is_a_bad_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"a,b\n1,{'x' * 101}\n2,y\n")
    rows, checker = read(path, [], Limits(cell_characters=100))
    assert rows == [["2", "y"]]
    assert checker.bad_rows[0].row == 2


NUMBERS = [identity.synthetic_resident_number(i) for i in range(1, 301)]


def test_identity_numbers_are_counted_as_the_standard_counts_them():
    wrong = [n[:-1] + ("1" if n[-1] != "1" else "2") for n in NUMBERS]
    assert checks.count_identity_numbers(pl.Series(NUMBERS)) == 300
    assert checks.count_identity_numbers(pl.Series(wrong)) == 0
    assert checks.count_identity_numbers(pl.Series([n.lower() for n in NUMBERS])) == 300
    assert checks.count_identity_numbers(pl.Series(["汉" * 6, None, "x" * 18])) == 0


def test_a_column_of_identity_numbers_is_recognised_by_its_values(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("姓名,号码\n" + "".join(f"某{n},{n}\n" for n in NUMBERS))
    _, checker = read(path, [])
    assert checker.identity_columns() == {"号码"}


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("公民身份号码", True),
        ("法定代表人身份证号", True),
        ("身份证件号码", True),
        ("身份证", True),
        ("身份证明类型", False),
        ("姓名", False),
    ],
)
def test_an_item_says_by_its_name_that_it_is_an_identity_number(name, is_one):
    item = {"name": name, "data_type": "字符型"}
    assert columns.holds_identity_numbers(item) is is_one


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write("a,b,c\n")
        file.writelines(f"{i},江门市蓬江区,{i * 7}\n" for i in range(1_500_000))
    sizes = []
    with decode.open_table(path) as source:
        for batch in source.batches():
            sizes.append(batch.frame.estimated_size())
            assert batch.numbers.dtype == np.uint32
    assert len(sizes) > 3
    assert max(sizes) < 32 * 1024 * 1024
