"""The leader's step: off by default, switched on by a department."""

import pytest

import ckan.plugins.toolkit as tk


@pytest.fixture
def led(people, as_platform):
    as_platform("organization_patch", id=people.civil, leader_step="是")


def _submitted(act, draft):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    return revision


def test_without_the_switch_the_leader_takes_no_step(act, draft):
    revision = _submitted(act, draft)
    answer = act("jiangmen_revision_approve", user="c_reviewer", id=revision)
    assert answer["step"] == "secrecy"


def test_with_the_switch_the_leader_comes_after_the_reviewer(act, draft, led):
    revision = _submitted(act, draft)
    answer = act("jiangmen_revision_approve", user="c_reviewer", id=revision)
    assert answer["step"] == "leader"
    assert answer["waits_on"]["title"] == "本部门分管领导"
    assert act("jiangmen_revision_count", user="c_leader", waiting_for_me=True)["count"]
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_revision_approve", user="secrecy", id=revision)
    answer = act("jiangmen_revision_approve", user="c_leader", id=revision)
    assert answer["step"] == "secrecy"


def test_many_at_once_stop_at_the_leader_too(act, draft, led):
    ids = [draft(title=f"目录{n}")["revision_id"] for n in range(2)]
    act("jiangmen_revision_submit", user="c_cataloguer", id=ids)
    answers = act("jiangmen_revision_approve", user="c_reviewer", id=ids)
    assert [each["step"] for each in answers] == ["leader", "leader"]


def test_what_waits_for_the_leader_goes_on_after_the_switch_is_off(
    act, draft, led, as_platform, people
):
    revision = _submitted(act, draft)
    act("jiangmen_revision_approve", user="c_reviewer", id=revision)
    as_platform("organization_patch", id=people.civil, leader_step="否")
    answer = act("jiangmen_revision_approve", user="c_leader", id=revision)
    assert answer["step"] == "secrecy"
