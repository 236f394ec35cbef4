"""Fields of many entries: seen first, each changed for itself, wrong ones named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.tests import factories

NEW = {"contact_phone": "0750-3123456"}


@pytest.fixture
def bulk(act):
    """Return a function that calls an action of the bulk edit."""

    def call(verb, ids, changes, user="c_cataloguer", **more):
        return act(f"jiangmen_bulk_{verb}", user=user, ids=ids, changes=changes, **more)

    return call


def rows(table):
    from ckan import model

    return model.Session.scalar(sa.text(f"SELECT count(*) FROM {table}"))


def test_a_preview_shows_old_and_new_and_stores_nothing(bulk, draft, approved):
    one, two = approved(title="甲资源"), draft(title="乙资源")
    before = rows("jiangmen_revision")
    seen = bulk("preview", [one["id"], two["id"]], NEW)
    assert seen["counts"] == {"change": 2, "unchanged": 0, "refused": 0}
    assert [row["title"] for row in seen["rows"]] == ["甲资源", "乙资源"]
    assert seen["rows"][1]["fields"] == [
        {
            "field": "contact_phone",
            "label": "联系电话",
            "old": two["contact_phone"] if two.get("contact_phone") else "",
            "new": "0750-3123456",
        }
    ]
    assert rows("jiangmen_revision") == before


def test_every_entry_gets_a_revision_of_its_own_and_what_is_in_force_stays(
    bulk, draft, approved, act
):
    one, two = approved(title="甲资源"), draft(title="乙资源")
    done = bulk("update", [one["id"], two["id"]], NEW, note="统一电话")
    assert done["counts"]["change"] == 2
    for row in done["rows"]:
        shown = act(
            "jiangmen_revision_show", user="c_cataloguer", id=row["revision_id"]
        )
        assert shown["entry"]["contact_phone"] == "0750-3123456"
        assert shown["note"] == "统一电话"
    in_force = act("package_show", user="c_cataloguer", id=one["id"])
    assert in_force.get("contact_phone") != "0750-3123456"


def test_good_ones_are_changed_and_wrong_ones_are_named_and_left(bulk, draft):
    good = draft(title="甲资源", cycle_reason="按年统计。")
    wrong = draft(title="乙资源", update_cycle="实时", cycle_reason="")
    done = bulk("update", [good["id"], wrong["id"]], {"update_cycle": "每月"})
    assert [row["outcome"] for row in done["rows"]] == ["change", "refused"]
    assert done["rows"][1]["messages"] == [
        "更新周期为“每月”，不是实时更新，请填写非实时理由。"
    ]
    assert "revision_id" not in done["rows"][1]


def test_an_entry_that_has_the_value_already_is_unchanged(bulk, draft):
    mine = draft(**NEW)
    assert bulk("update", [mine["id"]], NEW)["counts"]["unchanged"] == 1


def test_an_entry_under_review_is_refused_in_words(bulk, draft, act):
    mine = draft()
    act("jiangmen_revision_submit", user="c_cataloguer", id=mine["revision_id"])
    row = bulk("update", [mine["id"]], NEW)["rows"][0]
    assert row["outcome"] == "refused"
    assert "正在审核中" in row["messages"][0]


@pytest.mark.parametrize(
    ("ids", "changes", "field"),
    [
        ([], NEW, "ids"),
        (["x"] * 1 + [str(n) for n in range(200)], NEW, "ids"),
        (["x"], {}, "changes"),
        (["x"], {"title": "同名"}, "changes"),
        (["x"], {"secrecy_review_result": "可公开"}, "changes"),
        (["x"], "contact_phone", "changes"),
    ],
)
def test_a_wrong_question_is_one_sentence(bulk, people, ids, changes, field):
    with pytest.raises(tk.ValidationError) as caught:
        bulk("preview", ids, changes)
    assert caught.value.error_dict[field][0].endswith("。")


@pytest.mark.parametrize("verb", ["preview", "update"])
def test_another_departments_entry_stops_the_whole(bulk, draft, act, verb):
    mine = draft()
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        bulk(verb, [mine["id"]], NEW, user="b_cataloguer")
    assert act("jiangmen_bulk_entries", user="b_cataloguer") == []


def test_the_page_leads_from_choice_to_change(app, draft):
    mine, other = draft(title="甲资源"), draft(title="乙资源")
    headers = {"Authorization": factories.APIToken(user="c_cataloguer")["token"]}
    page = app.get("/desk/entry/bulk?field=contact_phone", headers=headers).body
    assert "甲资源" in page
    assert 'name="contact_phone"' in page
    form = {"field": "contact_phone", "id": [mine["id"], other["id"]], **NEW}
    seen = app.post("/desk/entry/bulk", data=form, headers=headers).body
    assert "尚未写入" in seen
    assert "修改2个资源" in seen
    done = app.post(
        "/desk/entry/bulk", data=form | {"confirmed": "1"}, headers=headers
    ).body
    assert "/desk/revision/" in done
    empty = app.post(
        "/desk/entry/bulk", data={"field": "contact_phone", **NEW}, headers=headers
    ).body
    assert "请至少选择一个信息资源" in empty


def test_the_page_changes_several_fields_at_once(app, draft, act):
    mine = draft(title="甲资源")
    headers = {"Authorization": factories.APIToken(user="c_cataloguer")["token"]}
    address = "/desk/entry/bulk?field=contact_phone&field=contact_name"
    page = app.get(address, headers=headers).body
    assert 'name="contact_phone"' in page
    assert 'name="contact_name"' in page
    form = {"field": ["contact_phone", "contact_name"], "id": mine["id"], **NEW}
    form |= {"contact_name": "业务受理窗口"}
    seen = app.post("/desk/entry/bulk", data=form, headers=headers).body
    assert "0750-3123456" in seen
    assert "业务受理窗口" in seen
    app.post("/desk/entry/bulk", data=form | {"confirmed": "1"}, headers=headers)
    listed = act("jiangmen_revision_list", user="c_cataloguer", mine=True)
    shown = act("jiangmen_revision_show", user="c_cataloguer", id=listed[0]["id"])
    assert shown["entry"]["contact_phone"] == "0750-3123456"
    assert shown["entry"]["contact_name"] == "业务受理窗口"
