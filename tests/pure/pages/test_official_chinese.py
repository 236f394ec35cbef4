"""Every string of core, of the enabled extensions and of ours, in official Chinese."""

from __future__ import annotations

import re

import pytest
import translations

HAN = "[\u4e00-\u9fff]"
NOT_TEXT = re.compile(r"<[^>]+>|https?://\S+")

# What official Chinese of the mainland does not write, and what it writes instead.
RULES = {
    "full-width marks": rf"{HAN}[,;:!?]|[,;:!?]{HAN}|{HAN}\.(?:\s|$)|\({HAN}|{HAN}\)",
    "… is two characters wide": rf"{HAN}\.\.\.|{HAN}…(?!…)(?<!……)",
    "no spaces between characters": rf"{HAN}\u0020{HAN}",
    "信息资源, not 数据集 or 资料集": "数据集|资料集",
    "信息资源库, not 群组": "群组",
    "部门, not 组织": "组织",
    "登录 and 退出, not 登入 and 登出": "登入|登出",
    "账号, not 帐号": "帐号|帐户|使用者",
    "关注, not 追随": "追随",
    "characters of the mainland": "[沒請無檔網設關帳號資訊]|软体|伺服器|组态",
}


@pytest.fixture(scope="module")
def catalogue():
    return translations.effective()


def test_no_string_of_core_extensions_or_ours_is_left_in_english():
    assert translations.missing() == []


@pytest.mark.parametrize("rule", RULES)
def test_the_chinese_is_official(catalogue, rule):
    wrong = {
        string: text
        for string, text in catalogue.items()
        if string and re.search(RULES[rule], NOT_TEXT.sub("", text))
    }
    assert wrong == {}


def test_a_translation_of_core_keeps_the_placeholders(catalogue):
    placeholder = re.compile(r"%\(\w+\)[sdr]|%[sdr]|\{[\w!]*\}")
    wrong = {
        string: text
        for string, text in catalogue.items()
        if not set(placeholder.findall(string)) <= set(placeholder.findall(text))
    }
    assert wrong == {}
