"""Anybody writes; nothing is public before the moderator has read it."""

from __future__ import annotations

import io
import re
import time

import pytest

import ckan.plugins.toolkit as tk

FORM = {"kind": "request", "title": "公交站点", "text": "请开放公交站点的位置。"}


def test_a_citizen_writes_and_follows_the_message_by_a_link_of_its_own(reader):
    answer, _ = reader.send("/dialogue/new", **FORM, mail="reader@example.cn")
    assert answer.status_code == 303
    page = reader.get(answer.location)
    text = page.get_data(as_text=True)
    number = re.search(r"HD-20\d\d-\d{6}", text).group(0)
    assert "待审核" in text
    assert "reader@example.cn" not in text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"].startswith("no-store")
    assert number not in reader.page("/dialogue")
    reader.page(f"/dialogue/{number}", status=404)


def test_the_moderator_publishes_and_everybody_reads(reader, act, written, moderator):
    made = written()
    asked = {"number": made["number"], "decision": "publish"}
    act("jiangmen_dialogue_moderate", user=moderator, **asked)
    page = reader.page(f"/dialogue/{made['number']}")
    for words in ("公交站点", "已受理", "20 个工作日", "政府信息公开条例"):
        assert words in page
    assert made["number"] in reader.page("/dialogue?kind=request&state=accepted")
    assert made["number"] not in reader.page("/dialogue?kind=complaint")
    assert act("jiangmen_dialogue_figures")["states"]["accepted"] == 1


def test_what_is_rejected_is_told_to_its_sender_only(reader, act, written, moderator):
    made = written()
    asked = {"number": made["number"], "decision": "reject", "reason": "spam"}
    act("jiangmen_dialogue_moderate", user=moderator, **asked)
    assert "未予发布" in reader.page(f"/dialogue/follow/{made['follow']}")
    assert "广告" in reader.page(f"/dialogue/follow/{made['follow']}")
    reader.page(f"/dialogue/{made['number']}", status=404)
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_dialogue_show", number=made["number"])


def test_the_moderator_takes_personal_data_out(reader, act, written, moderator):
    made = written(text="请联系我，手机 13800138000，谢谢。")
    [waits] = act("jiangmen_dialogue_queue", user=moderator)["results"]
    assert waits["hints"] == ["手机号码"]
    act(
        "jiangmen_dialogue_moderate",
        user=moderator,
        number=made["number"],
        decision="publish",
        text="请联系我，谢谢。",
    )
    page = reader.page(f"/dialogue/{made['number']}")
    assert "13800138000" not in page
    assert "已隐去" in page


def test_a_published_message_can_be_taken_back(reader, act, published, moderator):
    number = published()
    asked = {"number": number, "decision": "take_back", "reason": "insult"}
    act("jiangmen_dialogue_moderate", user=moderator, **asked)
    reader.page(f"/dialogue/{number}", status=404)


def test_nobody_but_the_moderator_moderates(act, written, platform):
    number = written()["number"]
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_dialogue_queue")
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_dialogue_moderate", number=number, decision="publish")


def test_scripts_are_words(reader, act, published):
    number = published(
        title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)> {{7*7}}"
    )
    page = reader.page(f"/dialogue/{number}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": "长" * 2001}, "最多2000字"),
        ({"text": ""}, "至少"),
        ({"title": "\x00\u202e \u200b"}, "至少"),
        ({"mail": "不是邮箱"}, "不是电子邮箱"),
        ({"mail": "a@b.cn\r\nBcc: c@d.cn"}, "不是电子邮箱"),
        ({"kind": "order"}, "请选择"),
        ({"entries": "'; DROP TABLE package; --"}, "没有信息资源"),
        ({"kind": "reuse", "url": "javascript:alert(1)"}, "https://"),
        ({"kind": "correction"}, "请填写"),
    ],
)
def test_what_is_wrong_is_said_and_the_text_stays(
    reader, act, moderator, change, sentence
):
    said = {**FORM, **change}
    answer, page = reader.send("/dialogue/new", **said)
    assert answer.status_code == 200
    assert sentence in page
    if len(said["text"]) < 100:
        assert said["text"] in page
    found = act("jiangmen_dialogue_queue", user=moderator)
    assert found["count"] == 0
    assert found["refused"]["wrong"] == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"homepage": "http://spam.example"}, "honeypot"),
        ({"mark": "1.abc"}, "expired"),
        ({"mark": ""}, "expired"),
        ({"_csrf_token": "none"}, "expired"),
    ],
)
def test_machines_are_refused_and_counted(reader, act, moderator, fields, reason):
    answer, page = reader.send("/dialogue/new", **FORM | fields)
    assert answer.status_code == 200
    assert FORM["text"] in page
    found = act("jiangmen_dialogue_queue", user=moderator)
    assert (found["count"], found["refused"]) == (0, {reason: 1})


def test_a_form_sent_at_once_is_too_fast(reader):
    from ckanext.jiangmen.portal.dialogue import sealing

    _, page = reader.send("/dialogue/new", **FORM, mark=sealing.form_mark(time.time()))
    assert "请稍候" in page


def test_files_are_not_taken(reader, act, moderator):
    upload = (io.BytesIO(b"MZ\x90"), "a.exe")
    _, page = reader.send("/dialogue/new", **FORM, upload=upload)
    assert "不接收文件" in page
    assert act("jiangmen_dialogue_queue", user=moderator)["refused"] == {"file": 1}


def test_a_megabyte_is_refused_in_a_sentence(reader, act, moderator):
    answer, page = reader.send("/dialogue/new", **FORM | {"text": "长" * 400_000})
    assert answer.status_code in {200, 413}
    assert "Error" not in page
    with pytest.raises(tk.ValidationError):
        act("jiangmen_dialogue_create", **FORM | {"text": "长" * 1_000_000})
    assert act("jiangmen_dialogue_queue", user=moderator)["count"] == 0


def test_the_same_message_twice_is_one(act, platform, moderator):
    act("jiangmen_dialogue_create", **FORM)
    twice = FORM | {"text": "请开放　公交站点的位置！"}
    with pytest.raises(tk.ValidationError, match="received already"):
        act("jiangmen_dialogue_create", **twice)
    assert act("jiangmen_dialogue_queue", user=moderator)["refused"] == {"double": 1}


def test_one_address_writes_so_many_in_an_hour(reader, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.rate_limit.enabled", True)
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.dialogue.messages_per_hour", 2)
    for turn in range(3):
        answer, page = reader.send("/dialogue/new", **FORM | {"title": f"第{turn}封"})
        assert (answer.status_code == 303) is (turn < 2)
    assert "一小时后再试" in page


@pytest.mark.parametrize(
    "address",
    [
        "/dialogue/HD-2026-999999",
        "/dialogue/'; SELECT 1; --",
        "/dialogue/follow/nothing",
        "/dialogue/follow/" + "a" * 5000,
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(reader, address):
    assert "没有" in reader.page(address, status=404)


@pytest.mark.parametrize(
    "query",
    [
        "kind=nothing",
        "state=waiting",
        "entry=nothing",
        "page=99999999999999999999",
        "page=-1",
        "q=%25_%5C'%3B--",
        "q=" + "长" * 3000,
        "kind=request&kind=complaint",
    ],
)
def test_odd_filters_never_fail(reader, query):
    answer = reader.get(f"/dialogue?{query}", follow_redirects=True)
    assert answer.status_code == 200


def test_nothing_of_a_sender_is_in_any_answer(act, published, moderator, platform):
    number = published(mail="reader@example.cn")
    for answer in (
        act("jiangmen_dialogue_show", number=number),
        act("jiangmen_dialogue_list"),
        act("jiangmen_dialogue_queue", user=moderator, state="accepted"),
    ):
        assert "example.cn" not in str(answer)
        assert "follow" not in str(answer)


def test_addresses_of_senders_are_ciphertext_and_go_after_a_month(
    act, written, moderator, monkeypatch
):
    import datetime as dt

    from ckanext.jiangmen import clock
    from ckanext.jiangmen.portal.dialogue import book

    made = written(mail="reader@example.cn")
    message = book.by_number(made["number"])
    assert message.mail.startswith("s4:")
    asked = {"number": made["number"], "decision": "reject", "reason": "spam"}
    act("jiangmen_dialogue_moderate", user=moderator, **asked)
    later = clock.now() + dt.timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    book.forget()
    message = book.by_number(made["number"])
    assert (message.mail, message.title, message.text) == ("", "", "")
