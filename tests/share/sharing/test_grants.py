"""Grants to departments: what they open, what ends them, and what is refused."""

import json
from urllib.parse import quote

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import identity

ROWS = "区划代码,名称,负责人证件号\n440703,蓬江区,{0}\n440704,江海区,{1}\n"


def item(name, category, **more):
    return {
        "name": name,
        "column": name,
        "data_type": "字符型",
        "data_length": "60",
        "sharing_category": category,
        "share_condition": "用于核对区划" if category == "有条件共享" else "",
    } | more


@pytest.fixture
def numbers():
    """Two identity numbers of nobody."""
    return [identity.synthetic_resident_number(serial) for serial in (1, 2)]


@pytest.fixture
def conditional(draft, act, upload, through_review, load_tables, numbers):
    """An approved entry whose items are shared under conditions, with its table."""
    proposed = draft(
        sharing_category="有条件共享",
        share_condition="用于核对区划",
        share_scope="市地税局",
        license_id="",
        secrecy_review_result="不可公开",
        information_items=[
            item("区划代码", "有条件共享"),
            item("名称", "有条件共享"),
            item("负责人证件号", "有条件共享", data_length="18"),
        ],
    )
    act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(ROWS.format(*numbers)),
    )
    through_review(proposed["revision_id"])
    load_tables()
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    return entry["id"], entry["resources"][0]["id"]


@pytest.fixture
def grant(act, conditional, people):
    """Return a function by which 市民政局 gives 市地税局 a grant."""

    def make(user="c_reviewer", **changes):
        wanted = {
            "id": conditional[0],
            "organization": people.tax,
            "items": ["名称"],
            "channels": ["系统对接", "部门批量下载"],
            "purpose": "核对纳税人所在区划",
            "valid_until": "2030-12-31",
        } | changes
        return act("jiangmen_grant_create", user=user, **wanted)

    return make


def columns(act, table, user="b_cataloguer"):
    found = act("datastore_search", user=user, resource_id=table)
    return [field["id"] for field in found["fields"]]


def test_without_a_grant_nothing_of_it_is_read(act, conditional):
    with pytest.raises(tk.NotAuthorized):
        columns(act, conditional[1])


def test_a_grant_opens_its_items_to_every_account_of_the_department(
    act, conditional, grant
):
    grant()
    assert columns(act, conditional[1]) == ["_id", "名称"]
    assert columns(act, conditional[1], "b_reviewer") == ["_id", "名称"]


def test_who_leaves_the_department_loses_its_grants(act, conditional, grant, people):
    grant()
    model.Session.execute(
        sa.text(
            "DELETE FROM jiangmen_role WHERE user_id ="
            " (SELECT id FROM \"user\" WHERE name = 'b_reviewer')"
        )
    )
    model.Session.commit()
    with pytest.raises(tk.ObjectNotFound):
        columns(act, conditional[1], "b_reviewer")
    assert columns(act, conditional[1]) == ["_id", "名称"]


def test_a_revoked_grant_opens_nothing(act, conditional, grant):
    made = grant()
    ended = act(
        "jiangmen_grant_revoke", user="c_reviewer", id=made["id"], reason="用途已完成"
    )
    assert (ended["state"], ended["reason"]) == ("revoked", "用途已完成")
    with pytest.raises(tk.NotAuthorized):
        columns(act, conditional[1])


def test_an_expired_grant_opens_nothing(act, conditional, grant):
    made = grant()
    model.Session.execute(
        sa.text("UPDATE jiangmen_grant SET valid_until = now() WHERE id = :id"),
        {"id": made["id"]},
    )
    model.Session.commit()
    with pytest.raises(tk.NotAuthorized):
        columns(act, conditional[1])
    shown = act("jiangmen_grant_show", user="b_cataloguer", id=made["id"])
    assert shown["state"] == "expired"


def test_a_row_filter_is_met_by_every_row_read(act, conditional, grant):
    grant(rows={"区划代码": {"starts_with": "440703"}})
    found = act("datastore_search", user="b_cataloguer", resource_id=conditional[1])
    assert found["total"] == 1
    assert found["records"] == [{"_id": 1, "名称": "蓬江区"}]


def test_overlapping_grants_show_each_item_in_its_own_rows(act, conditional, grant):
    grant(items=["名称"], rows={"区划代码": "440703"})
    grant(items=["区划代码"], rows=[{"区划代码": "440703"}, {"名称": "江海区"}])
    found = act("datastore_search", user="b_cataloguer", resource_id=conditional[1])
    shown = [(row["区划代码"], row["名称"]) for row in found["records"]]
    assert shown == [("440703", "蓬江区"), ("440704", None)]
    hidden = act(
        "datastore_search",
        user="b_cataloguer",
        resource_id=conditional[1],
        filters={"名称": "江海区"},
    )
    assert hidden["total"] == 0


def test_identity_numbers_are_plain_under_a_grant_that_names_them(
    act, conditional, grant, numbers
):
    grant(items=["负责人证件号"])
    found = act(
        "datastore_search",
        user="b_cataloguer",
        resource_id=conditional[1],
        filters={"负责人证件号": numbers[0]},
    )
    assert [row["负责人证件号"] for row in found["records"]] == [numbers[0]]
    masked = act("datastore_search", user="coordinator", resource_id=conditional[1])
    shown = {row["负责人证件号"] for row in masked["records"]}
    assert not shown & set(numbers)


def test_identity_numbers_are_found_in_granted_rows_only(
    act, conditional, grant, numbers
):
    grant(items=["负责人证件号"], rows={"区划代码": "440703"})
    for number, count in zip(numbers, (1, 0), strict=True):
        found = act(
            "datastore_search",
            user="b_cataloguer",
            resource_id=conditional[1],
            filters={"负责人证件号": number},
        )
        assert found["total"] == count


def test_downloads_and_calls_open_by_their_own_channels(app, conditional, grant, token):
    entry, table = conditional
    grant(channels=["部门批量下载"])
    as_b = token("b_cataloguer")
    export = app.get(f"/dataset/{entry}/resource/{table}/export/csv", headers=as_b)
    assert "蓬江区" in export.body
    assert "440703" not in export.body
    app.get(
        f"/api/3/action/datastore_search?resource_id={table}",
        headers=as_b,
        status=403,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": ["没有的项"]}, "items"),
        ({"items": "不是列表"}, "items"),
        ({"channels": ["传真"]}, "channels"),
        ({"purpose": " "}, "purpose"),
        ({"purpose": "长" * 10_000}, "purpose"),
        ({"valid_until": "明年"}, "valid_until"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"valid_until": "2099-01-01"}, "valid_until"),
        ({"organization": "没有的部门"}, "organization"),
        ({"rows": {"没有的项": "1"}}, "rows"),
        ({"rows": {"名称": {"like": "%"}}}, "rows"),
        ({"rows": {"名称": {"in": [["a"]]}}}, "rows"),
        ({"rows": "{"}, "rows"),
        ({"rows": 5}, "rows"),
    ],
)
def test_a_wrong_grant_is_refused_at_its_field(grant, changes, field):
    with pytest.raises(tk.ValidationError) as refused:
        grant(**changes)
    assert list(refused.value.error_dict) == [field]


def test_a_department_grants_its_own_entries_only(grant):
    with pytest.raises(tk.NotAuthorized):
        grant(user="b_reviewer")
    assert grant(user="coordinator")["state"] == "active"


def test_a_withheld_item_cannot_be_granted(act, approved, people, ground):
    entry = approved(
        title="半公开名册",
        information_items=[
            item("区划代码", "有条件共享"),
            item("名称", "不予共享"),
        ],
        sharing_category="有条件共享",
        share_condition="用于核对区划",
        share_scope="市地税局",
        license_id="",
        secrecy_review_result="不可公开",
        legal_basis=ground()["number"],
    )
    with pytest.raises(tk.ValidationError) as refused:
        act(
            "jiangmen_grant_create",
            user="c_reviewer",
            id=entry["id"],
            organization=people.tax,
            items=["名称"],
            channels=["系统对接"],
            purpose="核对区划",
            valid_until="2030-01-01",
        )
    assert list(refused.value.error_dict) == ["items"]


def test_a_grant_is_listed_to_its_two_sides_only(act, grant):
    made = grant()
    for user in ("b_cataloguer", "c_cataloguer", "coordinator"):
        assert [g["id"] for g in act("jiangmen_grant_list", user=user)] == [made["id"]]
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_grant_show", user="secrecy", id=made["id"])


def test_a_closed_department_leaves_no_live_grant(act, as_platform, grant, people):
    made = grant()
    as_platform("organization_delete", id=people.tax)
    assert act("jiangmen_grant_show", user="coordinator", id=made["id"])["state"] == (
        "revoked"
    )
    assert act("package_search", user="b_cataloguer")["count"] == 0


def test_grants_of_a_merged_department_are_moved(
    act, as_platform, conditional, grant, people
):
    made = grant()
    new = as_platform(
        "organization_create",
        name="xin-bumen",
        title="市新部门",
        org_kind="市直部门",
        scope="public",
        region_code="440700",
    )
    moved = act(
        "jiangmen_grant_move",
        user="coordinator",
        organization=people.tax,
        to=new["id"],
        reason="机构改革方案",
    )
    assert moved == {"moved": 1, "ended": 0}
    shown = act("jiangmen_grant_show", user="coordinator", id=made["id"])
    assert shown["organization"] == new["id"]
    with pytest.raises(tk.NotAuthorized):
        columns(act, conditional[1])


@pytest.fixture
def base(act, draft, upload, through_review, load_tables):
    """An approved entry of a base library, shared without conditions."""
    proposed = draft(
        title="法人基础信息",
        class_lei="1",
        class_xiang="02",
        class_mu="001",
        sharing_category="无条件共享",
        license_id="",
        secrecy_review_result="不可公开",
    )
    act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload("区划代码,名称\n440703,蓬江区\n"),
    )
    through_review(proposed["revision_id"])
    load_tables()
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    assert [group["name"] for group in entry["groups"]] == ["farenku"]
    return entry["id"], entry["resources"][0]["id"]


def test_a_base_library_is_read_after_a_purpose_was_declared(act, base):
    with pytest.raises(tk.NotAuthorized) as refused:
        columns(act, base[1])
    assert "X-Purpose" in str(refused.value)
    act(
        "jiangmen_purpose_declare",
        user="b_cataloguer",
        id=base[0],
        purpose="核对纳税人名称",
    )
    assert columns(act, base[1]) == ["_id", "区划代码", "名称"]
    with pytest.raises(tk.NotAuthorized):
        columns(act, base[1], "b_reviewer")


def test_a_purpose_holds_for_its_day(act, base, freezer):
    act(
        "jiangmen_purpose_declare",
        user="b_cataloguer",
        id="farenku",
        purpose="核对企业",
    )
    assert columns(act, base[1])
    freezer.tick(86_400)
    with pytest.raises(tk.NotAuthorized):
        columns(act, base[1])


def test_a_purpose_may_come_with_the_call(app, base, token):
    address = f"/api/3/action/datastore_search?resource_id={base[1]}"
    as_b = token("b_cataloguer")
    refused = app.get(address, headers=as_b, status=403)
    assert "X-Purpose" in refused.body
    found = app.get(address, headers={**as_b, "X-Purpose": quote("核对纳税人名称")})
    assert json.loads(found.body)["result"]["total"] == 1
    app.get(address, headers={**as_b, "X-Purpose": "x"}, status=409)


def test_the_owner_reads_without_a_purpose(act, base):
    assert columns(act, base[1], "c_cataloguer")


@pytest.mark.parametrize("purpose", ["", "短", "长" * 201, None, ["列表"] * 300])
def test_a_purpose_that_says_nothing_is_refused(act, base, purpose):
    with pytest.raises(tk.ValidationError):
        act(
            "jiangmen_purpose_declare", user="b_cataloguer", id=base[0], purpose=purpose
        )


def test_a_download_that_runs_breaks_off_when_its_grant_ends(
    app, act, conditional, grant, token, tmp_path, monkeypatch
):
    from ckanext.jiangmen.sharing import watch
    from ckanext.jiangmen.tables.load import load_table

    entry, table = conditional
    rows = "".join(f"4407{place:05d},甲\n" for place in range(40_000))
    path = tmp_path / "many.csv"
    path.write_text("区划代码,名称\n" + rows, encoding="utf-8")
    load_table(
        table, path, [item("区划代码", "有条件共享"), item("名称", "有条件共享")]
    )
    made = grant()
    monkeypatch.setattr(watch, "LOOK_AGAIN_S", 0.0)
    client = app.flask_app.test_client()
    address = f"/dataset/{entry}/resource/{table}/export/csv"
    answer = client.get(address, headers=token("b_cataloguer"), buffered=False)
    pieces = iter(answer.response)
    assert "甲" in next(pieces).decode()
    act("jiangmen_grant_revoke", user="c_reviewer", id=made["id"], reason="用途已完成")
    with pytest.raises(watch.RightEnded):
        [next(pieces) for _ in range(3)]
