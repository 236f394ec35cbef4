"""Headers that depend on the answer, and what pages may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ckan.plugins.toolkit as tk

PAGES = ["/desk", "/user/password", "/dataset/", "/organization/", "/api/3"]


@pytest.fixture
def signed_in(browser, account):
    """A browser with an account without any role."""
    account()
    window = browser()
    window.sign_in("zhangsan")
    return window


@pytest.mark.parametrize("address", PAGES)
def test_what_a_signed_in_account_gets_is_kept_nowhere(signed_in, address):
    assert signed_in.get(address).headers["Cache-Control"] == "no-store, private"


def test_the_login_page_is_kept_nowhere(browser):
    answer = browser().get("/user/login")
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_files_of_the_product_may_be_kept(signed_in):
    answer = signed_in.get("/jiangmen/mark.svg")
    assert answer.status_code == 200
    assert "no-store" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("address", [*PAGES, "/nothing/here"])
def test_every_answer_lets_only_scripts_of_the_site_run(signed_in, address):
    policy = signed_in.get(address).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'self'" in policy


def test_uploads_are_looked_at_and_never_run(signed_in):
    folder = Path(tk.config["ckan.storage_path"]) / "storage/uploads/group"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "logo.svg").write_text("<svg onload='alert(1)'/>", encoding="utf-8")
    answer = signed_in.get("/uploads/group/logo.svg")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("address", ["/uploads/", "/webassets/", "/jiangmen/"])
def test_folders_are_not_listed(signed_in, address):
    assert signed_in.get(address).status_code == 404


def test_the_sessions_cookie_is_closed_to_scripts(browser):
    sent = browser().get("/user/login").headers["Set-Cookie"]
    assert "HttpOnly" in sent
    assert "SameSite=Lax" in sent
    assert "Domain=" not in sent


def test_no_other_site_may_read_answers(signed_in):
    answer = signed_in.get("/api/3", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("address", ["/user/login", "/user/password"])
def test_fields_of_passwords_hide_them_and_let_managers_fill_them(
    browser, account, address
):
    account()
    window = browser()
    if address != "/user/login":
        window.sign_in("zhangsan")
    page = window.get(address).get_data(as_text=True)
    fields = re.findall(r"<input[^>]*type=\"password\"[^>]*>", page, re.DOTALL)
    assert fields
    for field in fields:
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert "onpaste" not in field


@pytest.mark.parametrize("address", ["/desk", "/user/password", "/dataset/"])
def test_every_page_offers_to_sign_out(signed_in, address):
    assert "_logout" in signed_in.get(address).get_data(as_text=True)


INLINE = re.compile(
    # A block of data, as schema.org's, is not run.
    r"<script(?![^>]*(?:\bsrc=|type=\"application/ld\+json\"))[^>]*>|<style"
    r"|\son[a-z]+\s*=\s*[\"']|\bhx-on|javascript:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("address", [*PAGES, "/user/login", "/user/edit", "/nothing"])
def test_no_page_has_an_inline_script_or_handler(signed_in, address):
    assert INLINE.findall(signed_in.get(address).get_data(as_text=True)) == []


def test_none_of_our_templates_has_an_inline_script_or_handler():
    import ckanext.jiangmen.config as base

    folder = Path(base.__file__).parent
    wrong = {
        str(path.relative_to(folder)): INLINE.findall(path.read_text(encoding="utf-8"))
        for path in folder.rglob("templates/**/*.html")
    }
    assert {path: found for path, found in wrong.items() if found} == {}
