"""What is typed becomes clauses; words of the lists, pairs of characters, syllables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ckanext.jiangmen.catalog import config
from ckanext.jiangmen.catalog.search import asking, mending, suggesting, words

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def limit(monkeypatch):
    monkeypatch.setattr(config, "query_limit_characters", lambda: 50)


def clauses(query):
    found = asking.passes(query)
    return list(found[0].clauses) if found else []


def test_mappings_of_the_schema_follow_the_lists():
    script = ROOT / "config/solr/mappings.py"
    assert not subprocess.run([sys.executable, str(script), "--check"]).returncode


@pytest.mark.parametrize(
    ("text", "folded"),
    [("駕駛證", "驾驶证"), ("ＧＤＰ", "gdp"), ("５Ｇ", "5g"), ("沙蓢𪨶", "沙蓢𪨶")],
)
def test_width_case_and_traditional_characters_are_folded(text, folded):
    assert words.folded(text) == folded


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("银行网点", ["yin", "hang", "wang", "dian"]),
        ("行政区划", ["xing", "zheng", "qu", "hua"]),
        ("A级景区", ["a", "ji", "jing", "qu"]),
    ],
)
def test_a_text_is_read_as_its_words_are(text, read):
    assert words.syllables(text) == read


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("xuexiao", ["xue", "xiao"]),
        ("nvxing", ["nu", "xing"]),
        ("gdp", None),
        ("pm2.5", None),
        ("zhongxiaoxue", ["zhong", "xiao", "xue"]),
    ],
)
def test_pinyin_is_told_from_other_latin_words(word, syllables):
    assert words.spelled(word) == syllables


def test_a_body_is_found_by_the_names_before_and_after_a_reform():
    assert "市场监督管理局" in words.bodies("市工商局")
    assert "工商行政管理局" in words.bodies("市市场监督管理局")
    assert "江门市统计局" in words.bodies("市统计局")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("社会组织", ["社会", "会组", "组织"]),
        ("婚姻登记处在哪里", ["婚姻", "姻登", "登记"]),
        ("江门市统计局", ["统计", "计局"]),
        ("江门", ["江门"]),
        ("xue xiao", ["xuexiao"]),
        ("5G基站", ["5g", "基站"]),
        ("水", ["水"]),
        ("什么", ["什么"]),
    ],
)
def test_a_query_becomes_clauses(query, expected):
    assert clauses(query)[: len(expected)] == expected


@pytest.mark.parametrize(
    "query", ["", " ", "!!!", '"', "{!func}", "(((", "\x00\x01", "\ud800", "？？"]
)
def test_marks_alone_ask_for_nothing(query):
    found = asking.passes(query)
    assert all(":" not in part and "{" not in part for p in found for part in p.clauses)


@pytest.mark.parametrize("query", ["信" * 10_000, "a b " * 5_000, "ﷺ" * 10_000])
def test_a_long_query_is_cut(query):
    assert len(asking.cleaned(query)) <= 50
    assert len(clauses(query)) <= 50


def test_one_wrong_character_is_mended_by_what_there_is():
    assert mending.mended("法津援助", ["法律援助案件统计"]) == "法律援助"
    assert mending.mended("火星探测", ["法律援助案件统计"]) is None
    assert mending.mended("ab", ["法律援助"]) is None


def test_a_name_is_offered_by_characters_pinyin_and_initials():
    assert list(suggesting.terms("tag", ["学校"])) == [
        "学校\ttag\t学校",
        "xuexiao\ttag\t学校",
        "xx\ttag\t学校",
    ]


def test_of_one_name_the_kind_with_most_entries_is_offered():
    found = suggesting.chosen(
        [("a\ttag\t甲", 3), ("b\ttag\t甲", 2), ("c\titem\t乙", 5)], 8
    )
    assert [(one["text"], one["count"]) for one in found] == [("乙", 5), ("甲", 3)]


@pytest.mark.parametrize(
    ("typed", "key"),
    [("X", ""), ("xue x", "xuex"), ("学", "学"), ("學校", "学校"), ("", "")],
)
def test_what_is_typed_becomes_a_key(typed, key):
    assert suggesting.prefix(typed) == key
