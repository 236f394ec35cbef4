"""Properties of labels, standings and tokens, over thousands of drawn cases."""

import datetime as dt
import ipaddress
import itertools
import random
from types import SimpleNamespace

import pytest

from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.sharing import callers, labels
from ckanext.jiangmen.sharing import tokens as machine
from ckanext.jiangmen.sharing.decision import Standing

OPEN, WITHHELD = "可社会公开", "不予共享"
CATEGORIES = (OPEN, "无条件共享", "有条件共享", WITHHELD)
CASES = 3000
UNTIL = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


def an_entry(dice):
    drawn = dice.choices((*CATEGORIES, "", ""), k=dice.randint(1, 4))
    return {
        "id": "e",
        "owner_org": "市民政局",
        "secrecy": "非涉密",
        "sharing_category": dice.choice(CATEGORIES),
        "information_items": [
            {"name": str(place), "sharing_category": category}
            for place, category in enumerate(drawn)
        ],
    }


# Labels


def a_caller(dice):
    roles = {
        None: {
            role
            for role in (
                Role.COORDINATOR,
                Role.SECRECY_REVIEWER,
                Role.CITY_APPROVER,
                Role.AUDITOR,
                Role.SYSTEM_OPERATOR,
                Role.SECURITY_OFFICER,
            )
            if dice.random() < 0.15
        }
    }
    bodies = [b for b in ("市民政局", "市地税局") if dice.random() < 0.3]
    return roles[None], bodies


@pytest.fixture
def callers_of_all_kinds(monkeypatch):
    """Return a function that draws callers, and what a token of theirs names."""
    named = []
    monkeypatch.setattr(labels.granting, "entries_granted", lambda caller: list(named))

    def draw(dice):
        city, bodies = a_caller(dice)
        token = frozenset({"g"}) if dice.random() < 0.2 else None
        named[:] = ["e"] if token and dice.random() < 0.5 else []
        caller = Caller(
            "u",
            "名",
            frozenset(
                [(role, None) for role in city]
                + [(Role.CATALOGUER, body) for body in bodies]
            ),
            token,
        )
        return caller, city, bodies, list(named)

    return draw


def test_a_search_finds_what_the_caller_may_know_of(callers_of_all_kinds):
    dice = random.Random(11)
    found = 0
    for _ in range(CASES):
        entry = an_entry(dice)
        caller, city, bodies, named = callers_of_all_kinds(dice)
        declared = [
            i["sharing_category"] or entry["sharing_category"]
            for i in entry["information_items"]
        ]
        withheld = set(declared) == {WITHHELD}
        business = {Role.COORDINATOR, Role.SECRECY_REVIEWER, Role.CITY_APPROVER}
        if caller.grants is not None:
            wanted = "e" in named and not withheld
        elif withheld:
            wanted = "市民政局" in bodies or Role.COORDINATOR in city
        else:
            wanted = bool(bodies) or bool(city & business)
        got = set(labels.of_entry(entry)) & set(labels.of_caller(caller))
        assert bool(got) is wanted, (entry, caller)
        assert labels.of_caller(caller)
        found += wanted
    assert CASES // 10 < found < CASES * 9 // 10


def test_a_caller_stands_to_an_entry_as_its_department_and_roles_say(
    callers_of_all_kinds,
):
    dice = random.Random(12)
    for _ in range(CASES):
        caller, city, bodies, _ = callers_of_all_kinds(dice)
        if caller.grants is not None:
            wanted = Standing.DEPARTMENT
        elif "市民政局" in bodies:
            wanted = Standing.OWNER
        elif Role.COORDINATOR in city:
            wanted = Standing.COORDINATOR
        elif bodies or city & {Role.SECRECY_REVIEWER, Role.CITY_APPROVER}:
            wanted = Standing.DEPARTMENT
        else:
            wanted = Standing.NOBODY
        assert callers.standing(caller, "市民政局") is wanted
        if "市民政局" not in bodies and caller.grants is None:
            assert callers.standing(caller, None) is not Standing.OWNER


@pytest.mark.parametrize("is_open", [True, False])
def test_a_package_that_is_not_in_force_is_found_by_nobody_else(monkeypatch, is_open):
    monkeypatch.setattr(labels.config, "is_open_site", lambda: is_open)
    for state, private in itertools.product(
        ("active", "draft", "deleted"), (True, False)
    ):
        package = SimpleNamespace(
            id="e",
            owner_org="市民政局",
            state=state,
            private=private,
            extras={"sharing_category": OPEN, "information_items": "[]"},
        )
        carried = set(labels.of_package(package))
        if is_open:
            public = state == "active" and not private
            assert carried == ({"public"} if public else {"owner-市民政局"})
        else:
            assert {"owner-市民政局", "coordinator"} <= carried
            assert ("departments" in carried) is (state == "active")
            assert "public" not in carried


# Tokens


def test_an_address_is_inside_when_its_first_bits_are_those_of_a_range():
    dice = random.Random(13)
    inside = 0
    for _ in range(CASES):
        bits = dice.randint(8, 32)
        number = dice.getrandbits(32)
        network = number >> (32 - bits) << (32 - bits)
        written = f"{ipaddress.IPv4Address(network)}/{bits}"
        probe = dice.choice(
            [network | dice.getrandbits(32 - bits), dice.getrandbits(32)]
        )
        wanted = probe >> (32 - bits) == network >> (32 - bits)
        address = str(ipaddress.IPv4Address(probe))
        ranges = machine.parse_ranges(["198.51.100.0/24", written])
        wanted = wanted or address.startswith("198.51.100.")
        assert machine.is_inside(address, ranges) is wanted
        assert machine.is_inside(f"::ffff:{address}", ranges) is wanted
        inside += wanted
    assert CASES // 4 < inside < CASES


def test_claims_agree_with_their_row_and_with_no_other():
    dice = random.Random(14)
    for _ in range(CASES):
        one, two = (
            machine.Claims(
                tuple(dice.sample("abc", dice.randint(1, 2))),
                tuple(dice.sample(["10.0.0.0/8", "192.0.2.1/32"], dice.randint(1, 2))),
                UNTIL,
            )
            for _ in range(2)
        )
        same = (one.grants, one.ranges) == (two.grants, two.ranges)
        claim = one.as_json()
        assert machine.claims_agree(claim, list(two.grants), list(two.ranges)) is same
        assert not machine.claims_agree(claim, None, None)
        assert not machine.claims_agree(None, list(two.grants), list(two.ranges))
