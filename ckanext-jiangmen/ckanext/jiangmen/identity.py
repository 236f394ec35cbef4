"""Numbers that name a person or a body: checks, masks, synthetic ones for tests.

公民身份号码 (GB 11643), 统一社会信用代码 (GB 32100), 组织机构代码 (GB 11714), bank
cards (ISO/IEC 7812) and mobile numbers. python-stdnum computes the check characters;
what it does not know (other registering authorities, a region's years) is here.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from stdnum import luhn, numdb
from stdnum.cn import ric, uscc

from ckanext.jiangmen import clock
from ckanext.jiangmen.errors import JiangmenError

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# 登记管理部门 (GB 32100-2015, 5.1, and later additions).
CREDIT_AUTHORITIES = "123456789ANY"
_CREDIT = re.compile(rf"[{CREDIT_ALPHABET}]{{18}}")
_ORGANIZATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT = re.compile(r"\d{17}[\dX]", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_BANK_CARD = re.compile(r"[3-6]\d{14,18}", re.ASCII)
# Digits as people write them, in groups with one space or hyphen between; a group
# that follows a decimal point is the fraction of a number.
_RUN = re.compile(r"(?<![\d])(?<!\d\.)\d+(?:[ \-]\d+)*(?:[ \-]?[Xx](?![0-9A-Za-z]))?")
_GROUP = re.compile(r"\d+|[Xx]")
_LONGEST_NUMBER = 19
_PERIOD = re.compile(r"\[(\d*)-(\d*)\]")
FIRST_YEAR = 1840  # Nobody born earlier was alive to be given a number (1984 on).


class IdentityNumberWrong(JiangmenError):
    """A number fails its standard; the sentence says where and what was expected."""


class Found(NamedTuple):
    """A number found in a text: its kind, where it starts, the characters."""

    kind: str
    start: int
    text: str


def compact(number: str) -> str:
    """Return `number` in half width and upper case, without spaces and hyphens."""
    text = unicodedata.normalize("NFKC", number)
    return re.sub(r"[\s\-]", "", text).upper()


# 公民身份号码


def resident_check_character(body: str) -> str:
    """Return the 18th character that belongs to 17 digits (GB 11643-1999, MOD 11-2).

    >>> resident_check_character("11010519491231002")
    'X'
    """
    return ric.calc_check_digit(body + "0")


def check_resident_number(number: str, today: dt.date | None = None) -> str:
    """Return the compact 公民身份号码, or raise `IdentityNumberWrong`.

    Checked: 18 characters, the check character, a calendar date that is not in the
    future, and a region code that was still given in the year of birth.
    """
    text = compact(number)
    if not _RESIDENT.fullmatch(text):
        raise IdentityNumberWrong("公民身份号码应为17位数字加1位数字或X。")
    if text[-1] != resident_check_character(text[:17]):
        raise IdentityNumberWrong("公民身份号码的校验码不对，请核对每一位。")
    born = _birth_date(text)
    if born is None or born.year < FIRST_YEAR:
        raise IdentityNumberWrong("公民身份号码第7至14位不是真实的出生日期。")
    if born > (today or clock.today()):
        raise IdentityNumberWrong("公民身份号码中的出生日期晚于今天。")
    if not region_known_at_birth(text[:6], born.year):
        raise IdentityNumberWrong("公民身份号码前6位不是出生时有效的行政区划代码。")
    return text


def is_resident_number(number: str) -> bool:
    """Return whether `number` is a valid 公民身份号码 of 18 characters."""
    try:
        check_resident_number(number)
    except IdentityNumberWrong:
        return False
    return True


def region_known_at_birth(region: str, year: int) -> bool:
    """Return whether a six-digit code was in use in `year` or began later.

    Numbers are given since 1984, to those born long before by the codes of that day:
    only a code that ended before the birth is impossible (440782 after 2002).
    """
    return any(not end or year <= end for end in _last_years(region))


@functools.cache
def _last_years(region: str) -> tuple[int, ...]:
    """Return the last year of each use of a region code; 0 where it is still used."""
    parts = numdb.get("cn/loc").info(region)
    names = [props["county"] for _, props in parts if "county" in props]
    years: list[int] = []
    for name in names:
        for use in name.split(","):
            period = _PERIOD.match(use)
            years.append(int(period[2] or 0) if period else 0)
    return tuple(years)


def _birth_date(text: str) -> dt.date | None:
    try:
        return dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None


def synthetic_resident_number(
    serial: int = 1, region: str = "440703", day: int = 0
) -> str:
    """Return a valid number of nobody: born in 1900, `day` days after 1 January.

    `serial` 0–999 (odd: male, even: female); 365 × 1,000 numbers in each region.
    """
    if not 0 <= serial <= 999:
        raise ValueError("a serial has three digits")
    born = dt.date(1900, 1, 1) + dt.timedelta(days=day % 365)
    body = f"{region}{born:%Y%m%d}{serial:03d}"
    return body + resident_check_character(body)


# 统一社会信用代码, 组织机构代码


def credit_check_character(body: str) -> str:
    """Return the 18th character that belongs to the first 17 (GB 32100-2015, A).

    >>> credit_check_character("91350100M000100Y4")
    '3'
    """
    return uscc.calc_check_digit(body)


def organization_check_character(body: str) -> str:
    """Return the 9th character that belongs to the first 8 (GB 11714-1997).

    >>> organization_check_character("M000100Y")
    '4'
    """
    total = sum(
        int(char, 36) * weight
        for char, weight in zip(body, _ORGANIZATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def check_organization_code(code: str) -> str:
    """Return the nine characters of a 组织机构代码, or raise `IdentityNumberWrong`."""
    text = compact(code)
    if not _ORGANIZATION.fullmatch(text):
        raise IdentityNumberWrong("组织机构代码应为8位数字或大写字母加1位校验码。")
    expected = organization_check_character(text[:8])
    if text[8] != expected:
        raise IdentityNumberWrong(
            f"组织机构代码“{text}”的校验码应为“{expected}”，请核对前8位。"
        )
    return text


def check_credit_code(code: str) -> str:
    """Return the compact 统一社会信用代码, or raise `IdentityNumberWrong`.

    Both checks are made: the 18th character (GB 32100) and the 17th, which is that of
    the 组织机构代码 inside (GB 11714). The sentence names the expected character.
    """
    text = compact(code)
    if not _CREDIT.fullmatch(text):
        raise IdentityNumberWrong(
            f"统一社会信用代码“{text}”应为18位数字或大写字母（不用I、O、S、V、Z）。"
        )
    if text[0] not in CREDIT_AUTHORITIES:
        raise IdentityNumberWrong(
            f"统一社会信用代码“{text}”的第1位“{text[0]}”不是登记管理部门代码。"
        )
    if not text[2:8].isdigit():
        raise IdentityNumberWrong(
            f"统一社会信用代码“{text}”的第3至8位应为6位行政区划代码。"
        )
    expected = credit_check_character(text[:17])
    if text[17] != expected:
        raise IdentityNumberWrong(
            f"统一社会信用代码“{text}”的第18位校验码应为“{expected}”，请核对前17位。"
        )
    inner = organization_check_character(text[8:16])
    if text[16] != inner:
        raise IdentityNumberWrong(
            f"统一社会信用代码“{text}”的第17位应为“{inner}”（组织机构代码校验码）。"
        )
    return text


def is_credit_code(code: str) -> bool:
    """Return whether `code` passes GB 32100 and GB 11714."""
    try:
        check_credit_code(code)
    except IdentityNumberWrong:
        return False
    return True


# Bank cards and mobile numbers


def is_bank_card(number: str) -> bool:
    """Return whether `number` has 15–19 digits, a card's first digit and Luhn's last.

    A run of one digit (6666…) is no card.
    """
    text = compact(number)
    if not _BANK_CARD.fullmatch(text) or len(set(text)) == 1:
        return False
    return bool(luhn.is_valid(text))


def is_mobile_number(number: str) -> bool:
    """Return whether `number` is a mainland mobile number, with or without +86."""
    text = compact(number).removeprefix("+86")
    return _MOBILE.fullmatch(text) is not None


def find_numbers(text: str) -> Iterator[Found]:
    """Yield every identity number, bank card and mobile number written in `text`.

    `kind` is "公民身份号码", "银行卡号" or "手机号码"; `start` counts characters.
    Full-width digits are read too, one character for one.
    """
    plain = text.translate(_FULL_WIDTH)
    for run in _RUN.finditer(plain):
        if len(run.group()) < 11:
            continue
        groups = [
            (part.start(), part.end())
            for part in _GROUP.finditer(plain, run.start(), run.end())
        ]
        yield from _in_groups(text, plain, groups)


def _in_groups(text: str, plain: str, groups: list[tuple[int, int]]) -> Iterator[Found]:
    """Yield numbers made of one or more neighbouring groups, the longest first."""
    first = 0
    while first < len(groups):
        step = 1
        for last in range(len(groups) - 1, first - 1, -1):
            start, end = groups[first][0], groups[last][1]
            if end - start > 2 * _LONGEST_NUMBER:
                continue
            kind = kind_of(plain[start:end])
            if kind:
                yield Found(kind, start, text[start:end])
                step = last - first + 1
                break
        first += step


def kind_of(number: str) -> str | None:
    """Return which kind of personal number this is, the most private first."""
    if is_resident_number(number):
        return "公民身份号码"
    if is_mobile_number(number):
        return "手机号码"
    if is_bank_card(number):
        return "银行卡号"
    return None


_FULL_WIDTH = {ord("０") + n: ord("0") + n for n in range(10)} | {
    ord("Ｘ"): ord("X"),
    ord("ｘ"): ord("x"),
    ord("－"): ord("-"),
    ord("＋"): ord("+"),
    ord("\u3000"): ord(" "),
}


def mask(number: str, head: int = 3, tail: int = 4) -> str:
    """Return `number` with stars between its first 3 and last 4 characters.

    What is too short to keep anything secret becomes stars altogether.

    >>> mask("440703190001010014")
    '440***********0014'
    """
    hidden = len(number) - head - tail
    if hidden < 1:
        return "*" * len(number)
    return number[:head] + "*" * hidden + number[-tail:]
