"""What a password must be (GB/T 22239-2019 8.1.4.1 a); OWASP ASVS 5.0 6.2).

The figures are data: a named profile of `schemas/password_policy.yaml`.
"""

from __future__ import annotations

import enum
import functools
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

DEFAULT = "dengbao_level_3"

# Words of the house: no password is one of them with signs around it, or contains one.
HOUSE_WORDS = (
    "jiangmen",
    "jiangmenshi",
    "zhengwu",
    "江门",
    "政务",
    "共享平台",
    "开放门户",
)

# A shorter word inside a password is chance rather than choice.
SHORTEST_LATIN_WORD = 4
SHORTEST_HAN_WORD = 2

# What people write instead of letters.
DISGUISES = str.maketrans("@4310$5!7", "aaeiosslt")

# What people append when a form asks for digits.
ENDINGS = ("123456", "12345", "1234", "123", "12", "1", "99", "88", "66", "00", "01")
ENDINGS += tuple(str(year) for year in range(1960, 2041))

# Neighbours on the keyboard and in the alphabet, read in both directions.
ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    string.ascii_lowercase,
)
SMALLEST_VARIETY = 5
LONGEST_RUN_SHARE = 0.7
SHORTEST_RUN = 4


class Problem(enum.StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    CLASSES = "classes"
    COMMON = "common"
    NAME = "name"
    PATTERN = "pattern"


@dataclass(frozen=True)
class Lockout:
    """How many failures within how many minutes lock for how long."""

    window_minutes: int
    account_failures: int
    address_failures: int
    lock_minutes: int


@dataclass(frozen=True)
class Policy:
    """One profile; lengths in characters, `days` 0 where passwords do not age.

    `idle_days` without use stop an account, 0 where none is stopped.
    """

    shortest: int
    longest: int
    classes: int
    days: int
    idle_days: int
    remembered: int
    lockout: Lockout


@functools.cache
def policy(profile: str = DEFAULT) -> Policy:
    """Return the profile of that name. Raise KeyError if there is none."""
    text = resources.files("ckanext.jiangmen.schemas").joinpath("password_policy.yaml")
    figures: dict[str, Any] = dict(yaml.safe_load(text.read_text("utf-8"))[profile])
    figures.pop("source")
    lockout = Lockout(**figures.pop("lockout"))
    return Policy(**figures, lockout=lockout)


@functools.cache
def common_passwords() -> frozenset[str]:
    """Return the 3,000 most common passwords, in small letters."""
    source = resources.files("ckanext.jiangmen.schemas").joinpath(
        "common_passwords.txt"
    )
    lines = source.read_text("utf-8").splitlines()
    return frozenset(line.lower() for line in lines if line and line[:2] != "# ")


def problem(
    password: str, of: Policy, *, names: Iterable[str] = (), words: Iterable[str] = ()
) -> Problem | None:
    """Return why `of` refuses the password, None where it does not.

    `names` are the account's own, `words` those of its surroundings (departments).

    >>> problem("Jiangmen@2026", policy())
    <Problem.NAME: 'name'>
    """
    findings = {
        Problem.SHORT: len(password) < of.shortest,
        Problem.LONG: len(password) > of.longest,
        Problem.CLASSES: _classes(password) < of.classes,
    }
    for why, found in findings.items():
        if found:
            return why
    if _is_common(password):
        return Problem.COMMON
    if _contains(password, (*names, *words, *HOUSE_WORDS)):
        return Problem.NAME
    return Problem.PATTERN if _is_pattern(password) else None


def _classes(password: str) -> int:
    """Return of how many kinds the signs are; Han characters count as other signs."""
    kinds = {
        "small"
        if sign in string.ascii_lowercase
        else "capital"
        if sign in string.ascii_uppercase
        else "digit"
        if sign.isdigit()
        else "other"
        for sign in password
    }
    return len(kinds)


def _cores(password: str) -> set[str]:
    """Return the password, and what is left without signs around it and disguises.

    Digits at the end may belong to a common password or have been put there: both
    readings count.
    """
    low = password.lower()
    signs = string.punctuation + " "
    bare = low.strip(signs)
    readings = {low, bare, bare.strip(string.digits + signs)}
    readings |= {bare.rstrip(string.digits + signs), bare.lstrip(string.digits + signs)}
    for ending in ENDINGS:
        if bare.endswith(ending):
            readings.add(bare.removesuffix(ending).rstrip(signs))
    return readings | {reading.translate(DISGUISES) for reading in readings}


def _is_common(password: str) -> bool:
    common = common_passwords()
    return any(
        core in common
        for core in _cores(password)
        if len(core) >= SHORTEST_LATIN_WORD or core == password.lower()
    )


def _contains(password: str, words: Iterable[str]) -> bool:
    forms = _cores(password)
    for word in words:
        low = word.lower().strip()
        shortest = SHORTEST_LATIN_WORD if low.isascii() else SHORTEST_HAN_WORD
        if len(low) >= shortest and any(low in form for form in forms):
            return True
    return False


def _is_pattern(password: str) -> bool:
    """Return whether most of the password is neighbouring keys, or few signs."""
    low = password.lower()
    if len(set(low)) < SMALLEST_VARIETY:
        return True
    return _longest_runs(low) > LONGEST_RUN_SHARE * len(low)


def _longest_runs(low: str) -> int:
    """Return how many signs belong to runs of neighbours of four and more."""
    rows = [*ROWS, *(row[::-1] for row in ROWS)]
    covered, start = 0, 0
    while start < len(low):
        end = start + 1
        while end < len(low) and any(low[start : end + 1] in row for row in rows):
            end += 1
        if end - start >= SHORTEST_RUN:
            covered += end - start
        start = end
    return covered


def generate(of: Policy) -> str:
    """Return a random password that the policy takes, about 100 bits and readable."""
    signs = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    while True:
        groups = ["".join(secrets.choice(signs) for _ in range(5)) for _ in range(4)]
        password = "-".join(groups)
        if problem(password, of) is None:
            return password
