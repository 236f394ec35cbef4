"""Signing in: one answer to failures, locks that hold, sessions that end."""

from __future__ import annotations

import re
import threading

import pytest
import sqlalchemy as sa

PASSWORD = "Shuju-7314-Qiao"
NEW = "Liutong-8425-Hai"


def failures_of(user):
    from ckan import model

    statement = "SELECT failures FROM jiangmen_attempt WHERE key = :key"
    return model.Session.scalar(sa.text(statement), {"key": f"account:{user.id}"})


def test_the_right_password_opens_the_desk(browser, account):
    account()
    window = browser()
    answer = window.sign_in("zhangsan")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/desk")
    assert window.signed_in()


def test_every_failure_gets_the_same_answer(browser, account):
    from ckan import model

    account()
    account("lisi").delete()
    model.Session.commit()
    tries = [("zhangsan", "Wrong-1234-Wrong"), ("nobody", PASSWORD), ("lisi", PASSWORD)]
    tries += [("zhangsan", "\x00"), ("a\x00b", "x"), ("zhangsan", "长" * 1000)]
    bodies = set()
    for name, password in tries:
        window = browser()
        answer = window.post("/user/login", {"login": name, "password": password})
        assert answer.status_code == 200
        body = answer.get_data(as_text=True)
        assert "账号或密码不正确" in body
        bodies.add(re.sub(r'(content|value)="[\w.-]{80,}"', "", body))
    assert len(bodies) == 1


def test_five_failures_lock_even_the_right_password(browser, account):
    account()
    window = browser()
    for _ in range(5):
        window.sign_in("zhangsan", "Wrong-1234-Wrong")
    answer = window.sign_in("zhangsan")
    assert answer.status_code == 200
    assert "账号或密码不正确" in answer.get_data(as_text=True)
    assert not window.signed_in()
    # From elsewhere, and by the e-mail address, it is the same account.
    elsewhere = browser("192.0.2.7")
    assert elsewhere.sign_in("zhangsan@example.invalid").status_code == 200
    assert not elsewhere.signed_in()


def test_fifty_parallel_tries_are_all_counted_and_five_looked_at(account, monkeypatch):
    from ckanext.jiangmen.login import lockout, passwords

    user = account()
    looked = []
    monkeypatch.setattr(passwords, "matches", lambda *_: looked.append(1))

    def one():
        if lockout.reserve(lockout.keys(user.id, "127.0.0.1")):
            passwords.matches(user, "x")

    threads = [threading.Thread(target=one) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(looked) == 5
    assert failures_of(user) == 50


def test_a_lock_ends_after_its_minutes_and_not_before(account):
    from ckan import model

    from ckanext.jiangmen.login import config, lockout

    user = account()
    of = lockout.keys(user.id, "127.0.0.1")
    minutes = config.policy().lockout.lock_minutes
    assert 15 <= minutes <= 30
    for _ in range(5):
        assert lockout.reserve(of)
    assert not lockout.reserve(of)

    def back(minutes):
        model.Session.execute(
            sa.text(
                "UPDATE jiangmen_attempt SET since = since - :m * interval '1 minute',"
                " locked_until = locked_until - :m * interval '1 minute'"
            ),
            {"m": minutes},
        )
        model.Session.commit()

    back(minutes - 1)
    assert not lockout.reserve(of)
    back(1)
    assert lockout.reserve(of)


def test_failures_of_long_ago_do_not_add_up(account):
    from ckan import model

    from ckanext.jiangmen.login import lockout

    user = account()
    of = lockout.keys(user.id, "127.0.0.1")
    for _ in range(4):
        lockout.reserve(of)
    model.Session.execute(
        sa.text("UPDATE jiangmen_attempt SET since = since - interval '16 minutes'")
    )
    model.Session.commit()
    assert [lockout.reserve(of) for _ in range(6)] == [True] * 5 + [False]


def test_an_address_that_tries_many_accounts_is_locked_and_no_other(browser, account):
    account()
    window = browser("192.0.2.1")
    for number in range(20):
        window.sign_in(f"nobody{number}", "Wrong-1234-Wrong")
    assert window.sign_in("zhangsan").status_code == 200
    assert not window.signed_in()
    elsewhere = browser("192.0.2.2")
    elsewhere.sign_in("zhangsan")
    assert elsewhere.signed_in()


def test_a_forged_address_header_does_not_help(browser, account):
    account()
    window = browser("192.0.2.1")
    for number in range(20):
        forged = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": "1.2.3.4"}
        fields = {"login": f"nobody{number}", "password": "Wrong-1234-Wrong"}
        window.post("/user/login", fields, headers=forged)
    window.sign_in("zhangsan")
    assert not window.signed_in()


def test_a_success_forgets_the_failures_of_the_account(browser, account):
    user = account()
    window = browser()
    for _ in range(4):
        window.sign_in("zhangsan", "Wrong-1234-Wrong")
    assert failures_of(user) == 4
    window.sign_in("zhangsan")
    assert window.signed_in()
    assert failures_of(user) is None


def test_the_security_officer_unlocks(browser, account, act):
    user = account()
    account("officer", "security_officer")
    window = browser()
    for _ in range(6):
        window.sign_in("zhangsan", "Wrong-1234-Wrong")
    assert act("jiangmen_account_unlock", user="officer", id="zhangsan")["unlocked"]
    assert failures_of(user) is None
    window.sign_in("zhangsan")
    assert window.signed_in()


def test_the_session_has_a_new_id_after_signing_in(browser, account):
    account()
    window = browser()
    window.get("/user/login")
    before = window.cookie()
    assert before
    window.sign_in("zhangsan")
    after = window.cookie()
    assert after != before
    window.take_cookie(before)
    assert not window.signed_in()


def test_a_session_id_brought_along_is_not_taken_over(browser, account):
    account()
    window, other = browser(), browser()
    other.get("/user/login")
    planted = other.cookie()
    window.take_cookie(planted)
    window.sign_in("zhangsan")
    assert window.cookie() != planted
    assert not other.signed_in()


def test_signing_out_ends_the_session_on_the_server(browser, account):
    account()
    window = browser()
    window.sign_in("zhangsan")
    kept = window.cookie()
    window.post("/user/_logout", {}, page="/user/password")
    window.take_cookie(kept)
    assert not window.signed_in()


def test_a_changed_password_ends_the_other_sessions(browser, account):
    account()
    window, other = browser(), browser()
    window.sign_in("zhangsan")
    other.sign_in("zhangsan")
    before = window.cookie()
    answer = window.post(
        "/user/password", {"present": PASSWORD, "new": NEW, "again": NEW}
    )
    assert answer.status_code == 302
    assert window.signed_in()
    assert window.cookie() != before
    assert not other.signed_in()


@pytest.mark.parametrize("state", ["deleted", "pending"])
def test_a_deactivated_account_loses_its_session_and_its_token(
    app, browser, account, state
):
    from ckan import model
    from ckan.tests import factories

    user = account()
    token = factories.APIToken(user="zhangsan")["token"]
    window = browser()
    window.sign_in("zhangsan")
    user = model.User.get("zhangsan")
    user.state = state
    model.Session.commit()
    assert not window.signed_in()
    answer = app.get(
        "/api/3/action/status_show",
        headers={"Authorization": token},
        follow_redirects=False,
    )
    assert answer.status_code in {401, 403}


def test_a_session_ends_after_its_hours_however_busy(browser, account, monkeypatch):
    from ckanext.jiangmen.login import config, sessions

    account()
    window = browser()
    window.sign_in("zhangsan")
    began = sessions._timestamp()
    later = began + config.session_seconds() - 60
    monkeypatch.setattr(sessions, "_timestamp", lambda: later)
    assert window.signed_in()
    monkeypatch.setattr(sessions, "_timestamp", lambda: later + 120)
    assert not window.signed_in()


def test_an_idle_session_is_deleted_after_thirty_minutes(browser, account):
    from ckan.lib.redis import connect_to_redis

    account()
    window = browser()
    window.sign_in("zhangsan")
    redis = connect_to_redis()
    keys = redis.keys("*:session:*")
    assert keys
    assert all(0 < redis.ttl(key) <= 1800 for key in keys)


def test_remember_me_is_not_offered_and_not_taken(browser, account):
    account()
    window = browser()
    assert "remember" not in window.get("/user/login").get_data(as_text=True)
    answer = window.post(
        "/user/login",
        {"login": "zhangsan", "password": PASSWORD, "remember": "63072000"},
    )
    assert "remember" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:x"],
)
def test_signing_in_never_leads_to_another_site(browser, account, target):
    account()
    answer = browser().sign_in("zhangsan", came_from=target)
    assert answer.headers["Location"].endswith("/desk")


def test_signing_in_leads_back_to_the_page_asked_for(browser, account):
    account()
    answer = browser().sign_in("zhangsan", came_from="/desk/revisions?state=open")
    assert answer.headers["Location"].endswith("/desk/revisions?state=open")


@pytest.mark.parametrize("path", ["register", "reset", "reset/zhangsan"])
def test_side_doors_are_closed(app, path):
    from ckan.tests import factories

    token = factories.UserWithToken()["token"]
    answer = app.get(f"/user/{path}", headers={"Authorization": token})
    assert answer.status_code == 404


def test_a_login_without_csrf_token_is_refused_after_anonymous_pages(browser, account):
    account()
    window = browser()
    for _ in range(8):
        window.get("/user/login")
    answer = window.client.post(
        "/user/login", data={"login": "zhangsan", "password": PASSWORD}
    )
    assert answer.status_code == 400


WRITING = ["/user/edit", "/user/password", "/organization/new", "/dataset/new"]


@pytest.mark.parametrize("address", WRITING)
def test_a_form_without_csrf_token_is_refused_after_anonymous_pages(
    browser, account, address
):
    account()
    for _ in range(8):
        browser().get(address)
    window = browser()
    window.sign_in("zhangsan")
    answer = window.client.post(
        address, data={"save": "", "email": "a@example.invalid"}
    )
    assert answer.status_code == 400


def test_an_api_call_by_cookie_needs_the_token_of_forms(browser, account):
    account()
    for _ in range(8):
        browser().get("/api/3/action/status_show")
    window = browser()
    window.sign_in("zhangsan")
    answer = window.client.post(
        "/api/3/action/jiangmen_password_change", json={"present": "x", "new": "y"}
    )
    assert answer.status_code == 400
