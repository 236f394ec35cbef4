"""Quality is shown before submission; others' titles only as far as one may know."""

from __future__ import annotations

import pytest

import ckan.plugins.toolkit as tk


@pytest.fixture
def of_tax(act, an_entry, people):
    """Return a function that makes an entry of 市地税局 and takes it through review."""

    def make(title, **changes):
        entry = an_entry(title=title, owner_org=people.tax, **changes)
        made = act("package_create", user="b_cataloguer", **entry)
        act("jiangmen_revision_submit", user="b_cataloguer", id=made["revision_id"])
        told = act(
            "jiangmen_revision_approve", user="b_reviewer", id=made["revision_id"]
        )
        if told["step"] == "secrecy":
            act("jiangmen_revision_approve", user="secrecy", id=made["revision_id"])
        act("jiangmen_revision_approve", user="coordinator", id=made["revision_id"])
        return made

    return make


def test_a_draft_is_scored_and_a_better_one_scores_higher(act, draft):
    made = draft(notes="江门市行政区划")
    before = act("jiangmen_quality_show", user="c_cataloguer", id=made["revision_id"])
    assert "abstract_is_title" in {f["rule"] for f in before["findings"]}
    act(
        "package_patch",
        user="c_cataloguer",
        id=made["id"],
        notes="全市各镇街的区划代码与标准名称，来自区划地名业务。",
        provider_unit="区划地名科",
    )
    after = act("jiangmen_quality_show", user="c_cataloguer", id=made["revision_id"])
    assert after["score"] > before["score"]


def test_a_near_duplicate_title_of_another_department_is_told(act, draft, of_tax):
    of_tax("江门市企业登记基本信息")
    made = draft(title="企业登记的基本信息")
    told = act("jiangmen_quality_show", user="c_cataloguer", id=made["revision_id"])
    assert [each["title"] for each in told["alike"]] == ["江门市企业登记基本信息"]
    assert told["alike"][0]["organization"] == "市地税局"
    assert told["alike"][0]["likeness"] == 1.0
    other = draft(title="江门市婚姻登记")
    told = act("jiangmen_quality_show", user="c_cataloguer", id=other["revision_id"])
    assert told["alike"] == []


def test_a_withheld_near_duplicate_is_told_to_who_may_know_of_it_only(
    act, draft, of_tax, ground
):
    number = ground(user="b_cataloguer")["number"]
    of_tax("江门市企业登记基本信息", sharing_category="不予共享", legal_basis_id=number)
    made = draft(title="企业登记的基本信息")
    asked = {"id": made["revision_id"]}
    assert act("jiangmen_quality_show", user="c_cataloguer", **asked)["alike"] == []
    assert act("jiangmen_quality_show", user="coordinator", **asked)["alike"]


def test_the_score_of_others_drafts_and_entries_is_not_shown(act, draft, approved):
    made = draft()
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_quality_show", user="b_cataloguer", id=made["revision_id"])
    entry = approved(title="江门市地名")
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_quality_show", user="b_cataloguer", id=entry["id"])
    assert act("jiangmen_quality_show", user="c_reviewer", id=entry["id"])["score"] > 0


def test_the_pages_of_a_revision_and_an_entry_show_score_and_advice(
    app, draft, approved
):
    from ckan.tests import factories

    def page(account, address):
        token = factories.APIToken(user=account)["token"]
        return app.get(address, headers={"Authorization": token}, status=200).body

    made = draft(notes="江门市行政区划")
    body = page("c_cataloguer", f"/desk/revision/{made['revision_id']}")
    assert "编目质量" in body
    assert "摘要与名称相同" in body
    entry = approved(title="江门市地名")
    assert "编目质量" in page("c_cataloguer", f"/dataset/{entry['name']}")
    assert "编目质量" not in page("b_cataloguer", f"/dataset/{entry['name']}")
