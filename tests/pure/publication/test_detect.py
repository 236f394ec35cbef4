"""What is found in one line or one cell, and what is left alone."""

from __future__ import annotations

import pytest

from ckanext.jiangmen import identity
from ckanext.jiangmen.publication import detect
from ckanext.jiangmen.publication.detect import Kind

NUMBER = identity.synthetic_resident_number(14, "440524", 0)
OLD = NUMBER[:6] + NUMBER[8:17]


def kinds(text):
    return [hit.kind for hit in detect.find(detect.plain(text))]


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"身份证：{NUMBER}，男",
        f"id={NUMBER}",
        f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}",
        f"{NUMBER[:6]}-{NUMBER[6:14]}-{NUMBER[14:]}",
        f"12 {NUMBER} 3",
        "".join(chr(ord(c) + 0xFEE0) for c in NUMBER),
        "\u200b".join(NUMBER),
        f"1.{NUMBER}",
        f"{NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8:12]} {NUMBER[12:16]} {NUMBER[16:]}",
        "440524188001010014",
        "11010519491231002x",
        OLD,
        f"身份证号{OLD}（旧）",
    ],
)
def test_an_identity_number_is_found_however_it_is_written(text):
    assert kinds(text) == [Kind.IDENTITY]


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "电话138-1234-5678转3",
        "+86 138 1234 5678",
        "张某１３８１２３４５６７８",
        "tel13912345678",
        "13812345678/",
    ],
)
def test_a_mobile_number_is_found(text):
    assert kinds(text) == [Kind.MOBILE]


@pytest.mark.parametrize(
    "text",
    [
        "6222 0212 3456 7890 128",
        "6222021234567890128",
        "账号：6228480402564890018。",
        "4111-1111-1111-1111",
    ],
)
def test_a_bank_card_is_found(text):
    assert kinds(text) == [Kind.BANK_CARD]


@pytest.mark.parametrize(
    "text",
    [
        "机密★10年",
        "秘密★",
        "绝密★启用前",
        "★机密",
        "机密",
        "  秘　密  ",
        "【绝密】",
        "密级：秘密",
        "密 级:机密",
        "机密级",
        "秘密 5年",
        "江府〔2017〕1号 秘密★1年",
        "机密*10年",
    ],
)
def test_a_secrecy_mark_is_found(text):
    assert kinds(text) == [Kind.MARK]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "商业秘密",
        "保守秘密",
        "中华人民共和国保守国家秘密法",
        "机密性、完整性和可用性",
        "不涉及国家秘密、商业秘密和个人隐私",
        "密级",
        "非涉密",
        "密级：公开",
        "秘密花园小学",
        "人口密度",
        "0750-3272888",
        "07503272888",
        "12345",
        "400-830-0750",
        "440703001001",
        "91350100M000100Y43",
        "11440700006941396X",
        "113.081234567890123,22.138123456789",
        "22.13812345678",
        "2026-11-22T18:00:00+08:00",
        "1500000000000",
        "15000000000",
        "ISBN 978-7-115-42802-8",
        "6901234567892",
        "550e8400-e29b-41d4-a716-413812345678",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "138****5678",
        "440***********0014",
        "4407030010010001",
        "440524188001010015",
        "440524203001010014",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text):
    assert kinds(text) == []


def test_nothing_is_ever_shown_in_full():
    for text in (NUMBER, "13812345678", "6222021234567890128"):
        (hit,) = detect.find(text)
        assert "*" in hit.masked
        assert text not in hit.masked
