"""Tables as files: every format, one snapshot, nothing active, nothing hidden."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
import python_calamine

from ckanext.jiangmen import identity
from ckanext.jiangmen.tables import export, load
from ckanext.jiangmen.tables import projection as rows_of
from ckanext.jiangmen.tables.errors import ExportRefused, TableMissing

pytestmark = pytest.mark.usefixtures("tables_only")

NUMBER = identity.synthetic_resident_number(7)


def made(projection, fmt, **options):
    return b"".join(export.export(projection, fmt, **options))


def csv_rows(body):
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def sheets(body):
    book = python_calamine.load_workbook(io.BytesIO(body))
    return book.get_sheet_by_index(0).to_python()


@pytest.fixture
def table(write, sample, resource_id):
    load.load_table(resource_id, write(sample.text), sample.items)
    return resource_id


def test_csv_holds_the_rows_as_they_are(table, projection):
    rows = csv_rows(made(projection(table), "csv"))
    assert rows[0] == [
        "code",
        "name",
        "户数",
        "金额",
        "比例",
        "设立日期",
        "更新时间",
        "有效",
    ]
    assert rows[1] == [
        "040703002101",
        "孖簕村",
        "12",
        "100.10",
        "0.5",
        "2020-01-29",
        "2020-01-29 08:05:00",
        "true",
    ]
    assert rows[2][1:3] == ['浐湴,"氹滘"村', ""]
    assert len(rows) == 4


def test_a_byte_order_mark_and_labels_come_by_choice(table, projection):
    plain = made(projection(table), "csv")
    marked = made(projection(table), "csv", bom=True, labels=True)
    assert not plain.startswith(b"\xef\xbb\xbf")
    assert marked.startswith(b"\xef\xbb\xbf")
    assert csv_rows(marked)[0][:2] == ["区划代码", "区划名称"]


def test_what_was_exported_loads_again_to_the_same_rows(
    table, projection, sample, tmp_path
):
    # XLSX last: its numbers have no trailing zeros.
    for fmt in ("csv", "json", "xlsx"):
        path = tmp_path / f"t.{fmt}"
        path.write_bytes(made(projection(table), fmt))
        load.load_table(table, path, sample.items)
        assert csv_rows(made(projection(table), "csv"))[1][:4] == [
            "040703002101",
            "孖簕村",
            "12",
            "100.10" if fmt != "xlsx" else "100.1",
        ]


def test_xlsx_has_typed_cells(table, projection):
    rows = sheets(made(projection(table), "xlsx", labels=True))
    assert rows[0][:2] == ["区划代码", "区划名称"]
    assert rows[1] == [
        "040703002101",
        "孖簕村",
        12,
        100.1,
        0.5,
        dt.date(2020, 1, 29),
        dt.datetime(2020, 1, 29, 8, 5),  # noqa: DTZ001
        True,
    ]
    assert rows[3][5] == "1900-01-01"


def test_json_is_a_list_of_objects_with_all_digits(table, projection):
    body = made(projection(table), "json")
    assert b'"\xe9\x87\x91\xe9\xa2\x9d": 100.10' in body
    records = json.loads(body)
    assert records[1]["name"] == '浐湴,"氹滘"村'
    assert records[1]["户数"] is None
    assert records[2]["有效"] is False
    assert "_id" not in records[0]


def test_parquet_keeps_types_digits_and_labels(table, projection):
    found = pq.read_table(io.BytesIO(made(projection(table), "parquet")))
    assert found.column("金额").to_pylist() == [
        Decimal("100.10"),
        None,
        Decimal("-3.50"),
    ]
    assert found.column("设立日期").to_pylist()[2] == dt.date(1900, 1, 1)
    assert found.schema.field("code").metadata == {b"label": "区划代码".encode()}
    assert str(found.schema.field("户数").type) == "int64"


@pytest.mark.parametrize("fmt", export.FORMATS)
def test_a_table_without_rows_exports(write, sample, resource_id, projection, fmt):
    header = sample.text.splitlines()[0] + "\n"
    load.load_table(resource_id, write(header), sample.items)
    body = made(projection(resource_id), fmt)
    if fmt == "csv":
        assert len(csv_rows(body)) == 1
    elif fmt == "json":
        assert json.loads(body) == []
    elif fmt == "xlsx":
        assert len(sheets(body)) == 1
    else:
        assert pq.read_table(io.BytesIO(body)).num_rows == 0


ACTIVE = ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "＝1+1", "\uff0bx", "-甲"]
HARMLESS = ["-5.2", "+86", "-1,234.50", "1=1", "a@b", "甲-乙", "'x"]


def test_no_cell_of_a_csv_is_a_formula(write, resource_id, projection):
    load.load_table(
        resource_id,
        write("a,b\n" + "".join(f'"{cell}",x\n' for cell in ACTIVE + HARMLESS)),
    )
    cells = [row[0] for row in csv_rows(made(projection(resource_id), "csv"))[1:]]
    assert cells == ["'" + cell for cell in ACTIVE] + HARMLESS


def test_an_export_loads_again_without_its_apostrophes(
    write, resource_id, projection, tmp_path
):
    cells = [*ACTIVE, *HARMLESS, "'=1", "''=1", "'-5"]
    load.load_table(resource_id, write("a\n" + "".join(f'"{c}"\n' for c in cells)))
    path = tmp_path / "export.csv"
    path.write_bytes(made(projection(resource_id), "csv"))
    before = made(projection(resource_id), "json")
    load.load_table(resource_id, path, is_export=True)
    assert made(projection(resource_id), "json") == before


def test_no_cell_of_an_xlsx_is_a_formula(write, resource_id, projection):
    load.load_table(
        resource_id,
        write("a,b\n" + "".join(f'"{cell}",x\n' for cell in ACTIVE + HARMLESS)),
    )
    body = made(projection(resource_id), "xlsx")
    assert [row[0] for row in sheets(body)[1:]] == ACTIVE + HARMLESS
    import zipfile

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert b'quotePrefix="1"' in archive.read("xl/styles.xml")


def test_hidden_columns_and_rows_are_in_no_format(table, projection):
    for fmt in export.FORMATS:
        own = projection(
            table,
            "code",
            "户数",
            predicate=rows_of.compare("code", "=", "440703002103"),
        )
        body = made(own, fmt)
        if fmt == "parquet":
            assert pq.read_table(io.BytesIO(body)).to_pylist() == [
                {"code": "440703002103", "户数": 7}
            ]
        elif fmt == "xlsx":
            assert sheets(body) == [["code", "户数"], ["440703002103", 7]]
        else:
            assert "孖簕村" not in body.decode()
            assert "040703002101" not in body.decode()


@pytest.mark.parametrize("fmt", export.FORMATS)
@pytest.mark.parametrize("access", ["plain", "masked"])
def test_identity_numbers_are_opened_or_masked(
    write, resource_id, projection, fmt, access
):
    load.load_table(resource_id, write(f"姓名,公民身份号码\n某人,{NUMBER}\n"))
    body = made(projection(resource_id, access=access), fmt)
    expected = NUMBER if access == "plain" else f"{NUMBER[:3]}***********{NUMBER[-4:]}"
    if fmt == "parquet":
        value = pq.read_table(io.BytesIO(body)).column("公民身份号码")[0].as_py()
    elif fmt == "xlsx":
        value = sheets(body)[1][1]
    elif fmt == "json":
        value = json.loads(body)[0]["公民身份号码"]
    else:
        value = csv_rows(body)[1][1]
    assert value == expected


def test_a_search_can_be_exported(table, projection):
    body = made(
        projection(table),
        "csv",
        params={"filters": {"有效": False}, "fields": ["name"], "sort": "name"},
    )
    assert csv_rows(body) == [["name"], ["蓢裡村"]]


def test_an_export_is_one_snapshot(write, resource_id, projection):
    def version(n, count):
        return write("v,w\n" + f"{n},x\n" * count, f"{n}.csv")

    load.load_table(resource_id, version(1, 35_000))
    pieces = export.export(projection(resource_id), "csv")
    first = next(pieces)
    load.load_table(resource_id, version(2, 20_000))
    rows = csv_rows(first + b"".join(pieces))
    assert len(rows) == 35_001
    assert {row[0] for row in rows[1:]} == {"1"}


def test_an_export_that_is_not_read_to_its_end_leaves_the_table_free(
    write, resource_id, projection
):
    load.load_table(resource_id, write("v,w\n" + "1,x\n" * 30_000))
    pieces = export.export(projection(resource_id), "csv")
    next(pieces)
    pieces.close()
    assert load.load_table(resource_id, write("v\n1\n")).way == "swapped"


def test_columns_named_with_signs_of_sql_are_exported(write, resource_id, projection):
    name = "100%'s (a:b) \\ %s"
    load.load_table(resource_id, write(f"{name},y\nx,5\n"))
    for fmt in export.FORMATS:
        assert made(projection(resource_id), fmt)
    assert csv_rows(made(projection(resource_id), "csv"))[0][0] == name
    own = projection(resource_id, predicate=rows_of.compare(name, "=", "x"))
    assert len(csv_rows(made(own, "csv"))) == 2


def test_unknown_formats_and_tables_are_refused(table, projection):
    whole = projection(table)
    with pytest.raises(ExportRefused, match="parquet"):
        export.export(whole, "dbf")
    load.remove_table(table)
    with pytest.raises(TableMissing):
        export.export(whole, "csv")
