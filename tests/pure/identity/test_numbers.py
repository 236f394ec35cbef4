"""GB 11643, GB 32100, GB 11714, bank cards, mobile numbers."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from ckanext.jiangmen import identity

CREDIT = "91350100M000100Y43"
RESIDENTS = ["11010519491231002X", "440524188001010014"]


@pytest.mark.parametrize("number", RESIDENTS)
def test_the_standards_own_resident_numbers_are_valid(number):
    assert identity.check_resident_number(number) == number


def test_the_standards_own_credit_code_is_valid():
    assert identity.check_credit_code(CREDIT) == CREDIT


def test_the_printed_wrong_credit_code_is_refused_with_the_expected_character():
    with pytest.raises(identity.IdentityNumberWrong, match="应为“3”"):
        identity.check_credit_code("91350100M000100Y4Z"[:17] + "X")
    assert not identity.is_credit_code("91350100M000100Y4Z")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "91350100M000100Y4",
        "91350100M000100Y433",
        "91350100I000100Y43",
        "9135010AM000100Y43",
        "X1350100M000100Y43",
        "统一社会信用代码",
    ],
)
def test_a_credit_code_of_the_wrong_form_is_refused(code):
    assert not identity.is_credit_code(code)


def test_a_credit_code_with_a_wrong_organization_code_inside_is_refused():
    body = "91350100M000100Y5"
    code = body + identity.credit_check_character(body)
    with pytest.raises(identity.IdentityNumberWrong, match="第17位应为“4”"):
        identity.check_credit_code(code)


@pytest.mark.parametrize(
    "written", [" 91350100m000100y43 ", "９１３５０１００Ｍ０００１００Ｙ４３"]
)
def test_case_space_and_width_do_not_matter(written):
    assert identity.check_credit_code(written) == CREDIT


@pytest.mark.parametrize("authority", list("159YN"))
def test_every_registering_authority_is_known(authority):
    body = f"{authority}1440703DEM00001"
    body += identity.organization_check_character(body[8:])
    assert identity.is_credit_code(body + identity.credit_check_character(body))


def test_organization_codes_know_x_and_zero_as_check_characters():
    found = {
        identity.organization_check_character(f"DEM{number:05d}")
        for number in range(200)
    }
    assert {"X", "0"} <= found
    assert identity.check_organization_code("M000100Y-4") == "M000100Y4"
    with pytest.raises(identity.IdentityNumberWrong, match="应为“4”"):
        identity.check_organization_code("M000100Y5")


def residents():
    return [
        *RESIDENTS,
        *(identity.synthetic_resident_number(n, day=n) for n in range(0, 300, 7)),
    ]


def test_every_wrong_digit_of_a_resident_number_is_refused():
    for number in residents():
        for place in range(18):
            for digit in "0123456789X":
                wrong = number[:place] + digit + number[place + 1 :]
                if wrong != number:
                    assert not identity.is_resident_number(wrong)


def test_every_transposition_in_a_resident_number_is_refused():
    for number in residents():
        for place in range(17):
            wrong = _swapped(number, place)
            if wrong != number:
                assert not identity.is_resident_number(wrong)


def test_every_wrong_character_and_transposition_of_a_credit_code_is_refused():
    for place in range(18):
        for char in identity.CREDIT_ALPHABET:
            wrong = CREDIT[:place] + char + CREDIT[place + 1 :]
            if wrong != CREDIT:
                assert not identity.is_credit_code(wrong)
    for place in range(17):
        wrong = _swapped(CREDIT, place)
        if wrong != CREDIT:
            assert not identity.is_credit_code(wrong)


def _swapped(text, place):
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _resident(region, born, serial="001"):
    body = f"{region}{born}{serial}"
    return body + identity.resident_check_character(body)


@pytest.mark.parametrize("born", ["19000230", "19001301", "19010229", "19000000"])
def test_a_date_that_no_calendar_has_is_refused(born):
    with pytest.raises(identity.IdentityNumberWrong, match="真实的出生日期"):
        identity.check_resident_number(_resident("440703", born))


def test_a_birth_today_is_possible_and_one_tomorrow_is_not():
    today = dt.date(2026, 11, 22)
    identity.check_resident_number(_resident("440703", "20261122"), today)
    with pytest.raises(identity.IdentityNumberWrong, match="晚于今天"):
        identity.check_resident_number(_resident("440703", "20261123"), today)


@pytest.mark.parametrize(
    ("region", "born", "possible"),
    [
        ("440703", "19900101", True),
        ("440782", "19990101", True),
        ("440782", "20021231", True),
        ("440782", "20030101", False),
        ("440721", "19850101", True),
        ("440721", "19930101", False),
        ("440702", "19940101", True),
        ("440711", "20000101", False),
        ("440799", "19900101", False),
        ("990000", "19900101", False),
    ],
)
def test_a_region_must_have_been_in_use_at_birth(region, born, possible):
    assert identity.is_resident_number(_resident(region, born)) is possible


def test_synthetic_numbers_are_valid_all_different_and_born_in_1900():
    numbers = {
        identity.synthetic_resident_number(serial, day=day)
        for serial in range(40)
        for day in range(40)
    }
    assert len(numbers) == 1600
    assert all(identity.is_resident_number(number) for number in numbers)
    assert {number[6:10] for number in numbers} == {"1900"}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("6212345678901232", True),
        ("4111111111111111", True),
        ("4111111111111112", False),
        ("0000000000000000", False),
        ("6666666666666666", False),
        ("41111111", False),
        ("", False),
    ],
)
def test_bank_cards_pass_luhn(number, expected):
    assert identity.is_bank_card(number) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("13800138000", True),
        ("+86 138-0013-8000", True),
        ("１３８００１３８０００", True),
        ("12800138000", False),
        ("1380013800", False),
        ("0750-3123456", False),
    ],
)
def test_mobile_numbers_begin_with_13_to_19(number, expected):
    assert identity.is_mobile_number(number) is expected


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("身份证11010519491231002X，", ["公民身份号码"]),
        ("身份证１１０１０５１９４９１２３１００２ｘ", ["公民身份号码"]),
        ("张三 13800138000 11010519491231002x", ["手机号码", "公民身份号码"]),
        ("13800138000 2017", ["手机号码"]),
        ("ID11010519491231002X", ["公民身份号码"]),
        ("4111 1111 1111 1111", ["银行卡号"]),
        ("2017-04-05 09:30", []),
        ("0.13800138000", []),
        ("440703002101", []),
        ("213800138000", []),
        ("11010519491231002", []),
        ("", []),
    ],
)
def test_numbers_are_found_in_running_text(text, kinds):
    assert [found.kind for found in identity.find_numbers(text)] == kinds


def test_a_find_says_where_and_what():
    (found,) = identity.find_numbers("电话：138 0013 8000。")
    assert (found.start, found.text) == (3, "138 0013 8000")


def test_random_digits_are_hardly_ever_a_resident_number():
    draw = random.Random(11643)
    hits = sum(
        identity.is_resident_number(f"{draw.randrange(10**18):018d}")
        for _ in range(20_000)
    )
    assert hits <= 2


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("440703190001010014", "440***********0014"),
        ("13800138000", "138****8000"),
        ("1234567", "*******"),
        ("", ""),
    ],
)
def test_masks_keep_three_and_four(number, masked):
    assert identity.mask(number) == masked
