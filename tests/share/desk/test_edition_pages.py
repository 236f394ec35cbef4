"""The pages of editions: made with a button, shown, downloaded."""

from __future__ import annotations

import hashlib
import re

import pytest


@pytest.fixture
def sign_in(as_platform):
    """Return a function that gives the headers of an account's own token."""

    def make(name):
        made = as_platform("api_token_create", user=name, name="test")
        return {"Authorization": made["token"]}

    return make


def test_the_office_makes_an_edition_and_everybody_downloads_their_text(
    app, approved, sign_in
):
    approved()
    office, other = sign_in("coordinator"), sign_in("b_cataloguer")
    assert "全市" in app.get("/desk/editions", headers=office).body
    made = app.post("/desk/editions", data={"organization": ""}, headers=office)
    assert made.status_code == 200
    assert "江门市政务信息资源目录 第1版" in made.body
    assert "统筹文本" in made.body
    page = app.get("/desk/editions/1", headers=other).body
    assert "统筹文本" not in page
    [path] = re.findall(r'href="([^"]+departments\.pdf)"', page)
    answer = app.get(path, headers=other)
    assert answer.data.startswith(b"%PDF")
    assert hashlib.sha256(answer.data).hexdigest() in page
    assert "filename*=UTF-8''%E6%B1%9F" in answer.headers["Content-Disposition"]
    assert app.get("/desk/editions/1/full.pdf", headers=other).status_code == 404


def test_a_second_call_says_that_nothing_changed(app, approved, sign_in):
    approved()
    office = sign_in("coordinator")
    app.post("/desk/editions", data={"organization": ""}, headers=office)
    again = app.post("/desk/editions", data={"organization": ""}, headers=office)
    assert "自第1版以来目录没有变化" in again.body
    listed = app.get("/desk/editions", headers=office).body
    assert listed.count("第1版") == 1


def test_the_reviewer_is_offered_the_departments_own_edition(app, approved, sign_in):
    approved()
    reviewer = sign_in("c_reviewer")
    page = app.get("/desk/editions", headers=reviewer).body
    assert 'value="minzhengju"' in page
    assert "编制新版：全市" not in page
    made = app.post(
        "/desk/editions", data={"organization": "minzhengju"}, headers=reviewer
    )
    assert "江门市政务信息资源目录（市民政局） 第1版" in made.body
    refused = app.post("/desk/editions", data={"organization": ""}, headers=reviewer)
    assert refused.status_code == 403


def test_a_page_of_an_edition_that_runs_comes_again_by_itself(
    app, approved, sign_in, monkeypatch
):
    import ckan.plugins.toolkit as tk

    approved()
    key = "ckanext.jiangmen.catalog.edition_at_once_entries"
    monkeypatch.setitem(tk.config, key, 0)
    office = sign_in("coordinator")
    made = app.post("/desk/editions", data={"organization": ""}, headers=office)
    assert made.headers["Refresh"] == "3"
    assert "等待编制" in made.body


def test_the_pages_hold_no_english_word(app, approved, sign_in):
    approved()
    office = sign_in("coordinator")
    app.post("/desk/editions", data={"organization": ""}, headers=office)
    for path in ("/desk/editions", "/desk/editions/1"):
        body = app.get(path, headers=office).body
        text = re.sub(r"(?s)<(script|style|code)\b.*?</\1>", " ", body)
        words = set(re.findall(r"[A-Za-z]{4,}", re.sub(r"<[^>]+>", " ", text)))
        assert words <= {"English", "XLSX", "HTML", "JSON", "coordinator"}
