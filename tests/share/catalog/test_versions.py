"""Any two versions compared; the end of an entry says why and keeps its code."""

import pytest

import ckan.plugins.toolkit as tk

SHARED = {"sharing_category": "无条件共享", "secrecy_review_result": ""}


@pytest.fixture
def code_of(act):
    def find(entry):
        shown = act("package_show", user="coordinator", id=entry["id"])
        return shown["resource_code"]

    return find


@pytest.fixture
def three_versions(act, approved, through_review):
    """An entry whose items were renamed, moved and changed in two steps."""
    entry = approved()
    items = [dict(item) for item in entry["information_items"]]
    items[1]["data_length"] = "80"
    for changed in ({"notes": "第二版。"}, {"information_items": items[::-1]}):
        edit = act("package_patch", user="c_cataloguer", id=entry["id"], **changed)
        through_review(edit["revision_id"])
    return entry


def test_any_two_versions_are_compared(act, three_versions):
    asked = {"id": three_versions["id"], "from": 1, "to": 3}
    found = act("jiangmen_entry_compare", user="c_reviewer", **asked)
    assert [each["field"] for each in found["fields"]] == ["notes"]
    changes = {each["name"]: set(each["changes"]) for each in found["items"]}
    assert "changed" in changes["名称"]
    assert {"moved"} == set.union(*changes.values()) - {"changed"}
    back = act(
        "jiangmen_entry_compare",
        user="c_reviewer",
        **asked | {"from": 3, "to": 1},
    )
    assert back["fields"][0]["before"] == "第二版。"
    last = act("jiangmen_entry_compare", user="c_reviewer", id=three_versions["id"])
    assert (last["from"], last["to"], last["fields"]) == (2, 3, [])


@pytest.mark.parametrize("wrong", [{"to": 9}, {"from": "x"}, {"to": "-1"}])
def test_a_version_that_is_not_there_is_told(act, approved, wrong):
    entry = approved()
    with pytest.raises(tk.ValidationError):
        act("jiangmen_entry_compare", user="c_reviewer", id=entry["id"], **wrong)


def test_another_department_compares_nothing(act, approved):
    entry = approved()
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_entry_compare", user="b_reviewer", id=entry["id"])


def test_a_retired_entry_says_since_when_why_and_what_replaced_it(
    act, approved, code_of
):
    old, new = approved(**SHARED), approved(title="江门市行政区划（新）", **SHARED)
    code, successor = code_of(old), code_of(new)
    act(
        "jiangmen_entry_retire",
        user="c_leader",
        id=old["id"],
        reason="业务系统停用。",
        replaced_by=successor,
    )
    for wanted in (code, old["id"], old["name"]):
        told = act("jiangmen_entry_retired_show", user="b_cataloguer", id=wanted)
        assert told["kind"] == "retirement"
        assert told["reason"] == "业务系统停用。"
        assert told["resource_code"] == code
        assert told["replaced_by"]["resource_code"] == successor
    history = act("jiangmen_entry_history", user="c_reviewer", id=old["id"])
    assert history["versions"][0]["kind"] == "retirement"


def test_a_retired_entrys_code_is_never_given_again(act, approved, code_of):
    old = approved(**SHARED)
    code = code_of(old)
    act("jiangmen_entry_retire", user="c_leader", id=old["id"], reason="职责调整。")
    new = approved(**SHARED)
    assert code_of(new) != code


def test_of_a_withdrawn_entry_others_learn_nothing(act, approved):
    entry = approved(**SHARED)
    act("jiangmen_entry_withdraw", user="c_leader", id=entry["id"], reason="误报。")
    told = act("jiangmen_entry_retired_show", user="c_cataloguer", id=entry["id"])
    assert told["kind"] == "withdrawal"
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_entry_retired_show", user="b_cataloguer", id=entry["id"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "停用", "replaced_by": "307407/999999"}, "replaced_by"),
    ],
)
def test_an_end_without_a_reason_or_with_a_wrong_successor_is_refused(
    act, approved, wrong, field
):
    entry = approved(**SHARED)
    with pytest.raises(tk.ValidationError) as refused:
        act("jiangmen_entry_retire", user="c_leader", id=entry["id"], **wrong)
    assert field in refused.value.error_dict
    assert act("package_show", user="c_leader", id=entry["id"])["state"] == "active"


def test_a_proposed_withdrawal_needs_a_reason(act, approved):
    entry = approved(**SHARED)
    answer = act("package_delete", user="c_cataloguer", id=entry["id"])
    submit = {"user": "c_cataloguer", "id": answer["revision_id"]}
    with pytest.raises(tk.ValidationError):
        act("jiangmen_revision_submit", **submit)
    act("jiangmen_revision_submit", **submit, note="系统停用。")
