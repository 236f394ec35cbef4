"""The explanation says what enforcement does, on every page and for every account."""

import random

import pytest

import ckan.plugins.toolkit as tk
from ckan import model

CATEGORIES = ("可社会公开", "无条件共享", "有条件共享", "不予共享")
ACCOUNTS = (
    "c_cataloguer",
    "c_reviewer",
    "b_cataloguer",
    "b_reviewer",
    "coordinator",
    "secrecy",
    "outsider",
)
ITEMS = 6
ENTRIES = 24
SEED = 20261122


@pytest.fixture
def an_entry_of(as_platform, people, ground, tmp_path):
    """Return a function that puts an entry with its table in force at once."""
    from ckanext.jiangmen.tables.load import load_table

    number = ground()["number"]

    def make(place, categories, library):
        items = [
            {
                "name": f"项{i}",
                "column": f"项{i}",
                "data_type": "字符型",
                "data_length": "20",
                "sharing_category": category,
                "share_condition": "核对" if category == "有条件共享" else "",
            }
            for i, category in enumerate(categories)
        ]
        opened = "可社会公开" in categories
        entry = as_platform(
            "package_create",
            title=f"授权说明试验{place}",
            owner_org=people.civil,
            content_kind="基础信息",
            content_subkind="机构" if library else "地理空间",
            class_lei="1",
            class_xiang="02" if library else "03",
            class_mu="001",
            notes="说明与执行一致。",
            format_class="电子表格",
            format_types=["xlsx"],
            sharing_category="无条件共享",
            exchange_method="系统对接",
            update_cycle="每年",
            cycle_reason="按年。",
            secrecy="非涉密",
            secrecy_review_result="部分公开" if opened else "不可公开",
            secrecy_reviewer="值班审查员",
            license_id="CC-BY-4.0" if opened else "",
            legal_basis=number if "不予共享" in categories else "",
            information_items=items,
            groups=[{"name": "farenku"}] if library else [],
            resources=[{"name": "表", "format": "CSV", "url": "table.csv"}],
        )
        table = entry["resources"][0]["id"]
        path = tmp_path / f"{place}.csv"
        names = [item["name"] for item in items]
        path.write_text(
            ",".join(names) + "\n" + ",".join("甲" for _ in names) + "\n", "utf-8"
        )
        load_table(table, path, items)
        return entry["id"], table

    return make


def read_by_search(act, account, table):
    """Return the columns that the account's search answers with."""
    try:
        found = act("datastore_search", user=account, resource_id=table)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return set()
    return {field["id"] for field in found["fields"]} - {"_id"}


def read_by_explanation(act, account, entry):
    """Return the items that the explanation calls readable on a page."""
    told = act("jiangmen_access_explain", user="coordinator", id=entry, account=account)
    if not told["found"]:
        return set()
    if any(item["reason"] == "purpose_missing" for item in told["items"]):
        return set()
    return {item["name"] for item in told["items"] if item["readable"]}


def test_explanation_and_enforcement_agree_on_a_thousand_triples(
    act, as_platform, people, an_entry_of
):
    from ckan.tests import factories

    factories.User(name="outsider")
    chance = random.Random(SEED)
    triples = 0
    for place in range(ENTRIES):
        categories = [chance.choice(CATEGORIES) for _ in range(ITEMS)]
        entry, table = an_entry_of(place, categories, library=chance.random() < 0.5)
        grantable = [
            f"项{i}" for i, category in enumerate(categories) if category != "不予共享"
        ]
        for _ in range(chance.choice((0, 1, 2)) if grantable else 0):
            made = act(
                "jiangmen_grant_create",
                user="coordinator",
                id=entry,
                organization=people.tax,
                items=chance.sample(grantable, chance.randint(1, len(grantable))),
                channels=["系统对接"],
                purpose="核对说明",
                valid_until="2030-01-01",
            )
            if chance.random() < 0.3:
                act(
                    "jiangmen_grant_revoke",
                    user="coordinator",
                    id=made["id"],
                    reason="试验",
                )
        model.Session.commit()
        for account in ACCOUNTS:
            read = read_by_search(act, account, table)
            told = read_by_explanation(act, account, entry)
            assert read == told, (place, account, categories)
            triples += ITEMS
    assert triples >= 1_000


def test_a_withheld_item_is_explained_to_its_department_only(act, an_entry_of):
    entry, _ = an_entry_of(0, ["无条件共享", "不予共享"], library=False)
    own = act("jiangmen_access_explain", user="b_cataloguer", id=entry)
    assert [item["name"] for item in own["items"]] == ["项0"]
    asked = act(
        "jiangmen_access_explain",
        user="c_reviewer",
        id=entry,
        account="b_cataloguer",
    )
    assert [item["reason"] for item in asked["items"]] == ["shared", "withheld"]


def test_nobody_asks_about_accounts_of_others_for_entries_of_others(act, an_entry_of):
    entry, _ = an_entry_of(0, ["无条件共享"], library=False)
    with pytest.raises(tk.NotAuthorized):
        act(
            "jiangmen_access_explain",
            user="b_cataloguer",
            id=entry,
            account="c_reviewer",
        )


def test_the_page_explains_grants_and_takes_a_purpose(app, act, an_entry_of, token):
    entry, _ = an_entry_of(0, ["无条件共享", "有条件共享"], library=True)
    page = app.get(f"/dataset/{entry}/access", headers=token("b_cataloguer"))
    assert "请先申明今日用途" in page.body
    assert "没有包含它的有效授权" in page.body
    app.post(
        f"/dataset/{entry}/purpose",
        data={"purpose": "核对纳税人名称"},
        headers=token("b_cataloguer"),
        status=302,
        follow_redirects=False,
    )
    page = app.get(f"/dataset/{entry}/access", headers=token("b_cataloguer"))
    assert "请先申明今日用途" not in page.body


def test_a_grant_is_given_and_ended_on_the_page(app, act, an_entry_of, token, people):
    entry, _ = an_entry_of(0, ["有条件共享"], library=False)
    form = {
        "organization": people.tax,
        "items": ["项0"],
        "channels": ["系统对接"],
        "purpose": "核对纳税人名称",
        "valid_until": "2030-01-01",
    }
    address = f"/dataset/{entry}/grant"
    as_c = token("c_reviewer")
    wrong = app.post(address, data=form | {"items": []}, headers=as_c)
    assert "请至少选择一个信息项" in wrong.body
    app.post(address, data=form, headers=as_c, status=302, follow_redirects=False)
    (made,) = act("jiangmen_grant_list", user="b_cataloguer")
    assert made["state"] == "active"
    app.post(
        f"/desk/grants/{made['id']}/revoke",
        data={"reason": "用途已完成"},
        headers=as_c,
        status=302,
        follow_redirects=False,
    )
    assert act("jiangmen_grant_list", user="b_cataloguer")[0]["state"] == "revoked"
    listed = app.get("/desk/grants?state=all", headers=as_c)
    assert "用途已完成" in listed.body
