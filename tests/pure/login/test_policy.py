"""What the password policy takes and refuses."""

from __future__ import annotations

import pytest

from ckanext.jiangmen.login.policy import (
    Problem,
    common_passwords,
    generate,
    policy,
    problem,
)

LEVEL_3 = policy()
DEPARTMENTS = ["minzhengju", "江门市民政局", "民政局"]


def refuses(password):
    return problem(password, LEVEL_3, names=["zhangsan"], words=DEPARTMENTS)


def test_the_default_profile_is_that_of_level_3():
    assert (LEVEL_3.shortest, LEVEL_3.classes) == (10, 3)
    assert (LEVEL_3.days, LEVEL_3.remembered) == (90, 5)
    assert (LEVEL_3.lockout.account_failures, LEVEL_3.lockout.window_minutes) == (5, 15)


def test_none_of_the_3000_most_common_passwords_is_taken():
    assert len(common_passwords()) >= 2990
    assert [word for word in common_passwords() if refuses(word) is None] == []


@pytest.mark.parametrize("form", ["{}2026!", "{}@123456", "#{}", "{}#", "*{}*99"])
def test_common_passwords_with_signs_around_them_are_refused(form):
    taken = [
        word
        for word in common_passwords()
        if len(word) >= 4 and refuses(form.format(word.capitalize())) is None
    ]
    assert taken == []


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", Problem.SHORT),
        ("Ab3-efghi", Problem.SHORT),
        ("Ab3-" * 40, Problem.LONG),
        ("abcdefghij", Problem.CLASSES),
        ("wangbujianle2026", Problem.CLASSES),
        ("Jiangmen@2026", Problem.NAME),
        ("J1angm3n-2026", Problem.NAME),
        ("Minzhengju-88", Problem.NAME),
        ("Zhangsan-2026", Problem.NAME),
        ("民政局-Abc-2026", Problem.NAME),
        ("江门Abc-202688", Problem.NAME),
        ("P@ssw0rd2026", Problem.COMMON),
        ("1qaz@WSX3edc", Problem.PATTERN),
        ("Qwertyuiop1!", Problem.PATTERN),
        ("Aa1!Aa1!Aa1!", Problem.PATTERN),
        ("Abcdefghijk1", Problem.PATTERN),
    ],
)
def test_weak_passwords_are_refused(password, why):
    assert (
        refuses(password) is why
        or refuses(password) is not None
        and why
        in {
            Problem.PATTERN,
            Problem.COMMON,
        }
    )


@pytest.mark.parametrize(
    "password",
    ["Shuju-7314-Qiao", "碧水东流-Ab-39", "kX9#tumble-vine", "西江Ab3-渔火点点"],
)
def test_good_passwords_are_taken(password):
    assert refuses(password) is None


def test_the_profile_of_asvs_asks_for_length_only():
    of = policy("asvs_5")
    assert problem("correct horse battery staple", of) is None
    assert problem("short horse", of) is Problem.SHORT
    assert problem("password1234", of) is Problem.COMMON


def test_generated_passwords_differ_and_are_taken():
    made = {generate(LEVEL_3) for _ in range(200)}
    assert len(made) == 200
    assert all(problem(each, LEVEL_3) is None for each in made)
