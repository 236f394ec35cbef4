"""Data that are not open leave by no channel without a row, and not at all without."""

import pytest

from ckan import model

ITEMS = [
    {
        "name": "区划代码",
        "column": "区划代码",
        "data_type": "字符型",
        "data_length": "12",
        "sharing_category": "无条件共享",
    },
    {
        "name": "名称",
        "column": "名称",
        "data_type": "字符型",
        "data_length": "60",
        "sharing_category": "无条件共享",
    },
]
CHANNELS = {
    "api": "/api/3/action/datastore_search?resource_id={table}",
    "dump": "/datastore/dump/{table}",
    "export": "/dataset/{entry}/resource/{table}/export/json",
    "workbook": "/dataset/{entry}/resource/{table}/export/xlsx",
    "download": "/dataset/{entry}/resource/{table}/download/x.csv",
}


@pytest.fixture
def shared(draft, act, upload, through_review):
    """An approved entry for all departments, its table loaded."""
    from ckanext.jiangmen.catalog import jobs

    proposed = draft(
        information_items=ITEMS, sharing_category="无条件共享", license_id=""
    )
    revision = proposed["revision_id"]
    act("jiangmen_revision_attach", user="c_cataloguer", id=revision, upload=upload())
    through_review(revision)
    jobs.run_due()
    model.Session.remove()
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    return {"entry": entry["id"], "table": entry["resources"][0]["id"]}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_leaves_a_row(app, shared, token, trail, people, channel):
    headers = {"Authorization": token("b_cataloguer")}
    answer = app.get(CHANNELS[channel].format(**shared), headers=headers)
    assert answer.status_code == 200
    (row,) = trail(kind="read")
    assert row["account"] == "b_cataloguer"
    assert row["organizations"] == [people.tax]
    assert (row["entry"], row["resource"]) == (shared["entry"], shared["table"])
    assert sorted(row["items"]) == ["区划代码", "名称"]
    assert row["token"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_without_the_trail_no_channel_gives_anything(
    app, shared, token, channel, request
):
    headers = {"Authorization": token("b_cataloguer")}
    request.getfixturevalue("no_trail")
    answer = app.get(CHANNELS[channel].format(**shared), headers=headers)
    assert answer.status_code == 503
    assert "蓬江区" not in answer.body
    assert "440703" not in answer.body
