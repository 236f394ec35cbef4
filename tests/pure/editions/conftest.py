"""A small catalogue: three departments, mixed and withheld entries, odd texts."""

import pytest

from ckanext.jiangmen.catalog.editions import document as shape


def stored(number, **changes):
    entry = {
        "name": f"entry-{number}",
        "title": f"登记信息{number}",
        "resource_code": f"307407440700012/{number}",
        "notes": "登记机关采集的信息。",
        "content_kind": "基础信息",
        "format_types": ["xlsx", "csv"],
        "sharing_category": "无条件共享",
        "subject_terms": ["登记", "许可"],
        "license_id": "CC-BY-4.0",
        "secrecy": "非涉密",
        "information_items": [
            {"name": "编号", "data_type": "字符型", "data_length": "18"},
            {"name": "名称", "data_type": "字符型", "data_length": "60"},
        ],
    }
    return entry | changes


@pytest.fixture
def entry():
    """Return a function that makes an entry of the catalogue."""

    def make(number, department="市民政局", **changes):
        return shape.entry_of(stored(number, **changes), department)

    return make


@pytest.fixture
def content(entry):
    """Return the catalogue that the format tests write."""
    withheld = {
        "title": "涉敏名单",
        "department": "市公安局",
        "grounds": ["《法》（号）"],
    }
    found = [
        entry(10),
        entry(2, remarks="<b>&\"'\x07 =1+1", title="=合计"),
        entry(1, department="市地税局", resource_code="101407440700012/1"),
        entry(3, information_items=[], notes="第一行\n第二行" * 60),
    ]
    return shape.Content(shape.in_order(found), (withheld,))


@pytest.fixture
def document(content, entry):
    """Return the second edition of that catalogue, with every kind of change."""
    before = shape.Content(
        shape.in_order([entry(10, notes="旧摘要。"), entry(2), entry(77)]), ()
    )
    return shape.Document(
        2,
        "2026-11-23",
        "",
        shape.DEPARTMENTS,
        content,
        shape.difference(before, content),
        1,
    )
