"""Tables made of small files in the test itself."""

from __future__ import annotations

import uuid

import pytest


class Sample:
    """A small table with every type, an empty row and the city's rare characters."""

    items = (
        {"name": "区划代码", "column": "code", "data_type": "字符型", "is_key": "是"},
        {"name": "区划名称", "column": "name", "data_type": "字符型"},
        {"name": "户数", "data_type": "整型", "data_length": "8"},
        {"name": "金额", "data_type": "货币型"},
        {"name": "比例", "data_type": "双精度型", "data_length": "8"},
        {"name": "设立日期", "data_type": "日期型"},
        {"name": "更新时间", "data_type": "日期时间型"},
        {"name": "有效", "data_type": "逻辑型"},
    )
    text = (
        "code,区划名称,户数,金额,比例,设立日期,更新时间,有效\n"
        "040703002101,孖簕村,12,100.10,0.5,2020-01-29,2020-01-29 08:05:00,是\n"
        '440703002102,"浐湴,""氹滘""村",,,,,,\n'
        "440703002103,蓢裡村,7,-3.50,-0.25,1900-01-01,2020/1/2 3:04,否\n"
    )


@pytest.fixture
def tables_only(loaded_plugins, resource_id):
    """The plugins without an emptied database: what a test loads, it removes."""
    yield
    from ckanext.jiangmen.tables import load

    load.remove_table(resource_id)


@pytest.fixture
def sample():
    return Sample


@pytest.fixture
def resource_id():
    return str(uuid.uuid4())


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path."""

    def write(text, name="t.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def projection():
    """Return the projection of everything in a table, or of the columns named."""
    from ckanext.jiangmen.tables import registry
    from ckanext.jiangmen.tables.projection import Projection

    def make(resource_id, *names, access="plain", predicate=None):
        columns = registry.columns(resource_id)
        if names:
            columns = [c for c in columns if c.name in names]
        return Projection(
            resource_id, tuple(c.read_as(access) for c in columns), predicate
        )

    return make
