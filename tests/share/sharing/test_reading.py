"""What accounts of other departments get to see of an entry, on every core channel."""

import json

import pytest

import ckan.plugins.toolkit as tk

SECRET = "不予共享的信息项"
MIXED = [
    {
        "name": "区划代码",
        "column": "区划代码",
        "data_type": "字符型",
        "data_length": "12",
        "sharing_category": "可社会公开",
    },
    {
        "name": "名称",
        "column": "名称",
        "data_type": "字符型",
        "data_length": "60",
        "sharing_category": "有条件共享",
        "share_condition": "用于核对区划",
    },
    {
        "name": SECRET,
        "column": "备注",
        "data_type": "字符型",
        "data_length": "60",
        "sharing_category": "不予共享",
    },
]
BASIS = {
    "legal_basis_type": "法律行政法规或中央政策",
    "legal_basis": "《中华人民共和国统计法》第二十五条",
}
ROWS = "区划代码,名称,备注\n440703,蓬江区,甲\n440704,江海区,乙\n"


@pytest.fixture(autouse=True)
def registered(ground):
    """The ground that BASIS is about: nothing is withheld without one."""
    ground()


@pytest.fixture
def mixed(draft, act, upload, through_review, load_tables):
    """An approved entry with items of three categories and its table loaded."""
    proposed = draft(information_items=MIXED, **BASIS)
    act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(ROWS),
    )
    through_review(proposed["revision_id"])
    load_tables()
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    return entry, entry["resources"][0]["id"]


@pytest.fixture
def withheld(approved):
    """An approved entry of 市民政局 with nothing but a withheld item."""
    return approved(
        title="不予共享的名册",
        sharing_category="不予共享",
        information_items=[{**MIXED[2]}],
        license_id="",
        secrecy_review_result="不可公开",
        **BASIS,
    )


def _names(entry):
    return [item["name"] for item in entry["information_items"]]


def test_a_withheld_item_is_named_to_its_owner_and_the_coordinator_only(act, mixed):
    entry, _ = mixed
    assert SECRET in _names(entry)
    assert SECRET in _names(act("package_show", user="coordinator", id=entry["id"]))
    other = act("package_show", user="b_cataloguer", id=entry["id"])
    assert _names(other) == ["区划代码", "名称"]
    told = {
        key
        for key, value in other.items()
        if SECRET in json.dumps(value, ensure_ascii=False)
    }
    assert told == set()


def test_another_department_reads_what_is_conditional_by_grant_only(act, mixed):
    _, table = mixed
    mine = act("datastore_search", user="c_cataloguer", resource_id=table)
    assert mine["total"] == 2
    assert set(mine["records"][0]) == {"_id", "区划代码", "名称", "备注"}
    other = act("datastore_search", user="b_cataloguer", resource_id=table)
    assert set(other["records"][0]) == {"_id", "区划代码"}
    info = act("datastore_info", user="b_cataloguer", id=table)
    assert [field["id"] for field in info["fields"]] == ["区划代码"]


@pytest.mark.parametrize(
    "query",
    [
        {"filters": {"名称": "蓬江区"}},
        {"filters": {"不存在": "蓬江区"}},
        {"sort": "名称"},
        {"fields": ["备注"]},
    ],
)
def test_a_hidden_column_cannot_be_asked_about(act, mixed, query):
    _, table = mixed
    with pytest.raises(tk.ValidationError):
        act("datastore_search", user="b_cataloguer", resource_id=table, **query)


def test_a_search_in_the_text_reads_no_hidden_column(act, mixed):
    _, table = mixed
    found = act("datastore_search", user="b_cataloguer", resource_id=table, q="蓬江")
    assert found["total"] == 0
    mine = act("datastore_search", user="c_cataloguer", resource_id=table, q="蓬江")
    assert mine["total"] == 1


def test_accounts_without_business_read_nothing(act, mixed, people):
    from ckan.tests import factories

    entry, table = mixed
    factories.User(name="keeper")
    with pytest.raises(tk.ObjectNotFound):
        act("package_show", user="keeper", id=entry["id"])
    with pytest.raises(tk.ObjectNotFound):
        act("datastore_search", user="keeper", resource_id=table)
    assert act("package_search", user="keeper")["count"] == 0


def test_a_withheld_entry_is_found_by_owner_and_coordinator_only(act, withheld):
    seen = {
        user: [entry["id"] for entry in act("package_search", user=user)["results"]]
        for user in ("c_cataloguer", "coordinator", "b_cataloguer", "secrecy")
    }
    there = [withheld["id"]]
    assert seen == {
        "c_cataloguer": there,
        "coordinator": there,
        "b_cataloguer": [],
        "secrecy": [],
    }


@pytest.mark.parametrize(
    ("action", "ask"),
    [
        ("package_show", lambda entry: {"id": entry["id"]}),
        ("package_show", lambda entry: {"id": entry["name"]}),
        ("package_show", lambda entry: {"id": entry["id"], "use_default_schema": True}),
    ],
)
def test_forbidden_and_absent_are_one_answer(act, withheld, action, ask):
    messages = []
    for query in (ask(withheld), {"id": "11111111-2222-3333-4444-555555555555"}):
        with pytest.raises(tk.ObjectNotFound) as raised:
            act(action, user="b_cataloguer", **query)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    ("action", "query"),
    [
        ("package_list", {}),
        ("current_package_list_with_resources", {}),
        (
            "package_search",
            {"facet.field": ["tags", "organization"], "facet.mincount": 0},
        ),
        ("package_search", {"include_private": True, "fq": "+state:*"}),
        ("package_autocomplete", {"q": "不予"}),
        ("tag_list", {}),
        ("tag_autocomplete", {"q": "行政"}),
        ("organization_list", {"all_fields": True, "include_dataset_count": True}),
    ],
)
def test_lists_do_not_tell_of_a_withheld_entry(act, approved, people, action, query):
    before = act(action, user="b_cataloguer", **query)
    approved(
        title="不予共享的名册",
        sharing_category="不予共享",
        subject_terms=["行政名册秘"],
        information_items=[{**MIXED[2]}],
        license_id="",
        secrecy_review_result="不可公开",
        **BASIS,
    )
    assert act(action, user="b_cataloguer", **query) == before


@pytest.mark.parametrize(
    ("action", "query"),
    [
        ("member_list", {"object_type": "package"}),
        ("member_list", {}),
        ("organization_list_for_user", {"id": "c_cataloguer"}),
        ("user_list", {}),
        ("user_list", {"id": "b_cataloguer"}),
        ("dataset_follower_count", {"id": "x"}),
        ("task_status_show", {"id": "x"}),
        ("resource_search", {"query": "name:x"}),
    ],
)
def test_doors_that_stock_ckan_leaves_open_are_closed(act, people, action, query):
    if action == "member_list":
        query = {"id": people.civil, **query}
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        act(action, user="b_cataloguer", **query)


def test_the_original_of_a_table_is_its_owners_only(app, act, mixed, token):
    entry, table = mixed
    address = f"/dataset/{entry['name']}/resource/{table}/download/x.csv"
    mine = app.get(address, headers=token("c_cataloguer"))
    assert "备注" in mine.body
    other = app.get(address, headers=token("b_cataloguer"))
    assert "备注" not in other.body
    assert "440703" in other.body


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "json", "parquet"])
def test_exports_hold_what_the_caller_may_read(app, mixed, token, fmt):
    entry, table = mixed
    address = f"/dataset/{entry['name']}/resource/{table}/export/{fmt}"
    answer = app.get(address, headers=token("b_cataloguer"))
    assert answer.status_code == 200
    assert "备注".encode() not in answer.data
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


def test_a_dump_holds_what_the_caller_may_read(app, mixed, token):
    _, table = mixed
    answer = app.get(f"/datastore/dump/{table}", headers=token("b_cataloguer"))
    assert "440703" in answer.body
    assert "蓬江区" not in answer.body
