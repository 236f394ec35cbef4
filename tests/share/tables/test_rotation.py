"""A rotation puts every identity number under the new key while others read."""

import shutil

import pytest

from ckanext.jiangmen import identity

ITEMS = [
    {"name": "证件号", "column": "证件号", "data_type": "字符型", "data_length": "18"},
    {"name": "名称", "column": "名称", "data_type": "字符型", "data_length": "20"},
]
ROWS = 1_200


@pytest.fixture
def key_file(loaded_plugins):
    """The key file of the site, put back after the test."""
    from ckanext.jiangmen.tables import config, keys

    keys.keyring()
    path = config.key_file()
    kept = path.with_name("kept")
    shutil.copy2(path, kept)
    yield path
    kept.replace(path)


@pytest.fixture
def numbers():
    return [
        identity.synthetic_resident_number(serial=place % 1000, day=place // 1000)
        for place in range(ROWS)
    ]


@pytest.fixture
def table(tables_only, key_file, resource_id, write, numbers, monkeypatch):
    """A table of identity numbers, resealed in batches of 500."""
    from ckanext.jiangmen.tables import load, rotation

    monkeypatch.setattr(rotation, "BATCH_ROWS", 500)
    text = "证件号,名称\n" + "".join(f"{n},某{i}\n" for i, n in enumerate(numbers))
    load.load_table(resource_id, write(text), ITEMS)
    return resource_id


def found(projection, table, number):
    from ckanext.jiangmen.tables import read

    asked = {"resource_id": table, "filters": {"证件号": number}}
    answer = read.search(projection(table), asked)
    return [row["证件号"] for row in answer["records"]]


def test_after_a_rotation_every_value_lies_under_the_new_key(
    table, key_file, projection, numbers
):
    from ckanext.jiangmen.tables import crypto, rotation

    old = crypto.load_or_create(key_file).active
    new = crypto.rotate(key_file).active
    batches = 0
    for _ in rotation.reseal():
        batches += 1
        # Each batch is committed: both halves are found, under either key.
        assert found(projection, table, numbers[0]) == [numbers[0]]
        assert found(projection, table, numbers[-1]) == [numbers[-1]]
    assert batches == 3
    counted = rotation.values_by_key()
    assert (counted[old], counted[new]) == (0, ROWS)


def test_a_stopped_rotation_goes_on_where_it_stopped(table, key_file):
    from ckanext.jiangmen.tables import crypto, rotation

    crypto.rotate(key_file)
    run = rotation.reseal()
    assert next(run) == (table, 500)
    run.close()
    assert list(rotation.reseal()) == [(table, 500), (table, 700)]


def test_a_key_is_forgotten_once_nothing_needs_it(table, key_file, projection, numbers):
    from ckanext.jiangmen.tables import crypto, keys, rotation
    from ckanext.jiangmen.tables.errors import TableError

    old = crypto.load_or_create(key_file).active
    crypto.rotate(key_file)
    with pytest.raises(TableError, match=f"{ROWS:,} 个值使用密钥 {old}"):
        rotation.forget(old)
    list(rotation.reseal())
    rotation.forget(old)
    assert found(projection, table, numbers[7]) == [numbers[7]]
    with pytest.raises(TableError, match="正在使用"):
        rotation.forget(keys.keyring().active)
