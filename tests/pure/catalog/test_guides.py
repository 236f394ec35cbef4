"""Guides as data: versions, the way between them, what nobody may widen."""

from __future__ import annotations

import datetime as dt

import pytest

from ckanext.jiangmen.catalog.guides import migration, versions

OLD = {
    "title": "低保对象",
    "owner_org": "minzhengju",
    "notes": "低保对象名单。",
    "sharing_category": "无条件共享",
    "schema_version": "survey-2017",
}


def test_the_guides_follow_each_other_and_the_newest_is_in_force():
    assert list(versions.guides()) == ["survey-2017", "1272-2017"]
    assert versions.current() == "1272-2017"
    assert [g.version for g in versions.steps("survey-2017", "1272-2017")] == [
        "1272-2017"
    ]
    assert versions.before("1272-2017") == ("survey-2017",)
    for guide in versions.guides().values():
        assert isinstance(guide.in_force_from, dt.date)
        assert guide.source


def test_no_way_leads_back_and_unknown_versions_are_told():
    with pytest.raises(versions.NoSuchGuide):
        versions.steps("1272-2017", "survey-2017")
    with pytest.raises(versions.NoSuchGuide, match="1272-2017"):
        versions.get("2030")


def test_the_old_guide_asks_for_its_own_fields_and_choices_only():
    assert migration.check(OLD, {}) == []
    told = migration.check(OLD | {"notes": "", "update_cycle": "每日"}, {})
    assert [(p.field, p.rule) for p in told] == [
        ("notes", "required"),
        ("update_cycle", "choice"),
    ]
    assert "每天" in told[1].message


def test_values_and_defaults_are_carried_over_and_the_entry_itself_stays():
    entry = OLD | {
        "format_class": "Excel",
        "update_cycle": "每天",
        "information_items": [{"name": "姓名", "data_type": "文本"}],
    }
    moved = migration.migrated(entry, "1272-2017", {})
    assert moved["format_class"] == "电子表格"
    assert moved["update_cycle"] == "每日"
    assert moved["secrecy"] == "非涉密"
    assert moved["schema_version"] == "1272-2017"
    (item,) = moved["information_items"]
    assert (item["data_type"], item["data_length"]) == ("字符型", "255")
    assert entry["update_cycle"] == "每天"
    assert migration.migrated(moved, "1272-2017", {}) == moved


def test_what_would_become_more_open_is_left_to_its_department():
    wider = OLD | {"sharing_category": "可社会公开", "schema_version": "survey-2017"}
    assert "widens" in {p.rule for p in migration.check(wider, {}, before=OLD)}
    assert "widens" not in {p.rule for p in migration.check(OLD, {}, before=wider)}
