"""Signing in through nginx and in a browser: addresses, sessions, content policy."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
import requests

SITES = ("share", "open")
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
STARTED = "() => Object.keys(window.ckan.module.instances).length > 0"
PAGES_AT_MOST = 12

# Everything that a page was kept from loading or running is told in its console.
COLLECT = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => window.refused.push(
  event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile));
"""


def sign_in(url, name, password, headers=None):
    session = requests.Session()
    page = session.get(url + "/user/login", timeout=30)
    token = TOKEN.search(page.text).group(1)
    fields = {"_csrf_token": token, "login": name, "password": password}
    answer = session.post(
        url + "/user/login",
        data=fields,
        headers=headers or {},
        allow_redirects=False,
        timeout=30,
    )
    return session, answer


@pytest.mark.parametrize("site", SITES)
def test_answers_to_a_signed_in_account_are_kept_nowhere(stack, site):
    account = next(iter(stack[site]["accounts"].values()))
    session, answer = sign_in(stack[site]["url"], account["name"], account["password"])
    assert answer.status_code == 302
    for address in ("/", "/dataset/", "/user/password", "/api/3/action/status_show"):
        got = session.get(stack[site]["url"] + address, timeout=30)
        assert got.headers["Cache-Control"] == "no-store, private", address


@pytest.mark.parametrize("site", SITES)
def test_every_answer_has_one_policy_and_the_other_headers(stack, site):
    for address in ("/user/login", "/nothing/here", "/api/3/action/x", "/robots.txt"):
        got = requests.get(stack[site]["url"] + address, timeout=30)
        policy = got.headers["Content-Security-Policy"]
        assert policy.count("default-src") == 1
        script = policy.split("script-src ")[1].split(";")[0]
        assert script == "'self'"
        assert "frame-ancestors 'self'" in policy
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Referrer-Policy"] == "same-origin"
        assert "camera=()" in got.headers["Permissions-Policy"]


@pytest.mark.parametrize("site", SITES)
def test_trace_is_not_answered(stack, site):
    answer = requests.request("TRACE", stack[site]["url"] + "/", timeout=30)
    assert answer.status_code in {401, 405}


def test_a_forged_address_opens_no_second_round_of_guesses(stack):
    """The lock of an account holds whatever addresses the headers claim."""
    url, name = stack["open"]["url"], "nobody-of-this-name"
    answers = [
        sign_in(url, name, "Wrong-1234-Wrong", {"X-Forwarded-For": f"198.51.100.{n}"})
        for n in range(6)
    ]
    assert {answer.status_code for _, answer in answers} == {200}
    psycopg2 = pytest.importorskip("psycopg2")
    with psycopg2.connect(stack["postgres"]["open"]) as known, known.cursor() as rows:
        rows.execute("SELECT key FROM jiangmen_attempt WHERE key LIKE 'address:%'")
        addresses = {row[0] for row in rows.fetchall()}
    assert not [each for each in addresses if "198.51.100" in each]


def walk(window, start):
    """Visit pages of the site, `start` first; return what was refused, by page."""
    host, waiting, seen, refused = urlsplit(start).netloc, [start], set(), {}
    while waiting and len(seen) < PAGES_AT_MOST:
        address = waiting.pop(0)
        shape = re.sub(r"\d+|[0-9a-f-]{36}", "#", address.split("?")[0])
        if shape in seen or "logout" in address or "/download" in address:
            continue
        seen.add(shape)
        try:
            window.goto(address, wait_until="load")
        except Exception as error:
            if "Download is starting" in str(error) or "net::ERR_ABORTED" in str(error):
                continue
            raise
        found = window.evaluate("window.refused || []")
        if found:
            refused[address] = found
        for link in window.eval_on_selector_all(
            "a[href]", "all => all.map((each) => each.getAttribute('href'))"
        ):
            whole = urljoin(address, link).split("#")[0]
            inside = urlsplit(whole).netloc == host
            if inside and "/api/" not in whole and "/export" not in whole:
                waiting.append(whole)
    assert len(seen) > 5
    return refused


def test_pages_of_the_open_site_break_no_policy(page, stack):
    page.add_init_script(COLLECT)
    assert walk(page, stack["open"]["url"] + "/") == {}
    # Its pages have no module of CKAN's; its scripts are there all the same.
    assert page.evaluate("typeof window.ckan.module.initialize") == "function"


@pytest.mark.parametrize(
    "role", ["c_cataloguer", "c_reviewer", "coordinator", "system_operator", "auditor"]
)
def test_pages_of_the_share_site_break_no_policy(page, stack, role):
    account = stack["share"]["accounts"][role]
    url = stack["share"]["url"]
    page.add_init_script(COLLECT)
    page.goto(url + "/user/login")
    assert page.evaluate("window.refused") == []
    page.fill("#field-login", account["name"])
    page.fill("#field-password", account["password"])
    page.click(".jm-login-card button[type=submit]")
    page.wait_for_url(re.compile("/(desk|accounts)"))
    assert walk(page, page.url) == {}
    assert walk(page, f"{url}/user/{account['name']}") == {}


def test_the_form_of_an_entry_starts_its_modules_under_the_policy(page, stack):
    account = stack["share"]["accounts"]["c_cataloguer"]
    url = stack["share"]["url"]
    page.add_init_script(COLLECT)
    page.goto(url + "/user/login")
    page.fill("#field-login", account["name"])
    page.fill("#field-password", account["password"])
    page.click(".jm-login-card button[type=submit]")
    page.wait_for_url("**/desk")
    page.goto(url + "/desk/entry/new")
    page.wait_for_function(STARTED, timeout=15_000)
    page.click("text=添加一行")
    assert page.evaluate("window.refused") == []


def test_an_inline_script_would_be_refused(page, stack):
    """The control: the policy is in force, so the tests above can find something."""
    page.add_init_script(COLLECT)
    page.goto(stack["open"]["url"] + "/")
    page.evaluate(
        "() => { const s = document.createElement('script');"
        " s.textContent = 'window.ran = 1'; document.body.append(s);"
        " const d = document.createElement('p'); d.innerHTML ="
        " '<i onclick=\"window.ran = 1\"></i><style>p {color: red}</style>';"
        " document.body.append(d); d.firstChild.click(); }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    assert len(page.evaluate("window.refused")) >= 3
