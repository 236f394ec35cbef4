"""The auditor's search, pages and exports; nobody else gets in."""

import json

import pytest

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import accounts
from ckanext.jiangmen.audit import trail as writing


@pytest.fixture
def auditor(people, as_platform):
    user = as_platform(
        "user_create",
        name="the_auditor",
        email="auditor@example.invalid",
        password="Zhongwen-2026-Auditor",
    )
    accounts.grant_role(user["id"], accounts.Role.AUDITOR)
    token = as_platform("api_token_create", user="the_auditor", name="t")["token"]
    model.Session.commit()
    return {"Authorization": token}


def _note(count, **values):
    for _ in range(count):
        writing.note_read({"user": "b_cataloguer"}, "x", **{"entry_id": "e"} | values)


@pytest.mark.parametrize("user", ["", "c_cataloguer", "coordinator"])
def test_only_the_auditor_searches(act, people, user):
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_audit_list", user=user)


def test_the_search_filters_by_every_word(act, auditor):
    _note(2, entry_id="e1", grants=["g1"])
    _note(1, entry_id="e2")

    def count(**asked):
        return len(act("jiangmen_audit_list", user="the_auditor", **asked)["rows"])

    assert count(entry="e1", account="b_cataloguer") >= 2
    assert count(grant="g1") >= 2
    assert count(grant="a-grant-nobody-has") == 0
    assert count(entry="e2", kind="refusal") == 0
    assert count(entry="e2", until="2000-01-01") == 0
    assert count(entry="e2", result="done", kind="read") >= 1


def test_pages_follow_each_other_without_gap(act, auditor):
    _note(7, entry_id="paged")
    before, seen = None, []
    while True:
        page = act(
            "jiangmen_audit_list",
            user="the_auditor",
            entry="paged",
            kind="read",
            limit=3,
            **({"before": before} if before else {}),
        )
        seen += [row["id"] for row in page["rows"]]
        before = page["next"]
        if before is None:
            break
    assert len(seen) >= 7
    assert seen == sorted(set(seen), reverse=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": "x"},
        {"since": "yesterday"},
        {"kind": "other"},
        {"before": -1},
        {"account": "x" * 10_000},
        {"entry": ["x"]},
        {"before": 2**70},
    ],
)
def test_wrong_filters_are_named_in_a_sentence(act, auditor, wrong):
    with pytest.raises(tk.ValidationError):
        act("jiangmen_audit_list", user="the_auditor", **wrong)


def test_the_auditors_own_search_is_noted(act, auditor, trail):
    act("jiangmen_audit_list", user="the_auditor", account="b_cataloguer")
    (row,) = trail(kind="read", object="jiangmen_audit")
    assert row["account"] == "the_auditor"
    assert "account=b_cataloguer" in row["reason"]


def test_the_page_is_chinese_and_follows_accounts(app, auditor):
    _note(1, entry_id="shown", purpose="核对区划", items=["名称"])
    page = app.get("/audit/trail?entry=shown", headers=auditor)
    assert page.status_code == 200
    assert "全程留痕" in page.body
    assert "核对区划" in page.body
    assert "account=b_cataloguer" in page.body


def test_the_page_is_closed_to_everybody_else(app, people, as_platform):
    token = as_platform("api_token_create", user="coordinator", name="t")["token"]
    for address in ("/audit/trail", "/audit/trail/export", "/audit/chain"):
        answer = app.get(address, headers={"Authorization": token})
        assert answer.status_code == 403


def test_a_search_is_exported_without_active_cells(app, auditor):
    _note(1, entry_id="csv", purpose="=1+1")
    answer = app.get("/audit/trail/export?entry=csv&kind=read", headers=auditor)
    assert answer.status_code == 200
    assert "'=1+1" in answer.body


def test_the_chain_is_exported_for_the_verifier(app, auditor):
    answer = app.get("/audit/chain", headers=auditor)
    assert json.loads(answer.body.splitlines()[0])["format"] == "jiangmen-audit-1"
    assert app.get("/audit/chain?first=x", headers=auditor).status_code == 400
