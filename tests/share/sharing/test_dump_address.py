"""Core's dump address answers parts and other formats by the caller's projection."""

from __future__ import annotations

import json

import pytest

from ckan import model

ROWS = "区划代码,名称\n440703,蓬江区\n440704,江海区\n440705,新会区\n"
ITEMS = [
    {
        "name": "区划代码",
        "data_type": "字符型",
        "data_length": "12",
        "sharing_category": "可社会公开",
    },
    {
        "name": "名称",
        "data_type": "字符型",
        "data_length": "60",
        "sharing_category": "有条件共享",
        "share_condition": "用于核对区划",
    },
]


@pytest.fixture
def table(draft, act, upload, through_review):
    """The loaded table of an approved entry with one open and one conditional item."""
    from ckanext.jiangmen.catalog import jobs

    proposed = draft(information_items=ITEMS)
    act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(ROWS),
    )
    through_review(proposed["revision_id"])
    jobs.run_due()
    model.Session.remove()
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    return entry["resources"][0]["id"]


@pytest.fixture
def get(app, as_platform):
    """Return a function that asks an address as an account, by its token."""

    def ask(address, name):
        made = as_platform("api_token_create", user=name, name="test")
        headers = {"Authorization": made["token"]}
        return app.get(address, headers=headers)

    return ask


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "xml"])
def test_a_part_holds_what_the_caller_may_read(get, table, form):
    address = f"/datastore/dump/{table}?format={form}&offset=1&limit=1"
    mine = get(address, "c_cataloguer")
    assert mine.status_code == 200
    assert "江海区" in mine.body
    assert "蓬江区" not in mine.body
    other = get(address, "b_cataloguer")
    assert other.status_code == 200
    assert "440704" in other.body
    assert "江海区" not in other.body
    assert f"{form}; charset" in mine.headers["Content-Type"] or form == "tsv"


def test_json_is_cores_object_of_fields_and_records(get, table):
    answer = json.loads(
        get(f"/datastore/dump/{table}?format=json", "b_cataloguer").body
    )
    assert [field["id"] for field in answer["fields"]] == ["_id", "区划代码"]
    assert answer["records"] == [[1, "440703"], [2, "440704"], [3, "440705"]]


@pytest.mark.parametrize(
    "query",
    [
        "fields=不存在&limit=1",
        "fields=名称&limit=1",
        "sort=名称&offset=1",
        "filters={&limit=1",
        'filters={"名称":"蓬江区"}&format=json',
        "limit=x",
        "limit=-1",
        "offset=-3",
        "format=exe",
        "fields=不存在",
        'filters={"_id":"x"}',
    ],
)
def test_what_cannot_be_asked_is_told_in_one_answer(get, table, query):
    answer = get(f"/datastore/dump/{table}?{query}", "b_cataloguer")
    assert answer.status_code == 400, answer.status


def test_a_purged_resource_is_absent(get, table):
    for address in ("x", "_table_metadata", "00000000-0000-0000-0000-000000000000"):
        answer = get(f"/datastore/dump/{address}?limit=1", "c_cataloguer")
        assert answer.status_code == 404
