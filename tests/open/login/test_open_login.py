"""Signing in on the open site, and what its anonymous pages carry."""

from __future__ import annotations

import pytest

PASSWORD = "Shuju-7314-Qiao"


def test_five_failures_lock_here_too(browser, account):
    account()
    window = browser()
    for _ in range(5):
        window.sign_in("zhangsan", "Wrong-1234-Wrong")
    assert window.sign_in("zhangsan").status_code == 200
    assert not window.signed_in()


def test_signing_out_ends_the_session_on_the_server(browser, account):
    account()
    window = browser()
    window.sign_in("zhangsan")
    assert window.signed_in()
    kept = window.cookie()
    window.post("/user/_logout", {}, page="/user/password")
    window.take_cookie(kept)
    assert not window.signed_in()


@pytest.mark.parametrize("path", ["register", "reset", "reset/zhangsan"])
def test_side_doors_are_closed(browser, path):
    assert browser().get(f"/user/{path}").status_code == 404


def test_forms_of_entries_are_closed_whatever_is_sent(browser, account):
    account()
    window = browser()
    window.sign_in("zhangsan")
    assert window.client.post("/dataset/new", data={"save": ""}).status_code == 404


WRITING = ["/user/edit", "/user/password", "/organization/new"]


@pytest.mark.parametrize("address", WRITING)
def test_a_form_without_csrf_token_is_refused_after_anonymous_pages(
    browser, account, address
):
    """Stock CKAN switches the check off for a view after one anonymous GET of it."""
    account()
    for _ in range(8):
        browser().get(address)
    window = browser()
    window.sign_in("zhangsan")
    fields = {"save": "", "email": "a@example.invalid"}
    assert window.client.post(address, data=fields).status_code == 400


def test_an_api_call_by_cookie_needs_the_token_of_forms(browser, account):
    account()
    for _ in range(8):
        browser().get("/api/3/action/package_search")
    window = browser()
    window.sign_in("zhangsan")
    answer = window.client.post("/api/3/action/package_search", json={})
    assert answer.status_code == 400


@pytest.mark.parametrize("address", ["/", "/dataset/", "/organization/", "/about"])
def test_an_anonymous_page_may_be_cached_and_needs_no_nonce(browser, address):
    answer = browser().get(address)
    assert answer.status_code == 200
    assert "no-store" not in answer.headers["Cache-Control"]
    policy = answer.headers["Content-Security-Policy"]
    assert "nonce" not in policy
    assert "script-src 'self';" in policy
    assert "<script>" not in answer.get_data(as_text=True)


def test_what_a_signed_in_account_gets_is_kept_nowhere(browser, account):
    account()
    window = browser()
    window.sign_in("zhangsan")
    for address in ("/", "/dataset/", "/api/3/action/status_show"):
        assert window.get(address).headers["Cache-Control"] == "no-store, private"
