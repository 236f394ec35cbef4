"""Machine tokens and limits through nginx, as a department's system meets them."""

from __future__ import annotations

import pytest
import requests


class Account:
    """The share site's API as one account calls it."""

    def __init__(self, stack, role):
        self.url = stack["share"]["url"]
        self.account = stack["share"]["accounts"][role]

    def __call__(self, action, **data):
        answer = requests.post(
            f"{self.url}/api/3/action/{action}",
            json=data,
            headers={"Authorization": self.account["token"]},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]


@pytest.fixture(scope="module")
def granted(stack):
    """A grant of department b on a conditional entry of department a; its id."""
    owner, holder = Account(stack, "a_reviewer"), Account(stack, "b_cataloguer")
    found = owner("package_search", q="*:*", rows=500)["results"]
    own = [
        entry
        for entry in found
        if entry["organization"]["name"] == owner.account["organization"]
        and entry.get("sharing_category") == "有条件共享"
    ]
    entry = owner("package_show", id=own[0]["id"])
    grant = owner(
        "jiangmen_grant_create",
        id=entry["id"],
        organization=holder.account["organization"],
        items=[entry["information_items"][0]["name"]],
        channels=["系统对接"],
        purpose="端到端试验",
        valid_until="2030-12-31",
    )
    return entry["id"], grant["id"], holder


def _token(granted, ranges):
    _, grant_id, holder = granted
    made = holder(
        "jiangmen_token_create", grants=[grant_id], name="征管系统", ranges=ranges
    )
    return made["token"]


def _show(granted, token, **headers):
    entry_id, _, holder = granted
    return requests.get(
        f"{holder.url}/api/3/action/package_show?id={entry_id}",
        headers={"Authorization": token, **headers},
        allow_redirects=False,
        timeout=60,
    )


def test_a_machine_token_reads_from_its_address(granted):
    answer = _show(granted, _token(granted, ["127.0.0.0/8"]))
    assert answer.status_code == 200
    assert answer.headers["RateLimit-Policy"].startswith('"token";q=')
    assert answer.headers["RateLimit"].startswith('"token";r=')


def test_what_a_client_says_of_its_address_is_thrown_away(granted):
    token = _token(granted, ["10.2.0.0/16"])
    assert _show(granted, token).status_code == 403
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        said = "for=10.2.3.4" if name == "Forwarded" else "10.2.3.4"
        assert _show(granted, token, **{name: said}).status_code == 403


@pytest.mark.parametrize("length", [100, 7_000, 30_000])
def test_a_long_forgery_is_refused_and_no_error(stack, length):
    answer = requests.get(
        stack["share"]["url"] + "/api/3/action/package_search",
        headers={"Authorization": "a." * (length // 2)},
        timeout=60,
    )
    assert answer.status_code in {400, 401}
