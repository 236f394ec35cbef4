"""Requests are counted in Redis, and callers are told what is left to them."""

import concurrent.futures
import re

import pytest
import redis

import ckan.plugins.toolkit as tk
from ckan.tests import factories

from ckanext.jiangmen import rate_limit

pytestmark = pytest.mark.usefixtures("platform")

PREFIX = "ckanext.jiangmen.rate_limit."
SEARCH = "/api/3/action/package_search"


@pytest.fixture
def limits(monkeypatch):
    """Switch the limits on, with the numbers given; the window is an hour long."""

    def switch(window_s=3600, **requests):
        monkeypatch.setitem(tk.config, PREFIX + "enabled", True)
        monkeypatch.setitem(tk.config, PREFIX + "window_s", window_s)
        for kind in ("token", "account", "address", "login"):
            value = requests.get(kind, 0)
            monkeypatch.setitem(tk.config, f"{PREFIX}{kind}_requests", value)

    return switch


@pytest.fixture
def without_redis(monkeypatch):
    """Point the site at a port where no Redis listens."""
    monkeypatch.setitem(tk.config, "ckan.redis.url", "redis://127.0.0.1:1/0")


def call(app, address=SEARCH, *, token="", source="10.1.1.1", method="GET", **more):
    headers = {"Authorization": token} if token else {}
    client = app.test_client()
    return client.open(
        address,
        method=method,
        headers=headers | more.pop("headers", {}),
        environ_overrides={"REMOTE_ADDR": source},
        follow_redirects=False,
        **more,
    )


def test_a_token_is_told_its_limit_and_what_is_left(app, limits):
    limits(token=5)
    token = factories.UserWithToken()["token"]
    call(app, token=token)
    answer = call(app, token=token)
    assert answer.status_code == 200
    assert answer.headers["RateLimit-Policy"] == '"token";q=5;w=3600'
    assert re.fullmatch(r'"token";r=3;t=\d+', answer.headers["RateLimit"])
    assert "Retry-After" not in answer.headers


def test_beyond_its_limit_a_token_gets_429_in_one_chinese_sentence(app, limits):
    limits(token=2)
    token = factories.UserWithToken()["token"]
    for _ in range(2):
        assert call(app, token=token).status_code == 200
    answer = call(app, token=token)
    assert answer.status_code == 429
    assert answer.json["success"] is False
    assert re.fullmatch(
        r"请求过于频繁：3600秒内最多2次，请在\d+秒后重试。",
        answer.json["error"]["message"],
    )
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["RateLimit"].startswith('"token";r=0;t=')


def test_tokens_do_not_use_up_each_others_limits(app, limits):
    limits(token=1, address=1)
    one, other = (factories.UserWithToken()["token"] for _ in range(2))
    assert call(app, token=one).status_code == 200
    assert call(app, token=one).status_code == 429
    assert call(app, token=other).status_code == 200


def test_a_token_is_counted_from_all_addresses_together(app, limits):
    limits(token=1)
    token = factories.UserWithToken()["token"]
    assert call(app, token=token, source="10.1.1.1").status_code == 200
    assert call(app, token=token, source="10.1.1.2").status_code == 429


def test_wrong_tokens_use_up_the_limit_of_their_address(app, limits):
    limits(address=2)
    statuses = [call(app, token=f"wrong{n}").status_code for n in range(3)]
    assert statuses == [401, 401, 429]


def test_a_forged_forwarded_address_is_not_counted_as_another(app, limits):
    limits(address=1)
    for n, status in ((1, 401), (2, 429)):
        headers = {"X-Forwarded-For": f"192.0.2.{n}", "X-Real-IP": f"192.0.2.{n}"}
        assert call(app, headers=headers).status_code == status


def test_addresses_of_one_ipv6_network_are_counted_together(app, limits):
    limits(address=1)
    assert call(app, source="2001:db8:1:2::1").status_code == 401
    assert call(app, source="2001:db8:1:2::2").status_code == 429
    assert call(app, source="2001:db8:1:3::1").status_code == 401


def test_signing_in_has_a_limit_of_its_own(app, limits):
    limits(login=2, address=100)
    form = {"login": "nobody", "password": "wrong-Password1"}
    tries = [
        call(app, "/user/login", method="POST", data=form).status_code for _ in range(3)
    ]
    assert tries[2] == 429
    assert call(app, "/user/login").status_code == 200


def test_people_get_a_page_in_chinese(app, limits):
    limits(address=1)
    call(app, "/user/login")
    page = call(app, "/user/login")
    assert page.status_code == 429
    assert page.mimetype == "text/html"
    assert "请求过于频繁" in page.text
    assert "<title>请稍候</title>" in page.text
    assert not re.search(r"[A-Za-z]{4,} [A-Za-z]{3,}", re.sub("<[^>]*>", "", page.text))


@pytest.mark.parametrize("address", ["/health", "/robots.txt", "/jiangmen/mark.svg"])
def test_health_and_static_files_are_not_counted(app, limits, address):
    limits(address=1)
    answers = [call(app, address) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "RateLimit" not in answers[2].headers


def test_parallel_requests_cannot_slip_past_each_other(app, limits):
    limits(address=1)
    url = tk.config["ckan.redis.url"]
    client = redis.Redis.from_url(url)
    script = client.register_script(rate_limit.SCRIPT)

    def take(_):
        return script(keys=["test:limit:parallel"], args=[50, 3_600_000])[0]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(take, range(200))) == 50


def test_the_window_slides_and_gives_back_what_it_says(app, limits):
    client = redis.Redis.from_url(tk.config["ckan.redis.url"])
    script = client.register_script(rate_limit.SCRIPT)
    import time

    window_ms, name = 1000, "test:limit:window"
    taken = [script(keys=[name], args=[4, window_ms]) for _ in range(6)]
    assert [t[0] for t in taken].count(1) == 4
    refused = taken[-1]
    assert 0 < refused[2] <= 2 * window_ms
    time.sleep(refused[2] / 1000 + 0.01)
    assert script(keys=[name], args=[4, window_ms])[0] == 1


def test_without_redis_readers_pass_uncounted(app, limits, without_redis):
    limits(token=1)
    token = factories.UserWithToken()["token"]
    for _ in range(2):
        answer = call(app, token=token)
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers


def test_without_redis_nobody_tries_passwords(app, limits, without_redis):
    limits(login=10)
    form = {"login": "nobody", "password": "wrong-Password1"}
    answer = call(app, "/user/login", method="POST", data=form)
    assert answer.status_code == 503
    assert "暂时无法登录" in answer.text


def test_health_says_that_limits_are_not_counted(app, limits, without_redis):
    limits(address=1)
    answer = call(app, "/health")
    assert answer.status_code == 503
    assert answer.json["parts"]["limits"].startswith("failed")


def test_zero_is_no_limit(app, limits):
    limits()
    for _ in range(3):
        answer = call(app, "/user/login")
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers
