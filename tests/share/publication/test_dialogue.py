"""A citizen asks on the open site; the department answers on the share site."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk

ANSWER = {"state": "released", "text": "公交站点数据已于今日开放。"}

_serial = iter(range(1, 10_000))


@pytest.fixture
def asked(open_site):
    """Return a function that writes a message and has it published: its number."""

    def ask(**changes):
        said = {
            "kind": "request",
            "title": "公交站点",
            "text": f"请开放公交站点的位置，第{next(_serial)}次。",
        }
        number = open_site.post("jiangmen_dialogue_create", **said | changes)["number"]
        moderate(open_site, number, "publish")
        return number

    return ask


def moderate(open_site, number, decision, **more):
    return open_site.post(
        "jiangmen_dialogue_moderate",
        token=open_site.moderator,
        number=number,
        decision=decision,
        **more,
    )


def pull():
    from ckanext.jiangmen.publication.dialogue import pulling

    return pulling.pull()


def send_documents():
    from ckanext.jiangmen.publication import documents

    return documents.send_due()


def duties(act, number, user="coordinator", **more):
    return act("jiangmen_duty_list", user=user, subject=number, **more)["duties"]


def answered(act, number, user="c_cataloguer", reviewer="c_reviewer", **said):
    act("jiangmen_inquiry_propose", user=user, number=number, **ANSWER | said)
    return act("jiangmen_inquiry_approve", user=reviewer, number=number)


@pytest.fixture
def in_department(asked, people, act):
    """Return a function that gives the number of a message to 市民政局."""

    def make(**changes):
        number = asked(**changes)
        pull()
        act(
            "jiangmen_inquiry_forward",
            user="coordinator",
            number=number,
            organization=people.civil,
        )
        return number

    return make


def test_a_message_about_an_entry_goes_to_its_department_and_back(
    act, approve, send, open_site, asked, people
):
    approve()
    send()
    [entry] = open_site.action("package_search")["results"]
    number = asked(kind="correction", entries=[entry["id"]])
    pull()
    [duty] = duties(act, number, "c_cataloguer", state="open")
    assert (duty["kind"], duty["role"]) == ("dialogue_correction", "cataloguer")
    assert duty["organization"] == people.civil
    said = {"state": "corrected", "text": "已更正，感谢指正。"}
    assert answered(act, number, **said)["stage"] == "done"
    assert duties(act, number, "c_cataloguer", state="open") == []
    send_documents()
    shown = open_site.action("jiangmen_dialogue_show", number=number)
    assert (shown["state"], shown["department"]) == ("corrected", "市民政局")
    assert shown["history"][-1]["text"] == "已更正，感谢指正。"
    assert "已更正，感谢指正。" in open_site.get(f"/dialogue/{number}").text
    assert number in open_site.get(f"/dataset/{entry['name']}").text


def test_a_message_about_no_entry_is_forwarded_by_the_office(
    act, in_department, asked, people, open_site
):
    number = asked()
    pull()
    [duty] = duties(act, number, state="open")
    assert (duty["kind"], duty["role"]) == ("dialogue_assign", "coordinator")
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_inquiry_show", user="c_cataloguer", number=number)
    act(
        "jiangmen_inquiry_forward",
        user="coordinator",
        number=number,
        organization=people.civil,
    )
    shown = act("jiangmen_inquiry_show", user="c_cataloguer", number=number)
    assert shown["may"] == {
        "propose": True,
        "approve": False,
        "forward": False,
        "hand_back": True,
    }
    send_documents()
    told = open_site.action("jiangmen_dialogue_show", number=number)
    assert (told["state"], told["department"]) == ("accepted", "市民政局")


def test_the_public_term_runs_on_whoever_has_the_message(act, in_department):
    number = in_department()
    [duty] = duties(act, number, state="open")
    shown = act("jiangmen_inquiry_show", user="coordinator", number=number)
    assert duty["due"] == shown["term"]["due"]
    assert shown["term"]["working_days"] == 20
    back = {"number": number, "comment": "由市地税局办理。"}
    act("jiangmen_inquiry_hand_back", user="c_cataloguer", **back)
    [duty] = duties(act, number, state="open")
    assert duty["kind"] == "dialogue_assign"


def test_pulling_again_changes_nothing_and_nothing_is_lost(act, asked, people):
    from ckan import model

    from ckanext.jiangmen.publication.dialogue import pulling

    numbers = [asked() for _ in range(3)]
    pull()
    before = _rows(model)
    assert pull() == 0
    assert pulling.pull(after=0) >= 3
    assert _rows(model) == before
    listed = act("jiangmen_inquiry_list", user="coordinator", limit=200)["results"]
    assert set(numbers) <= {each["number"] for each in listed}


def _rows(model):
    tables = ("jiangmen_inquiry", "jiangmen_inquiry_step", "jiangmen_duty")
    found = {
        name: model.Session.execute(
            sa.text(f"SELECT to_jsonb(t) FROM {name} t ORDER BY 1")
        ).all()
        for name in tables
    }
    model.Session.rollback()
    return found


def test_while_the_open_site_is_down_answers_wait_and_cross_once(
    act, in_department, open_site, restart
):
    from ckanext.jiangmen.publication.errors import OpenSiteFailed

    number = in_department()
    answered(act, number)
    open_site.stop()
    for call in (pull, send_documents):
        with pytest.raises(OpenSiteFailed):
            call()
    restart()
    assert send_documents() >= 2
    assert send_documents() == 0
    history = open_site.action("jiangmen_dialogue_show", number=number)["history"]
    assert [event["state"] for event in history].count("released") == 1


def test_a_killed_puller_leaves_nothing_half(asked, people, monkeypatch):
    from ckan import model

    from ckanext.jiangmen.publication.dialogue import inbox

    numbers = {asked() for _ in range(3)}
    taken, whole = [], inbox.take

    def dies(said):
        whole(said)
        taken.append(said["number"])
        if len(taken) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(inbox, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        pull()
    model.Session.remove()
    assert inbox.last_sequence() == 0
    monkeypatch.setattr(inbox, "take", whole)
    pull()
    rows = model.Session.execute(sa.text("SELECT number FROM jiangmen_inquiry"))
    assert numbers <= {row[0] for row in rows}


def test_what_the_moderator_takes_back_is_nobodys_duty(act, in_department, open_site):
    number = in_department()
    moderate(open_site, number, "take_back", reason="insult")
    pull()
    assert duties(act, number, state="open") == []
    shown = act("jiangmen_inquiry_show", user="coordinator", number=number)
    assert (shown["stage"], shown["title"], shown["text"]) == ("taken_back", "", "")


def test_an_answer_goes_out_after_its_review_only(act, in_department, open_site):
    number = in_department()
    act("jiangmen_inquiry_propose", user="c_cataloguer", number=number, **ANSWER)
    send_documents()
    told = open_site.action("jiangmen_dialogue_show", number=number)
    assert told["state"] == "accepted"
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_inquiry_approve", user="c_cataloguer", number=number)
    back = {"number": number, "comment": "请写明网址。"}
    shown = act("jiangmen_inquiry_return", user="c_reviewer", **back)
    assert (shown["stage"], shown["comment"]) == ("answer", "请写明网址。")
    in_progress = {"state": "in_progress", "text": "正在整理数据。"}
    assert answered(act, number, **in_progress)["stage"] == "answer"
    assert answered(act, number)["stage"] == "done"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "declined"}, "ground"),
        ({"state": "corrected"}, "state"),
        ({"state": ""}, "state"),
        ({"text": ""}, "text"),
        ({"text": "长" * 4001}, "text"),
        ({"text": "请联系张三，13800138000。"}, "text"),
    ],
)
def test_a_wrong_answer_is_told_in_a_sentence(act, in_department, change, field):
    number = in_department()
    with pytest.raises(tk.ValidationError) as told:
        act(
            "jiangmen_inquiry_propose",
            user="c_cataloguer",
            number=number,
            **ANSWER | change,
        )
    assert field in told.value.error_dict


def test_only_departments_and_the_office_read_messages(act, asked, people):
    number = asked()
    pull()
    for user in ("secrecy", "auditor", ""):
        with pytest.raises(tk.NotAuthorized):
            act("jiangmen_inquiry_list", user=user)
        with pytest.raises(tk.NotAuthorized):
            act("jiangmen_inquiry_show", user=user, number=number)


def test_the_pages_of_the_desk_show_and_answer(app, act, in_department):
    number = in_department()

    def page(address, user, **kwargs):
        from ckan.tests import factories

        token = factories.APIToken(user=user)["token"]
        headers = {"Authorization": token}
        return app.get(address, headers=headers, **kwargs).body

    assert number in page("/desk/dialogue", "c_cataloguer")
    shown = page(f"/desk/dialogue/{number}", "c_cataloguer")
    for words in ("公交站点", "20 个工作日", "答复内容"):
        assert words in shown
    assert number in page("/desk/duties?state=open", "c_cataloguer")
    assert "市民政局" in page(f"/desk/dialogue/{number}", "coordinator")
    page("/desk/dialogue/HD-2026-999999", "coordinator", status=404)
