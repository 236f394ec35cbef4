"""Duties follow the review: opened, passed on and closed with each step."""

import datetime as dt

import pytest

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.duties import book, working_days
from ckanext.jiangmen.duties.model import Duty

CONDITIONAL = {"sharing_category": "无条件共享", "secrecy_review_result": ""}


def _duties(act, user, **wanted):
    return act("jiangmen_duty_list", user=user, **wanted)["duties"]


def test_each_step_is_owed_by_those_who_may_take_it(act, draft, people):
    made = draft()
    revision = made["revision_id"]
    assert _duties(act, "coordinator") == []
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    (duty,) = _duties(act, "c_reviewer", mine=True)
    assert (duty["kind"], duty["role"]) == ("revision_reviewer", "reviewer")
    assert duty["organization"] == people.civil
    assert duty["due"] == working_days.after(clock.today(), 3).isoformat()
    assert duty["working_days_left"] == 3
    assert "本地设置" in duty["source"]
    for step, user, following in [
        ("secrecy_reviewer", "c_reviewer", "secrecy"),
        ("coordinator", "secrecy", "coordinator"),
    ]:
        act("jiangmen_revision_approve", user=user, id=revision)
        (duty,) = _duties(act, following, mine=True)
        assert duty["role"] == step
        assert _duties(act, user, mine=True) == []
    act("jiangmen_revision_approve", user="coordinator", id=revision)
    assert _duties(act, "coordinator") == []
    done = act("jiangmen_duty_list", user="coordinator", state="done")
    assert done["count"] == 3


def test_a_returned_revision_is_owed_by_its_author_until_it_is_submitted(act, draft):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    act("jiangmen_revision_return", user="c_reviewer", id=revision, comment="请补充")
    (duty,) = _duties(act, "c_cataloguer", mine=True)
    assert duty["kind"] == "revision_returned"
    assert _duties(act, "c_colleague", mine=True) == []
    act("jiangmen_revision_take_over", user="c_colleague", id=revision)
    assert _duties(act, "c_cataloguer", mine=True) == []
    (taken,) = _duties(act, "c_colleague", mine=True)
    assert taken["due"] == duty["due"]
    act("jiangmen_revision_submit", user="c_colleague", id=revision)
    assert _duties(act, "c_colleague", mine=True) == []


def test_a_discarded_revision_is_owed_by_nobody(act, draft):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    act("jiangmen_revision_discard", user="c_cataloguer", id=revision)
    assert act("jiangmen_duty_list", user="coordinator")["count"] == 0
    assert act("jiangmen_duty_list", user="coordinator", state="cancelled")["count"]


def test_a_step_that_fails_leaves_the_duty_as_it_was(act, draft):
    revision = draft()["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_revision_approve", user="coordinator", id=revision)
    model.Session.rollback()
    (duty,) = _duties(act, "coordinator")
    assert duty["role"] == "reviewer"


def test_another_department_sees_no_duty_of_this_one(act, draft):
    act("jiangmen_revision_submit", user="c_cataloguer", id=draft()["revision_id"])
    assert _duties(act, "b_reviewer") == []
    assert _duties(act, "secrecy") == []
    assert len(_duties(act, "c_cataloguer")) == 1


def test_what_is_late_is_told_once_a_day(act, draft):
    act("jiangmen_revision_submit", user="c_cataloguer", id=draft()["revision_id"])
    book.remind(model.Session())
    assert _duties(act, "c_reviewer", mine=True)[0]["reminders"] == 0
    row = model.Session.query(Duty).one()
    row.due = clock.today() - dt.timedelta(days=14)
    model.Session.commit()
    for _ in range(2):
        book.remind(model.Session())
    (duty,) = _duties(act, "c_reviewer", mine=True, state="overdue")
    assert duty["reminders"] == 1
    assert duty["working_days_left"] < 0
    assert _duties(act, "c_reviewer", mine=True, state="soon") == []


def test_the_list_is_paged_and_filtered(act, draft):
    for number in range(3):
        made = draft(title=f"目录{number}", **CONDITIONAL)
        act("jiangmen_revision_submit", user="c_cataloguer", id=made["revision_id"])
    page = act("jiangmen_duty_list", user="coordinator", limit=2, offset=2)
    assert (page["count"], len(page["duties"])) == (3, 1)
    one = act("jiangmen_duty_list", user="coordinator", subject=made["revision_id"])
    assert one["count"] == 1
    assert act("jiangmen_duty_list", user="coordinator", kind="revision_leader") == {
        "count": 0,
        "duties": [],
    }


@pytest.mark.parametrize("wrong", [{"state": "später"}, {"kind": "x"}, {"limit": "-1"}])
def test_a_wrong_filter_is_told_in_a_sentence(act, people, wrong):
    with pytest.raises(tk.ValidationError):
        act("jiangmen_duty_list", user="coordinator", **wrong)
