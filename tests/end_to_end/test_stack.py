"""What everyone relies on before anything else: both sites answer, and how."""

from __future__ import annotations

import http.client
import json
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

SITES = ("share", "open")


@pytest.mark.parametrize("site", SITES)
def test_both_sites_report_all_their_parts_well(stack, site):
    answer = requests.get(stack[site]["url"] + "/health", timeout=30)
    assert answer.status_code == 200
    assert set(answer.json()["parts"].values()) == {"ok"}


@pytest.mark.parametrize("site", SITES)
def test_answers_carry_the_security_headers_and_no_version(stack, site):
    headers = requests.get(stack[site]["url"] + "/user/login", timeout=30).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Server"] == "nginx"
    assert "X-Powered-By" not in headers


def test_the_two_sites_use_cookies_of_different_names(stack):
    names = [
        {
            cookie.split("=")[0]
            for cookie in requests.get(stack[site]["url"] + "/user/login", timeout=30)
            .headers.get("Set-Cookie", "")
            .split(", ")
            if cookie.startswith("jiangmen")
        }
        for site in SITES
    ]
    assert not names[0] & names[1]


def test_the_share_site_shows_nothing_to_anonymous_callers(stack):
    share = stack["share"]["url"]
    page = requests.get(share + "/", allow_redirects=False, timeout=30)
    assert page.status_code == 302
    assert "/user/login" in page.headers["Location"]
    call = requests.get(share + "/api/3/action/package_search", timeout=30)
    assert call.status_code == 401


def test_a_body_over_the_limit_is_refused_before_it_is_sent(stack):
    address = urlsplit(stack["open"]["url"])
    call = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    call.putrequest("POST", "/api/3/action/package_search")
    call.putheader("Content-Type", "application/json")
    call.putheader("Content-Length", str(600 * 1024 * 1024))
    call.endheaders()
    assert call.getresponse().status == 413
    call.close()


def test_run_json_is_closed_to_others_and_complete(stack):
    path = Path(os.environ["JIANGMEN_VAR"]) / "run.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    report = json.loads(path.read_text(encoding="utf-8"))
    assert set(report["postgres"]) == {
        "share",
        "share_datastore",
        "open",
        "open_datastore",
    }
    assert set(report["solr"]) == set(SITES)
    assert report["redis"].startswith("redis://")
