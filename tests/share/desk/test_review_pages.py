"""The review desk: queues with terms, comments at fields, many at once."""

from __future__ import annotations

import pytest


@pytest.fixture
def submitted(act, draft):
    def make(**changes):
        made = draft(**changes)
        act("jiangmen_revision_submit", user="c_cataloguer", id=made["revision_id"])
        return made

    return make


def test_the_desk_shows_each_roles_queue_with_its_term(
    signed_in, submitted, english_in
):
    submitted()
    body = signed_in("c_reviewer", "/desk").body
    assert 'id="waiting-reviewer"' in body
    assert "剩余 3 个工作日" in body
    assert 'class="jm-count">1<' in body
    assert english_in(body) == []
    assert 'id="waiting-' not in signed_in("c_leader", "/desk").body


def test_a_revision_that_waits_for_the_leader_is_shown(
    signed_in, submitted, act, people, as_platform
):
    as_platform("organization_patch", id=people.civil, leader_step="是")
    made = submitted()
    act("jiangmen_revision_approve", user="c_reviewer", id=made["revision_id"])
    page = signed_in("c_leader", f"/desk/revision/{made['revision_id']}")
    assert page.status_code == 200
    assert "分管领导审核" in page.body
    assert 'id="waiting-leader"' in signed_in("c_leader", "/desk").body


def test_a_comment_at_a_field_travels_with_the_return_to_the_form(
    signed_in, submitted, act, english_in
):
    made = submitted()
    address = f"/desk/revision/{made['revision_id']}"
    said = {"field": "notes", "comment": "摘要过于简略。"}
    signed_in("c_reviewer", f"{address}/comment", "post", data=said)
    at_item = {"field": "information_items/名称", "comment": "请注明简称。"}
    signed_in("c_reviewer", f"{address}/comment", "post", data=at_item)
    returned = act(
        "jiangmen_revision_return",
        user="c_reviewer",
        id=made["revision_id"],
        comment="",
    )
    assert [each["item"] for each in returned["comments"]] == ["", "名称"]
    page = signed_in("c_cataloguer", address).body
    assert "摘要过于简略。" in page
    assert english_in(page) == []
    form = signed_in("c_cataloguer", f"/desk/entry/edit/{made['id']}").body
    assert form.index("摘要过于简略。") > form.index('data-field="notes"')
    first = returned["comments"][0]["id"]
    signed_in("c_cataloguer", f"{address}/comment/{first}/resolve", "post")
    shown = act("jiangmen_revision_show", user="c_cataloguer", id=made["revision_id"])
    assert [each["resolved"] for each in shown["comments"]] == [False, True]
    act("jiangmen_revision_submit", user="c_cataloguer", id=made["revision_id"])
    shown = act("jiangmen_revision_show", user="c_reviewer", id=made["revision_id"])
    assert all(each["resolved"] for each in shown["comments"])


@pytest.mark.parametrize(
    "said",
    [
        {"field": "no_field", "comment": "意见"},
        {"field": "information_items", "item": "没有", "comment": "意见"},
        {"field": "notes", "item": "名称", "comment": "意见"},
        {"field": "notes", "comment": " "},
    ],
)
def test_a_wrong_comment_is_refused_in_a_sentence(act, submitted, said):
    import ckan.plugins.toolkit as tk

    made = submitted()
    with pytest.raises(tk.ValidationError) as refused:
        act(
            "jiangmen_revision_comment_create",
            user="c_reviewer",
            id=made["revision_id"],
            **said,
        )
    assert refused.value.error_dict["comment"][0].endswith("。")


def test_only_who_may_take_the_step_comments(act, submitted):
    import ckan.plugins.toolkit as tk

    made = submitted()
    said = {"id": made["revision_id"], "field": "notes", "comment": "意见"}
    for user in ("c_cataloguer", "coordinator", "c_leader"):
        with pytest.raises(tk.NotAuthorized):
            act("jiangmen_revision_comment_create", user=user, **said)
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_revision_comment_create", user="b_reviewer", **said)


def test_comments_are_offered_for_what_people_write_only(signed_in, submitted):
    made = submitted()
    page = signed_in("c_reviewer", f"/desk/revision/{made['revision_id']}").body
    assert '<option value="notes">' in page
    assert '<option value="name">' not in page


def test_many_are_returned_at_once_and_each_says_what_became_of_it(
    signed_in, submitted, draft, english_in
):
    ids = [submitted(title=f"目录{n}")["revision_id"] for n in range(2)]
    ids.append(draft(title="草稿")["revision_id"])
    answer = signed_in(
        "c_reviewer",
        "/desk/revisions/return",
        "post",
        data={"id": ids, "comment": "请补充。"},
    )
    assert "已办理 2 项，未办理 1 项。" in answer.body
    assert "不在审核中" in answer.body
    assert english_in(answer.body) == []


def test_two_versions_are_compared_on_a_page(
    signed_in, approved, act, through_review, english_in
):
    entry = approved()
    edit = act("package_patch", user="c_cataloguer", id=entry["id"], notes="第二版。")
    through_review(edit["revision_id"])
    history = signed_in("c_reviewer", f"/dataset/{entry['name']}/history").body
    assert "/history/compare" in history
    address = f"/dataset/{entry['name']}/history/compare?from=1&to=2"
    page = signed_in("c_reviewer", address).body
    assert "第二版。" in page
    assert english_in(page) == []
    wrong = signed_in("c_reviewer", address.replace("to=2", "to=9"))
    assert wrong.status_code == 302


def test_a_retired_entrys_page_and_code_say_so(signed_in, approved, act, english_in):
    shared = {"sharing_category": "无条件共享", "secrecy_review_result": ""}
    entry = approved(**shared)
    code = act("package_show", user="coordinator", id=entry["id"])["resource_code"]
    form = {"reason": "业务系统停用。"}
    address = f"/dataset/{entry['id']}/retire"
    assert signed_in("c_leader", address, "post", data=form).status_code == 302
    for place in (f"/dataset/{entry['name']}", f"/code/{code}"):
        page = signed_in("b_cataloguer", place)
        assert page.status_code == 410
        assert "废止" in page.body
        assert "业务系统停用。" in page.body
        assert english_in(page.body) == []
    own = signed_in("c_cataloguer", f"/dataset/{entry['name']}").body
    assert "业务系统停用。" in own


def test_a_collision_is_shown_with_all_three_states(
    signed_in, approved, act, english_in
):
    import ckan.plugins.toolkit as tk

    entry = approved()
    act("package_patch", user="c_cataloguer", id=entry["id"], notes="甲的摘要。")
    with pytest.raises(tk.ValidationError) as refused:
        act("package_patch", user="c_colleague", id=entry["id"], notes="乙的摘要。")
    aside = refused.value.error_dict["aside_revision_id"][0]
    page = signed_in("c_colleague", f"/desk/revision/{aside}").body
    for text in ("甲的摘要。", "乙的摘要。", "全市区划代码与名称。", "take.notes"):
        assert text in page
    assert english_in(page) == []


def test_duties_are_listed_with_terms_and_filters(signed_in, submitted, english_in):
    submitted()
    page = signed_in("coordinator", "/desk/duties?state=open").body
    assert "部门审核" in page
    assert "剩余 3 个工作日" in page
    assert english_in(page) == []
    assert "部门审核" not in signed_in("b_reviewer", "/desk/duties").body
    assert signed_in("coordinator", "/desk/duties?state=x").status_code == 302
