"""The package is the approved version; everything else is a revision."""

from __future__ import annotations

import json
import re

import pytest

import ckan.plugins.toolkit as tk
from ckan import model


def test_a_cataloguers_package_create_stores_a_draft_and_no_package(draft):
    proposed = draft()
    assert proposed["revision_id"]
    assert proposed["title"] == "江门市行政区划"
    assert model.Package.get(proposed["id"]) is None


def test_items_may_come_as_one_json_text(draft, an_entry):
    items = an_entry()["information_items"]
    proposed = draft(information_items=json.dumps(items, ensure_ascii=False))
    assert [item["name"] for item in proposed["information_items"]] == [
        "区划代码",
        "名称",
    ]


def test_every_problem_is_told_at_once_and_nothing_is_stored(act, an_entry):
    wrong = an_entry(notes="", update_cycle="每小时", license_id="")
    with pytest.raises(tk.ValidationError) as refused:
        act("package_create", user="c_cataloguer", **wrong)
    assert {"notes", "update_cycle", "license_id"} <= set(refused.value.error_dict)
    assert act("jiangmen_revision_list", user="c_cataloguer") == []


def test_a_wrong_item_is_named_in_the_error(act, an_entry):
    items = [{"name": "区划代码", "data_type": "字串"}]
    with pytest.raises(tk.ValidationError) as refused:
        act("package_create", user="c_cataloguer", **an_entry(information_items=items))
    told = refused.value.error_dict["information_items"]
    assert any("第1项“区划代码”" in sentence for sentence in told)


def test_another_departments_cataloguer_cannot_write_here(act, an_entry):
    with pytest.raises(tk.NotAuthorized):
        act("package_create", user="b_cataloguer", **an_entry())


def test_a_reviewer_cannot_write(act, an_entry):
    with pytest.raises(tk.NotAuthorized):
        act("package_create", user="c_reviewer", **an_entry())


def test_a_classified_entry_is_refused_and_not_named(act, an_entry):
    with pytest.raises(tk.ValidationError) as refused:
        act("package_create", user="c_cataloguer", **an_entry(secrecy="秘密"))
    assert list(refused.value.error_dict) == ["secrecy"]


def test_an_open_entry_passes_three_steps_and_is_then_in_force(act, draft):
    revision = draft()["revision_id"]
    shown = act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    assert (shown["state"], shown["step"]) == ("submitted", "reviewer")
    assert shown["waits_on"]["organization"]["title"] == "市民政局"
    shown = act("jiangmen_revision_approve", user="c_reviewer", id=revision)
    assert shown["step"] == "secrecy"
    shown = act("jiangmen_revision_approve", user="secrecy", id=revision)
    assert shown["step"] == "coordinator"
    shown = act("jiangmen_revision_approve", user="coordinator", id=revision)
    assert shown["state"] == "approved"
    entry = act("package_show", user="c_cataloguer", id=shown["package_id"])
    assert entry["version"] == 1
    assert re.fullmatch(r"307407440700009/\d{6}", entry["resource_code"])
    assert entry["open_flag"] == "是"
    assert entry["private"] is False
    assert entry["publish_date"]
    assert [item["name"] for item in entry["information_items"]] == [
        "区划代码",
        "名称",
    ]


def test_an_entry_that_opens_nothing_needs_no_secrecy_review(act, draft):
    revision = draft(sharing_category="无条件共享", license_id="")["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    shown = act("jiangmen_revision_approve", user="c_reviewer", id=revision)
    assert shown["step"] == "coordinator"


@pytest.mark.parametrize("user", ["b_reviewer", "coordinator", "secrecy"])
def test_only_the_role_that_is_due_can_approve(act, draft, user):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        act("jiangmen_revision_approve", user=user, id=revision)


def test_nobody_approves_their_own_revision(act, draft, people):
    from ckanext.jiangmen import accounts
    from ckanext.jiangmen.accounts import Role

    author = model.User.get("c_cataloguer").id
    accounts.grant_role(author, Role.REVIEWER, people.civil)
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_revision_approve", user="c_cataloguer", id=revision)


def test_nobody_takes_two_steps_of_one_revision(act, draft):
    from ckanext.jiangmen import accounts
    from ckanext.jiangmen.accounts import Role

    accounts.grant_role(model.User.get("secrecy").id, Role.COORDINATOR)
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    act("jiangmen_revision_approve", user="c_reviewer", id=revision)
    act("jiangmen_revision_approve", user="secrecy", id=revision)
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_revision_approve", user="secrecy", id=revision)


def test_a_returned_revision_carries_the_comment_and_can_be_sent_again(act, draft):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    shown = act(
        "jiangmen_revision_return", user="c_reviewer", id=revision, comment="请补摘要。"
    )
    assert shown["state"] == "returned"
    assert shown["events"][-1]["comment"] == "请补摘要。"
    shown = act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    assert shown["step"] == "reviewer"


def test_a_return_without_a_comment_is_refused(act, draft):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    with pytest.raises(tk.ValidationError):
        act("jiangmen_revision_return", user="c_reviewer", id=revision, comment=" ")


def test_the_approved_version_stays_in_force_while_an_edit_is_reviewed(act, approved):
    entry = approved()
    edit = act(
        "package_patch", user="c_cataloguer", id=entry["id"], notes="修改后的摘要。"
    )
    assert edit["notes"] == "修改后的摘要。"
    act("jiangmen_revision_submit", user="c_cataloguer", id=edit["revision_id"])
    in_force = act("package_show", user="c_cataloguer", id=entry["id"])
    assert in_force["notes"] == "全市区划代码与名称。"
    assert in_force["version"] == 1


def test_an_approved_edit_is_the_next_version_and_keeps_code_and_name(
    act, approved, through_review
):
    entry = approved()
    before = act("package_show", user="c_cataloguer", id=entry["id"])
    edit = act("package_patch", user="c_cataloguer", id=entry["id"], notes="新摘要。")
    through_review(edit["revision_id"])
    after = act("package_show", user="c_cataloguer", id=entry["id"])
    assert after["version"] == 2
    assert after["notes"] == "新摘要。"
    assert after["resource_code"] == before["resource_code"]
    assert after["name"] == before["name"]


def test_the_history_tells_every_version_and_what_changed(
    act, approved, through_review
):
    entry = approved()
    edit = act("package_patch", user="c_cataloguer", id=entry["id"], notes="新摘要。")
    through_review(edit["revision_id"])
    history = act("jiangmen_entry_history", user="c_cataloguer", id=entry["id"])
    assert [row["version"] for row in history["versions"]] == [2, 1]
    assert [change["field"] for change in history["versions"][0]["changes"]] == [
        "notes"
    ]


def test_a_second_person_is_told_and_loses_nothing(act, approved):
    entry = approved()
    act("package_patch", user="c_cataloguer", id=entry["id"], notes="第一位的修改。")
    with pytest.raises(tk.ValidationError) as refused:
        act("package_patch", user="c_colleague", id=entry["id"], notes="第二位的。")
    told = refused.value.error_dict
    assert "c_cataloguer" in told["revision"][0]
    kept = act(
        "jiangmen_revision_show", user="c_colleague", id=told["aside_revision_id"][0]
    )
    assert kept["state"] == "aside"
    assert kept["entry"]["notes"] == "第二位的。"
    (both,) = told["conflicts"]
    assert (both["base"], both["theirs"], both["mine"]) == (
        "全市区划代码与名称。",
        "第一位的修改。",
        "第二位的。",
    )
    assert kept["conflicts"] == [both]


def test_two_windows_of_one_person_do_not_overwrite_each_other(act, draft):
    first = draft()
    act("package_patch", user="c_cataloguer", id=first["id"], notes="甲窗口。")
    with pytest.raises(tk.ValidationError):
        act(
            "package_patch",
            user="c_cataloguer",
            id=first["id"],
            notes="乙窗口。",
            lock_version=first["lock_version"],
        )


def test_a_list_of_ids_gets_an_answer_each(act, draft):
    good = draft()["revision_id"]
    answers = act(
        "jiangmen_revision_submit", user="c_cataloguer", id=[good, "no-such-revision"]
    )
    assert [answer["ok"] for answer in answers] == [True, False]


def test_what_waits_for_a_reviewer_is_found(act, draft):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    waiting = act("jiangmen_revision_list", user="c_reviewer", waiting_for_me=True)
    assert [row["id"] for row in waiting] == [revision]
    assert waiting[0]["may"]["approve"] is True
    assert act("jiangmen_revision_list", user="coordinator", waiting_for_me=True) == []


def test_another_department_sees_no_revision(act, draft):
    revision = draft()["revision_id"]
    assert act("jiangmen_revision_list", user="b_cataloguer") == []
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_revision_show", user="b_cataloguer", id=revision)


def test_a_withdrawn_entry_leaves_the_catalogue_and_keeps_its_code(
    act, approved, draft, through_review
):
    entry = approved()
    code = act("package_show", user="coordinator", id=entry["id"])["resource_code"]
    act("jiangmen_entry_withdraw", user="coordinator", id=entry["id"], reason="重复。")
    found = act("package_search", user="c_cataloguer", q="行政区划")
    assert found["count"] == 0
    again = draft()
    through_review(again["revision_id"])
    second = act("package_show", user="c_cataloguer", id=again["id"])
    assert second["resource_code"] != code


def test_a_stock_datastore_write_is_refused_with_a_sentence(act, approved):
    entry = approved()
    with pytest.raises(tk.NotAuthorized) as refused:
        act(
            "datastore_create",
            user="c_cataloguer",
            resource={"package_id": entry["id"]},
        )
    assert "jiangmen_revision_attach" in str(refused.value)


def test_the_site_user_on_the_command_line_writes_directly(as_platform, an_entry):
    entry = as_platform(
        "package_create",
        **an_entry(
            id="7b2c7f4e-1111-4222-8333-444455556666",
            name="jiang-men-shi-xing-zheng-qu-hua-aaaaaa",
            resource_code="307407440700010/000777",
        ),
    )
    assert entry["id"] == "7b2c7f4e-1111-4222-8333-444455556666"
    shown = as_platform("package_show", id=entry["id"])
    assert shown["resource_code"] == "307407440700010/000777"
    assert shown["version"] == 1
