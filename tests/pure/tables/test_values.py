"""What a cell may hold, per type."""

from __future__ import annotations

import polars as pl
import pytest

from ckanext.jiangmen.tables.values import RULES

CASES = [
    ("text", "0750", "0750"),
    ("text", " 孖簕村　", "孖簕村"),
    ("text", "４４０７０３", "440703"),
    ("text", "ＡＢ－１２", "AB-12"),
    ("text", "第１中学", "第１中学"),
    ("text", "\ufeff江门", "江门"),
    ("text", "　", None),
    ("text", "4.40703E+17", "!"),
    ("text", "a\0b", "!"),
    ("text", "\\.", "\\."),
    ("text", "=1+1", "=1+1"),
    ("text", "00012", "00012"),
    ("int8", "12", "12"),
    ("int8", "-9223372036854775808", "-9223372036854775808"),
    ("int8", "9223372036854775808", "!"),
    ("int8", "１，２３４", "1234"),
    ("int8", "1,234", "1234"),
    ("int8", "12.0", "12"),
    ("int8", "12.5", "!"),
    ("int8", "007", "!"),
    ("int8", "十二", "!"),
    ("int8", " ", None),
    ("numeric", "0.10", "0.10"),
    ("numeric", "¥1,234.50", "1234.50"),
    ("numeric", "12345678901234567890.123456789", "12345678901234567890.123456789"),
    ("numeric", "1e5", "1e5"),
    ("numeric", "1e400", "!"),
    ("numeric", "0750", "!"),
    ("numeric", "NaN", "!"),
    ("numeric", "12%", "!"),
    ("float8", "-0.5", "-0.5"),
    ("float8", "Infinity", "!"),
    ("float8", "1" * 401, "!"),
    ("float8", "9" * 390, "!"),
    ("date", "2024-02-29", "2024-02-29"),
    ("date", "2023-02-29", "!"),
    ("date", "2024/2/9", "2024-02-09"),
    ("date", "2024.2.9", "2024-02-09"),
    ("date", "２０２４年２月９日", "2024-02-09"),
    ("date", "20240209", "2024-02-09"),
    ("date", "2024-02-09 00:00:00", "2024-02-09"),
    ("date", "2024-02-09T08:00:00", "!"),
    ("date", "1900-01-01", "1900-01-01"),
    ("date", "9999-12-31", "9999-12-31"),
    ("date", "45000", "!"),
    ("date", "2024-2", "!"),
    ("timestamp", "2024-02-09 08:05:06", "2024-02-09 08:05:06"),
    ("timestamp", "2024-02-09", "2024-02-09 00:00:00"),
    ("timestamp", "2024/2/9 8:05", "2024-02-09 08:05:00"),
    ("timestamp", "2024-02-09T08:05:06.250", "2024-02-09 08:05:06.250000"),
    ("timestamp", "2024-02-09T00:00:00Z", "2024-02-09 08:00:00"),
    ("timestamp", "2024-02-09T08:00:00+08:00", "2024-02-09 08:00:00"),
    ("timestamp", "2024-02-09 25:00:00", "!"),
    ("timestamp", "20240209080506", "!"),
    ("bool", "是", "t"),
    ("bool", "否", "f"),
    ("bool", "ＴＲＵＥ", "t"),
    ("bool", "0", "f"),
    ("bool", "也许", "!"),
    ("bool", "t", "t"),
]


@pytest.mark.parametrize(("kind", "given", "kept"), CASES)
def test_a_value_is_kept_or_refused_with_a_reason(kind, given, kept):
    plain, rule = RULES[kind]
    if plain(pl.Series([given]))[0]:
        assert given == kept
        return
    value, why = rule(given)
    assert ("!" if why else value) == kept
    assert not why or value is None


@pytest.mark.parametrize("kind", sorted(RULES))
def test_what_a_rule_gives_back_passes_unchanged_or_by_the_rule_again(kind):
    for case_kind, _, kept in CASES:
        if case_kind == kind and kept not in (None, "!"):
            plain, rule = RULES[kind]
            assert plain(pl.Series([kept]))[0] or rule(kept) == (kept, "")
