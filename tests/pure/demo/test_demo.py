"""The demonstration: built from its sources, sound by the catalogue's own rules."""

from __future__ import annotations

import csv
import functools
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ckanext.jiangmen import identity
from ckanext.jiangmen.catalog import lists, rules
from ckanext.jiangmen.catalog.survey import read_workbook

DEMO = Path(__file__).parents[3] / "demo"
WORKBOOKS = sorted(DEMO.glob("workbooks/*.xlsx"))


@functools.cache
def entries():
    return [
        rules.derive(each.entry, lists.organization_named(path.stem))
        for path in WORKBOOKS
        for each in read_workbook(path).entries
    ]


def table(path):
    encoding = "gb18030" if "gb18030" in path.name else "utf-8"
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def sources():
    return [*DEMO.glob("entries/*.yaml"), *DEMO.glob("first_walk/*.yaml")]


def written():
    for source in sources():
        for short in yaml.safe_load(source.read_text("utf-8")):
            yield source, short


def test_what_is_committed_is_what_the_sources_give():
    done = subprocess.run(
        [sys.executable, str(DEMO / "build.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.stem)
def test_every_workbook_passes_every_rule(path):
    organization = lists.organization_named(path.stem)
    workbook = read_workbook(path)
    assert workbook.notices == []
    assert workbook.check(lambda e: rules.check_entry(e, organization)) == []
    assert {each.entry["owner_org"] for each in workbook.entries} == {path.stem}


@pytest.mark.parametrize(
    "field",
    [
        "content_kind",
        "content_subkind",
        "format_class",
        "exchange_method",
        "update_cycle",
        "legal_basis_type",
    ],
)
def test_every_value_of_the_lists_occurs(field):
    assert {entry.get(field) for entry in entries()} >= set(lists.values(field))


def test_every_category_and_every_library_occurs():
    found = entries()
    assert {rules.category_badge(entry) for entry in found} == set(
        lists.values("sharing_category")
    )
    named = {name for entry in found for name in rules.libraries_of(entry)}
    assert named == {library["name"] for library in lists.libraries()}
    assert any(rules.is_mixed(entry) for entry in found)


def test_the_first_walk_is_one_entry_with_1438_rows_beside_it():
    (path,) = DEMO.glob("first_walk/*.xlsx")
    workbook = read_workbook(path)
    organization = lists.organization_named("市民政局")
    assert workbook.check(lambda e: rules.check_entry(e, organization)) == []
    (entry,) = workbook.entries
    assert entry.entry["title"] == "江门市行政区划"
    assert "江门市行政区划" not in {each["title"] for each in entries()}
    (file,) = DEMO.glob("first_walk/*.csv")
    rows = table(file)
    columns = [item["name"] for item in entry.entry["information_items"]]
    assert list(rows[0]) == columns
    levels = [row["级别"] for row in rows]
    counts = {level: levels.count(level) for level in ("市", "区县", "镇街", "村居")}
    assert counts == {"市": 1, "区县": 7, "镇街": 82, "村居": 1348}
    names = {row["区划代码"]: row["名称"] for row in rows}
    assert len(names) == 1438
    assert all(names[row["上级代码"]] == row["上级名称"] for row in rows[1:])


def test_every_attached_file_exists_and_its_columns_are_the_items():
    for source, short in written():
        for name in short.get("files", []):
            path = DEMO / name
            assert path.is_file(), (source.name, name)
            if path.suffix == ".csv":
                items = [text.split() for text in short["items"]]
                columns = [
                    next((m[2:] for m in item if m.startswith("列=")), item[0])
                    for item in items
                ]
                assert list(table(path)[0]) == columns


def test_no_file_of_a_wholly_open_entry_holds_a_personal_number():
    for _source, short in written():
        if short["sharing"] != "可社会公开":
            continue
        for name in short.get("files", []):
            encoding = "gb18030" if "gb18030" in name else "utf-8"
            text = (DEMO / name).read_text(encoding)
            assert list(identity.find_numbers(text)) == []


def test_everybody_in_the_synthetic_tables_was_born_in_1900():
    found = 0
    for path in DEMO.glob("files/*.csv"):
        for number in identity.find_numbers(path.read_text("utf-8")):
            assert number.kind == "公民身份号码"
            assert number.text[6:10] == "1900"
            found += 1
    assert found == 800


def test_every_credit_code_in_the_synthetic_tables_is_sound():
    for row in table(DEMO / "files/企业登记基本信息.csv"):
        assert identity.is_credit_code(row["统一社会信用代码"])
        assert "DEM" in row["统一社会信用代码"]
