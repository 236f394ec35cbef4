"""Two writers at once, many revisions at once, and an edit that was put aside."""

from __future__ import annotations

import threading
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model

CLASS = ("3", "07", "407", "440700099")


def test_two_writers_at_once_never_get_one_code(people):
    from ckanext.jiangmen.catalog import codes

    given, failures = [], []

    def writer(name):
        try:
            for number in range(25):
                code = codes.give(model.Session, f"{name}-{number}", CLASS)
                model.Session.commit()
                given.append(code)
        except Exception as err:  # noqa: BLE001 - any failure of a thread is told
            failures.append(err)
        finally:
            model.Session.remove()

    writers = [threading.Thread(target=writer, args=(name,)) for name in ("a", "b")]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert failures == []
    assert len(set(given)) == 50


def test_a_code_is_never_given_again_after_a_failure_or_withdrawal(people):
    from ckanext.jiangmen.catalog import codes

    first = codes.give(model.Session, "one", CLASS)
    model.Session.rollback()
    second = codes.give(model.Session, "two", CLASS)
    model.Session.commit()
    assert first != second
    assert codes.give(model.Session, "two", CLASS) == second


def test_a_national_code_is_kept_and_the_sequence_goes_around_it(people):
    from ckanext.jiangmen.catalog import codes
    from ckanext.jiangmen.catalog.errors import CodeTaken

    free = codes.give(model.Session, "probe", CLASS)
    number = int(free.rsplit("/", 1)[1]) + 1
    wanted = f"{''.join(CLASS)}/{number:06d}"
    assert codes.give(model.Session, "national", CLASS, wanted) == wanted
    assert codes.give(model.Session, "next", CLASS) != wanted
    with pytest.raises(CodeTaken):
        codes.give(model.Session, "other", CLASS, wanted)
    model.Session.rollback()


def test_an_edit_put_aside_is_merged_onto_what_came_meanwhile(
    act, approved, through_review
):
    entry = approved()
    first = act("package_patch", user="c_cataloguer", id=entry["id"], notes="甲的。")
    act("jiangmen_revision_submit", user="c_cataloguer", id=first["revision_id"])
    with pytest.raises(tk.ValidationError) as refused:
        act("package_patch", user="c_colleague", id=entry["id"], remarks="乙的。")
    act(
        "jiangmen_revision_return",
        user="c_reviewer",
        id=first["revision_id"],
        comment="再提交。",
    )
    aside = refused.value.error_dict["aside_revision_id"][0]
    through_review(first["revision_id"])
    merged = act("jiangmen_revision_merge", user="c_colleague", id=aside)
    assert merged["entry"]["notes"] == "甲的。"
    assert merged["entry"]["remarks"] == "乙的。"
    assert merged["base_version"] == 2


def test_what_both_changed_is_asked_for_and_then_decided(act, approved, through_review):
    entry = approved()
    first = act("package_patch", user="c_cataloguer", id=entry["id"], notes="甲的。")
    with pytest.raises(tk.ValidationError) as refused:
        act("package_patch", user="c_colleague", id=entry["id"], notes="乙的。")
    aside = refused.value.error_dict["aside_revision_id"][0]
    through_review(first["revision_id"])
    with pytest.raises(tk.ValidationError) as asked:
        act("jiangmen_revision_merge", user="c_colleague", id=aside)
    assert list(asked.value.error_dict) == ["notes"]
    merged = act(
        "jiangmen_revision_merge", user="c_colleague", id=aside, take={"notes": "mine"}
    )
    assert merged["entry"]["notes"] == "乙的。"


def test_a_hundred_entries_are_approved_at_once(act, an_entry):
    from ckanext.jiangmen.catalog.survey import write_entries

    items = [
        {"name": f"信息项{n}", "data_type": "字符型", "data_length": "20"}
        for n in range(10)
    ]
    listed = [
        {
            **an_entry(title=f"资源{n}", information_items=items),
            "organization_title": "市民政局",
        }
        for n in range(100)
    ]
    upload = FileStorage(stream=BytesIO(write_entries(listed)), filename="表.xlsx")
    ids = act("jiangmen_survey_import", user="c_cataloguer", upload=upload)["revisions"]
    answers = act("jiangmen_revision_submit", user="c_cataloguer", id=ids)
    assert all(answer["ok"] for answer in answers)
    for user in ("c_reviewer", "secrecy", "coordinator"):
        answers = act("jiangmen_revision_approve", user=user, id=ids)
        assert all(answer["ok"] for answer in answers), answers[0]
    assert {answer["state"] for answer in answers} == {"approved"}
    found = act("package_search", user="b_cataloguer", q="资源", rows=0)
    assert found["count"] == 100


def test_one_wrong_revision_does_not_stop_the_others(act, draft):
    first, second = draft()["revision_id"], draft(title="江门市地名")["revision_id"]
    act("jiangmen_revision_submit", user="c_cataloguer", id=[first, second])
    act("jiangmen_revision_approve", user="c_reviewer", id=first)
    answers = act("jiangmen_revision_approve", user="secrecy", id=[first, second])
    assert [answer["ok"] for answer in answers] == [True, False]


def test_listeners_are_told_inside_the_transaction(act, approved, monkeypatch, draft):
    from ckanext.jiangmen.catalog import events

    told = []

    def listen(session, package_id, version, entry):
        told.append((package_id, version, entry["title"], entry["version"]))

    monkeypatch.setattr(events, "_approved", [listen])
    entry = approved()
    assert told == [(entry["id"], 1, "江门市行政区划", 1)]


def test_a_failing_listener_leaves_nothing_of_the_approval(
    act, draft, monkeypatch, through_review
):
    from ckanext.jiangmen.catalog import codes, events

    def fail(session, package_id, version, entry):
        raise RuntimeError("the outbox is full")

    monkeypatch.setattr(events, "_approved", [fail])
    proposed = draft()
    with pytest.raises(RuntimeError):
        through_review(proposed["revision_id"])
    model.Session.rollback()
    assert model.Package.get(proposed["id"]) is None
    assert codes.code_of(model.Session, proposed["id"]) is None
    shown = act(
        "jiangmen_revision_show", user="coordinator", id=proposed["revision_id"]
    )
    assert (shown["state"], shown["step"]) == ("submitted", "coordinator")
