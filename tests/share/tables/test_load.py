"""Loading and replacing tables on a real server."""

from __future__ import annotations

import threading
import time

import psycopg2
import pytest

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import identity
from ckanext.jiangmen.tables import config, keys, load, registry, store
from ckanext.jiangmen.tables.errors import ColumnsRefused, RowsRefused, TableBusy

pytestmark = pytest.mark.usefixtures("tables_only")


def rows(resource_id, columns="*"):
    with psycopg2.connect(config.write_dsn()) as connection:
        cursor = connection.cursor()
        cursor.execute(f'SELECT {columns} FROM "{resource_id}" ORDER BY "_id"')
        return cursor.fetchall()


def test_rows_arrive_with_the_types_of_the_items(write, sample, resource_id):
    report = load.load_table(resource_id, write(sample.text), sample.items)
    assert (report.way, report.rows, report.bad_count) == ("created", 3, 0)
    names = '"code", "name", "户数", "金额"::text, "比例", "设立日期"::text'
    assert rows(resource_id, names) == [
        ("040703002101", "孖簕村", 12, "100.10", 0.5, "2020-01-29"),
        ("440703002102", '浐湴,"氹滘"村', None, None, None, None),
        ("440703002103", "蓢裡村", 7, "-3.50", -0.25, "1900-01-01"),
    ]
    assert rows(resource_id, '"更新时间"::text, "有效"')[2] == (
        "2020-01-02 03:04:00",
        False,
    )


def test_the_registry_remembers_what_was_loaded(write, sample, resource_id):
    report = load.load_table(resource_id, write(sample.text), sample.items, version=4)
    found = registry.loaded(resource_id)
    assert (found.rows, found.version, found.sha256) == (3, 4, report.sha256)
    assert found.columns[0] == {
        "name": "code",
        "label": "区划代码",
        "type": "text",
        "item": "区划代码",
        "encrypted": False,
    }
    assert registry.exists(resource_id)
    assert [c.label for c in registry.columns(resource_id)][:2] == [
        "区划代码",
        "区划名称",
    ]


def test_cores_dictionary_shows_the_labels(write, sample, resource_id):
    from ckanext.datastore.backend import DatastoreBackend

    load.load_table(resource_id, write(sample.text), sample.items)
    fields = DatastoreBackend.get_active_backend().resource_fields(resource_id)
    assert fields["fields"][0]["info"] == {"label": "区划代码"}
    assert [f["id"] for f in fields["fields"]][:3] == ["code", "name", "户数"]
    assert fields["meta"]["count"] == 3


def test_cores_own_statements_work_on_our_tables(write, sample, resource_id):
    from ckanext.datastore.backend import DatastoreBackend

    load.load_table(resource_id, write(sample.text), sample.items)
    backend = DatastoreBackend.get_active_backend()
    backend.upsert(
        {},
        {
            "resource_id": resource_id,
            "method": "insert",
            "include_records": False,
            "records": [{"code": "9", "name": "新"}],
        },
    )
    assert rows(resource_id, '"_id", "code"')[-1] == (4, "9")
    assert len(backend.search({}, search_for(resource_id))["records"]) == 4


def search_for(resource_id):
    return {
        "resource_id": resource_id,
        "limit": 10,
        "include_total": True,
        "records_format": "objects",
        "include_next_page": False,
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_citys_own_villages_survive_every_encoding(write, resource_id, encoding):
    text = "名称\n" + "\n".join("孖簕浐湴氹滘蓢裡") + "\n"
    load.load_table(resource_id, write(text, encoding=encoding))
    assert "".join(row[0] for row in rows(resource_id, '"名称"')) == "孖簕浐湴氹滘蓢裡"


def test_awkward_cells_and_names_survive(write, resource_id):
    name = "a'b%c:d\\e;--"
    cells = ["\\.", "a\n\\.\nb", '"', "'", "\\N", "%s", ":x", "=1+1", "\\", ","]
    lines = ['"' + cell.replace('"', '""') + '",x\n' for cell in cells]
    load.load_table(resource_id, write(f"{name},二\n" + "".join(lines)))
    assert [row[2] for row in rows(resource_id)] == cells
    assert registry.columns(resource_id)[0].name == name


def test_a_file_with_bad_rows_changes_nothing(write, sample, resource_id):
    load.load_table(resource_id, write(sample.text), sample.items)
    wrong = sample.text + "5,甲,x,1,1,2020-01-01,2020-01-01,是\n"
    with pytest.raises(RowsRefused, match="1 行") as refused:
        load.load_table(resource_id, write(wrong, "w.csv"), sample.items)
    (bad,) = refused.value.report.bad_rows
    assert (bad.row, bad.column, bad.reason, bad.value) == (5, "户数", "不是数字", "x")
    assert len(rows(resource_id)) == 3


def test_good_rows_load_where_that_is_asked_for(write, sample, resource_id):
    wrong = sample.text + "5,甲,x,1,1,2020-01-01,2020-01-01,是\n6,乙\n"
    report = load.load_table(
        resource_id, write(wrong), sample.items, accept_bad_rows=True
    )
    assert (report.rows, report.bad_count) == (3, 2)
    assert sorted(bad.row for bad in report.bad_rows) == [5, 6]


def test_a_refused_first_file_leaves_no_table(write, sample, resource_id):
    with pytest.raises(RowsRefused):
        load.load_table(resource_id, write(sample.text + "5\n"), sample.items)
    with pytest.raises(ColumnsRefused):
        load.load_table(resource_id, write("a,b\n1,2\n"), sample.items)
    assert not registry.exists(resource_id)
    assert registry.loaded(resource_id) is None


def test_checking_a_file_reports_without_a_table(write, sample, resource_id):
    report = load.check_file(write(sample.text + "5\n"), sample.items)
    assert (report.rows, report.bad_count) == (3, 1)
    assert not registry.exists(resource_id)


def test_the_same_columns_are_replaced_in_place(write, sample, resource_id):
    load.load_table(resource_id, write(sample.text), sample.items)
    shorter = "\n".join(sample.text.splitlines()[:2]) + "\n"
    report = load.load_table(resource_id, write(shorter), sample.items)
    assert report.way == "replaced"
    assert rows(resource_id, '"_id", "code"') == [(1, "040703002101")]


def test_other_columns_are_swapped_in(write, sample, resource_id):
    load.load_table(resource_id, write(sample.text), sample.items)
    report = load.load_table(resource_id, write("code\n7\n"), sample.items[:1])
    assert report.way == "swapped"
    assert rows(resource_id, '"_id", "code"') == [(1, "7")]
    again = load.load_table(resource_id, write(sample.text), sample.items)
    assert again.way == "swapped"
    assert len(rows(resource_id)) == 3


def test_a_table_of_core_is_swapped_for_one_of_ours(write, sample, resource_id):
    from ckanext.datastore.backend import DatastoreBackend

    backend = DatastoreBackend.get_active_backend()
    backend.create(
        {},
        {
            "resource_id": resource_id,
            "fields": [{"id": "code", "type": "text"}],
            "records": [{"code": "1"}],
            "include_records": False,
        },
        {},
    )
    backend.calculate_record_count(resource_id)
    report = load.load_table(resource_id, write("code\n7\n8\n"), sample.items[:1])
    assert report.way == "swapped"
    assert backend.search({}, search_for(resource_id))["total"] == 2


def test_the_cached_count_of_core_is_cleared(write, sample, resource_id):
    from ckanext.datastore.backend import DatastoreBackend

    backend = DatastoreBackend.get_active_backend()
    for text, total in (("code\n7\n", 1), ("code\n7\n8\n", 2)):
        load.load_table(resource_id, write(text), sample.items[:1])
        assert backend.search({}, search_for(resource_id))["total"] == total


def test_removal_leaves_nothing(write, sample, resource_id):
    load.load_table(resource_id, write(sample.text), sample.items)
    assert load.remove_table(resource_id) is True
    assert load.remove_table(resource_id) is False
    assert registry.loaded(resource_id) is None
    with psycopg2.connect(config.write_dsn()) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname LIKE %s",
            (f"%{resource_id}%",),
        )
        assert cursor.fetchone()[0] == 0


class Readers:
    """Readers in both isolation levels who count what they see until told to stop."""

    def __init__(self, resource_id, allowed):
        self.resource_id, self.allowed = resource_id, allowed
        self.seen, self.wrong, self.longest = set(), [], 0.0
        self.stop = threading.Event()
        self.threads = [
            threading.Thread(target=self.read, args=(level,))
            for level in ("READ COMMITTED", "REPEATABLE READ", "OLD SNAPSHOT")
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def read(self, level):
        connection = psycopg2.connect(tk.config["ckan.datastore.read_url"])
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                self.count(connection, level)
            except psycopg2.Error as err:
                self.wrong.append((level, str(err)))
                connection.rollback()
            self.longest = max(self.longest, time.monotonic() - began)
        connection.close()

    def count(self, connection, level):
        cursor = connection.cursor()
        if level == "OLD SNAPSHOT":
            # The snapshot is taken first, the table touched later.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT 1 FROM pg_class LIMIT 1")
            time.sleep(0.02)
        elif level == "REPEATABLE READ":
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = set()
        for _ in range(2):
            cursor.execute(
                f'SELECT count(*), min("v"), max("v") FROM "{self.resource_id}"'
            )
            found.add(cursor.fetchone())
        connection.rollback()
        if level != "READ COMMITTED" and len(found) > 1:
            self.wrong.append((level, found))
        self.seen |= found
        self.wrong += [(level, f) for f in found if f not in self.allowed]


def version(number, count, extra):
    heading = "v,w" if extra else "v"
    cell = f"{number},x" if extra else str(number)
    return heading + "\n" + (cell + "\n") * count


@pytest.mark.parametrize("changed", [False, True], ids=["replaced", "swapped"])
def test_readers_see_the_old_rows_or_the_new_ones(write, resource_id, changed):
    sizes = {1: 20_000, 2: 30_000}
    files = {
        n: write(version(n, c, changed and n == 2), f"{n}.csv")
        for n, c in sizes.items()
    }
    load.load_table(resource_id, files[1])
    allowed = {(count, str(n), str(n)) for n, count in sizes.items()}
    with Readers(resource_id, allowed) as readers:
        for turn in range(8):
            report = load.load_table(resource_id, files[2 - turn % 2])
            assert report.way == ("swapped" if changed else "replaced")
    assert not readers.wrong
    assert readers.seen == allowed
    assert readers.longest < 2


def test_a_reader_who_stays_does_not_stop_the_others(write, resource_id, ckan_config):
    load.load_table(resource_id, write("v\n1\n"))
    staying = psycopg2.connect(tk.config["ckan.datastore.read_url"])
    staying.cursor().execute(f'SELECT * FROM "{resource_id}"')
    swapping = threading.Thread(
        target=load.load_table, args=(resource_id, write("v,w\n2,3\n", "2.csv"))
    )
    swapping.start()
    other = psycopg2.connect(tk.config["ckan.datastore.read_url"])
    longest = 0.0
    for _ in range(20):
        began = time.monotonic()
        other.cursor().execute(f'SELECT * FROM "{resource_id}"')
        other.rollback()
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.05)
    assert swapping.is_alive()
    staying.rollback()
    swapping.join(10)
    assert not swapping.is_alive()
    assert longest < 0.5
    assert [c.name for c in registry.columns(resource_id)] == ["v", "w"]


def test_a_swap_gives_up_with_a_sentence(write, resource_id, monkeypatch):
    load.load_table(resource_id, write("v\n1\n"))
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.tables.swap_timeout_s", 0)
    staying = psycopg2.connect(tk.config["ckan.datastore.read_url"])
    staying.cursor().execute(f'SELECT * FROM "{resource_id}"')
    with pytest.raises(TableBusy, match="稍后再试"):
        load.load_table(resource_id, write("v,w\n2,3\n", "2.csv"))
    staying.rollback()
    assert rows(resource_id, '"v"') == [("1",)]
    load.load_table(resource_id, write("v,w\n2,3\n", "2.csv"))
    assert rows(resource_id, '"v"') == [("2",)]


def test_two_loads_of_one_table_follow_each_other(write, resource_id):
    files = [write(version(n, 5_000, extra=n == 2), f"{n}.csv") for n in (1, 2)]
    threads = [
        threading.Thread(target=load.load_table, args=(resource_id, path))
        for path in files * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(resource_id)) == 5_000


NUMBERS = [identity.synthetic_resident_number(n) for n in range(1, 41)]
PEOPLE = "姓名,公民身份号码\n" + "".join(
    f"某{i},{n}\n" for i, n in enumerate(NUMBERS[:5])
)


def test_identity_numbers_are_ciphertext_in_the_table(write, resource_id):
    items = [{"name": "姓名"}, {"name": "公民身份号码", "data_type": "字符型"}]
    load.load_table(resource_id, write(PEOPLE), items)
    with psycopg2.connect(config.write_dsn()) as connection:
        cursor = connection.cursor()
        cursor.execute(f'SELECT "公民身份号码" FROM "{resource_id}"')
        sealed = [row[0] for row in cursor.fetchall()]
        cursor.execute(f'SELECT row_to_json(t)::text FROM "{resource_id}" AS t')
        dump = "".join(row[0] for row in cursor.fetchall())
    assert keys.keyring().decrypt_all(sealed) == NUMBERS[:5]
    assert all(f'"{number}"' not in dump for number in NUMBERS)
    assert [c.is_encrypted for c in registry.columns(resource_id)] == [False, True]
    assert config.key_file().stat().st_mode & 0o777 == 0o600


def test_a_column_is_recognised_by_most_of_its_values(write, resource_id):
    text = "号码,备注\n" + "".join(f"{n},x\n" for n in NUMBERS) + "未提供,x\n" * 30
    load.load_table(resource_id, write(text))
    assert [c.is_encrypted for c in registry.columns(resource_id)] == [True, False]


def test_a_column_that_begins_without_numbers_is_recognised_at_the_end(
    write, resource_id
):
    # The first block of 4 MB holds none: the load begins again.
    head = "".join(f"{n % 10},{'x' * 100}\n" for n in range(45_000))
    tail = "".join(f"{n},{'x' * 60}\n" for n in NUMBERS * 1250)
    report = load.load_table(resource_id, write("号码,备注\n" + head + tail))
    assert report.rows == 95_000
    assert [c.is_encrypted for c in registry.columns(resource_id)] == [True, False]


def test_the_open_site_does_not_encrypt(write, resource_id, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.site", "open")
    load.load_table(resource_id, write(PEOPLE))
    assert not any(c.is_encrypted for c in registry.columns(resource_id))


def test_an_interrupted_load_leaves_no_trace(write, resource_id, monkeypatch):
    load.load_table(resource_id, write("v\n1\n"))

    def fail(*_):
        raise RuntimeError("killed")

    monkeypatch.setattr(store, "finish", fail)
    with pytest.raises(RuntimeError):
        load.load_table(resource_id, write("v,w\n2,3\n", "2.csv"))
    monkeypatch.undo()
    with psycopg2.connect(config.write_dsn()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT to_regclass(%s)", (f'public."_new_{resource_id}"',))
        assert cursor.fetchone()[0] is None
    assert rows(resource_id, '"v"') == [("1",)]
