"""The public is limited by address; tokens of elsewhere are refused, not ignored."""

import re

import jwt
import pytest

import ckan.plugins.toolkit as tk
from ckan.tests import factories

pytestmark = pytest.mark.usefixtures("platform")

PREFIX = "ckanext.jiangmen.rate_limit."
SEARCH = "/api/3/action/package_search"


@pytest.fixture
def limit(monkeypatch):
    """Let two anonymous requests of one address through per hour."""
    monkeypatch.setitem(tk.config, PREFIX + "enabled", True)
    monkeypatch.setitem(tk.config, PREFIX + "window_s", 3600)
    monkeypatch.setitem(tk.config, PREFIX + "address_requests", 2)


def call(app, address=SEARCH, source="203.0.113.7", **headers):
    return app.test_client().get(
        address, headers=headers, environ_overrides={"REMOTE_ADDR": source}
    )


def test_the_public_is_told_its_limit_and_refused_beyond_it(app, limit):
    first, _, third = (call(app) for _ in range(3))
    assert first.status_code == 200
    assert first.headers["RateLimit-Policy"] == '"address";q=2;w=3600'
    assert re.fullmatch(r'"address";r=1;t=\d+', first.headers["RateLimit"])
    assert third.status_code == 429
    assert int(third.headers["Retry-After"]) > 0
    assert call(app, source="203.0.113.8").status_code == 200


def test_pages_and_calls_of_one_address_are_counted_together(app, limit):
    call(app, "/dataset/")
    call(app)
    page = call(app, "/dataset/")
    assert page.status_code == 429
    assert "请求过于频繁" in page.text


def test_without_redis_the_public_goes_on_reading(app, limit, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.redis.url", "redis://127.0.0.1:1/0")
    assert [call(app).status_code for _ in range(3)] == [200, 200, 200]


def test_a_token_of_another_site_is_refused_and_not_taken_for_nobody(app):
    foreign = jwt.encode({"jti": "x", "exp": 4102444800}, "y" * 32, algorithm="HS256")
    answer = call(app, Authorization=foreign)
    assert answer.status_code == 401
    assert answer.json["error"]["message"] == "该令牌在本平台无效。"


def test_an_account_of_this_site_has_a_personal_token(app):
    user = factories.UserWithToken()
    answer = call(app, Authorization=user["token"])
    assert answer.status_code == 200


def test_the_page_of_tokens_offers_personal_ones_only(app):
    user = factories.UserWithToken()
    page = call(app, "/tokens/", Authorization=user["token"])
    assert page.status_code == 200
    assert "新建个人令牌" in page.text
    assert "新建机器令牌" not in page.text


def test_anonymous_callers_are_sent_to_sign_in(app):
    answer = app.test_client().get("/tokens/", follow_redirects=False)
    assert answer.status_code == 302
    assert "/user/login" in answer.headers["Location"]
