"""Finding delimiter, header and encoding."""

from __future__ import annotations

import pytest

from ckanext.jiangmen.tables import encoding, headers
from ckanext.jiangmen.tables.errors import Unreadable

ITEMS = [("code", "区划代码"), ("name", "区划名称"), ("parent", "上级代码")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_each_delimiter_is_found(delimiter):
    rows = [["编码", "名称", "备注"], ["1", "塘口镇", "孖簕"], ["2", "沙坪", ""]]
    text = "".join(delimiter.join(row) + "\n" for row in rows)
    assert headers.find_delimiter(text, []) == delimiter


def test_a_delimiter_inside_the_cells_does_not_deceive():
    text = "code;name;parent\n1;a,b,c,d;0\n2;e,f,g,h;0\n"
    assert headers.find_delimiter(text, ["code", "name", "parent"]) == ";"
    assert headers.find_delimiter("标题\n只有一列\n1,5\n", []) == ","


@pytest.mark.parametrize("odd", ["x|y", "a;b", "1,2"])
def test_a_single_column_stays_one(odd):
    for place in (1, 5, 9):
        rows = [f"甲{n}" for n in range(10)]
        rows[place] = odd
        text = "名称\n" + "\n".join(rows) + "\n"
        assert headers.find_delimiter(text, []) == ","
        assert headers.find_delimiter(text, ["名称"]) == ","


def test_records_know_where_they_end():
    text = 'a,"b\n""c"""\r\n1,2\r3,4\n5,'
    records = headers.split_records(text, ",")
    assert [r.cells for r in records] == [("a", 'b\n"c"'), ("1", "2"), ("3", "4")]
    assert text[records[0].end :].startswith("1,2")


@pytest.mark.parametrize(
    ("rows", "index", "columns"),
    [
        ([["code", "name"], ["1", "a"]], 0, ("code", "name")),
        (
            [["江门市行政区划表"], [""], ["区划代码", "区划名称"], ["1", "a"]],
            2,
            ("区划代码", "区划名称"),
        ),
        # A merged banner: the group's name stands above, 区划代码 spans both rows.
        (
            [
                ["附件1", "", ""],
                ["区划代码", "基本情况", ""],
                ["", "区划名称", "上级代码"],
                ["1", "a", "0"],
            ],
            2,
            ("区划代码", "区划名称", "上级代码"),
        ),
        (
            [
                ["区划代码", "区划名称", "关系", ""],
                ["", "", "上级代码", ""],
                ["1", "a", "0", ""],
            ],
            1,
            ("区划代码", "区划名称", "上级代码", None),
        ),
        ([[" ＊ＣＯＤＥ ", "Name"], ["1", "a"]], 0, ("＊ＣＯＤＥ", "Name")),
    ],
)
def test_the_row_with_most_items_is_the_header(rows, index, columns):
    header = headers.find_header(rows, ITEMS)
    assert (header.index, header.columns) == (index, columns)


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        ([["a", "b"], ["1", "2"]], 0),
        (
            [
                ["表一", "", ""],
                ["单位：人", "", ""],
                ["年", "县", "数"],
                ["1", "2", "3"],
            ],
            2,
        ),
        ([["2020", "2021"], ["1", "2"]], 0),
        ([["", ""], ["甲", "乙"], ["x", "y"]], 1),
    ],
)
def test_without_items_the_shape_decides(rows, index):
    assert headers.find_header(rows, []).index == index


def test_a_table_without_a_cell_has_no_header():
    with pytest.raises(ValueError, match="cell"):
        headers.find_header([["", None], []], ITEMS)


RARE = "孖簕浐湴氹滘蓢裡"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_encodings_are_recognised_and_read_as_utf_8(tmp_path, codec, name):
    path = tmp_path / "t.csv"
    # Longer than a piece, so that characters lie across its border.
    text = f"名称\n{RARE}村\n" + "蓢底，氹仔\n" * 150_000 + RARE
    path.write_bytes(text.encode(codec))
    found = encoding.inspect(path)
    assert found.encoding == name
    assert found.sha256 == encoding.sha256_of(path)
    with found.open() as stream:
        parts = iter(lambda: stream.read(65_537), b"")
        assert b"".join(parts).decode() == text


@pytest.mark.parametrize("char", ["㐀", "𠀀", "😀", "€"])
def test_four_byte_gb_18030_is_read(tmp_path, char):
    path = tmp_path / "t.csv"
    path.write_bytes(f"名称\n{char}村\n".encode("gb18030"))
    with encoding.inspect(path).open() as stream:
        assert char in stream.read().decode()


def test_a_late_wrong_byte_is_found_with_its_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" * 1_200_000 + b"\xff\xff\n")
    with pytest.raises(Unreadable, match="第 1200001 行"):
        encoding.inspect(path)


def test_utf_8_that_turns_into_gbk_is_not_taken_for_either(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeff名称\n".encode() + "江门\n".encode("gbk"))
    with pytest.raises(Unreadable, match="UTF-8"):
        encoding.inspect(path)


def test_utf_16_without_a_mark_is_told(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("code,name\n1,a\n".encode("utf-16-le"))
    with pytest.raises(Unreadable, match="字节顺序标记"):
        encoding.inspect(path)
