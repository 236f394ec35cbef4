"""Part of a table at core's dump address: core's answers, one version of the rows."""

from __future__ import annotations

import csv
import io
import json
import threading

import pytest

import ckan.plugins.toolkit as tk
from ckanext.datastore.writer import xml_writer

from ckanext.jiangmen.tables import dump, export, load, read

pytestmark = pytest.mark.usefixtures("tables_only")

ITEMS = (
    {"name": "版本", "data_type": "字符型"},
    {"name": "序号", "data_type": "整型", "data_length": "8"},
)


def made(projection, **params):
    asked = {"format": "csv", "offset": 0, "sort": "_id", "bom": False, **params}
    return b"".join(dump.dump(projection, asked))


@pytest.fixture
def table(write, sample, resource_id):
    load.load_table(resource_id, write(sample.text), sample.items)
    return resource_id


def searched(projection, form, **params):
    asked = {"records_format": form, "sort": "_id", **params}
    return read.search(projection, {"resource_id": projection.resource_id, **asked})


@pytest.mark.parametrize("params", [{"offset": 1}, {"limit": 2}, {"fields": "code"}])
@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_separated_rows_are_those_of_a_search(table, projection, form, params):
    allowed = projection(table)
    head, _, rows = made(allowed, format=form, **params).decode().partition("\r\n")
    assert rows == searched(allowed, form, **params)["records"]
    names = [field["id"] for field in searched(allowed, form, **params)["fields"]]
    assert head == ("," if form == "csv" else "\t").join(names)


def test_json_has_fields_and_lists_with_all_digits(table, projection):
    allowed = projection(table)
    body = made(allowed, format="json", limit=1).decode()
    answer = json.loads(body)
    found = searched(allowed, "lists", limit=1)
    assert answer["fields"] == found["fields"]
    assert answer["records"] == found["records"]
    assert "100.10" in body
    assert body.startswith('{\n  "fields": [')
    assert body.endswith("\n]}\n")


def test_xml_is_what_core_writes(table, projection):
    allowed = projection(table)
    found = searched(allowed, "objects")
    with xml_writer(found["fields"]) as writer:
        wanted = writer.write_records(found["records"]) + writer.end_file()
    assert made(allowed, format="xml") == wanted


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "xml"])
def test_an_empty_part_is_a_whole_file(table, projection, form):
    allowed = projection(table)
    body = made(allowed, format=form, limit=0, bom=True)
    assert body.startswith(b"\xef\xbb\xbf")
    assert body == made(allowed, format=form, offset=99, bom=True)


def test_distinct_values_come_once(table, projection):
    body = made(projection(table), fields=["有效"], distinct=True)
    assert sorted(body.decode().splitlines()) == ["", "f", "t", "有效"]


def test_a_formula_is_text_in_a_part_too(write, resource_id, projection):
    load.load_table(resource_id, write("版本,序号\n=1+1,1\n"), ITEMS)
    body = made(projection(resource_id), limit=5).decode()
    assert body.endswith("1,'=1+1,1\n")


@pytest.mark.parametrize(
    "params",
    [
        {"fields": ["不存在"]},
        {"sort": "不存在 desc"},
        {"filters": {"不存在": "x"}},
        {"filters": {"户数": "不是数"}},
        {"limit": -1},
        {"offset": -1},
        {"offset": 10**30},
        {"distinct": True, "fields": ["code"], "sort": "name"},
    ],
)
def test_what_cannot_be_asked_is_told_before_the_first_byte(table, projection, params):
    with pytest.raises(tk.ValidationError):
        made(projection(table), **params)


def test_an_export_tells_a_wrong_value_before_the_first_byte(table, projection):
    with pytest.raises(tk.ValidationError):
        export.export(projection(table), "csv", params={"filters": {"户数": "无"}})


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_dump_made_while_the_table_is_replaced_holds_one_version(
    write, resource_id, projection, form
):
    def file(version, rows):
        lines = "".join(f"{version},{number}\n" for number in range(rows))
        return write("版本,序号\n" + lines, name=f"{version}.csv")

    load.load_table(resource_id, file("旧", 25_000), ITEMS)
    newer = file("新", 30_000)
    asked = {"format": form, "offset": 10, "sort": "_id"}
    pieces = dump.dump(projection(resource_id), asked)
    first = [next(pieces), next(pieces)]
    loading = threading.Thread(target=load.load_table, args=(resource_id, newer, ITEMS))
    loading.start()
    loading.join(30)
    assert not loading.is_alive()
    body = b"".join([*first, *pieces]).decode()
    assert body.count("旧") == 24_990
    assert "新" not in body
    again = made(projection(resource_id), **asked).decode()
    assert again.count("新") == 29_990
    assert "旧" not in again


def test_a_column_of_identity_numbers_is_not_made_distinct(
    write, resource_id, projection
):
    from ckanext.jiangmen import identity

    number = identity.synthetic_resident_number(7)
    items = ({"name": "身份证号", "data_type": "字符型"},)
    load.load_table(resource_id, write(f"身份证号\n{number}\n"), items)
    masked = projection(resource_id, access="masked")
    rows = list(csv.reader(io.StringIO(made(masked, limit=1).decode())))
    assert rows[1][1] == identity.mask(number)
    with pytest.raises(tk.ValidationError):
        made(masked, distinct=True)
