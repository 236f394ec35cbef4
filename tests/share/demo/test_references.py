"""The demonstration's reference list is the plan's own; its entries answer it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

DEMO = Path(__file__).parents[3] / "demo"
LISTED = yaml.safe_load((DEMO / "reference.yaml").read_text("utf-8"))


def titles_of(body):
    source = DEMO / f"entries/{body}.yaml"
    if not source.is_file():
        return []
    return [each["title"] for each in yaml.safe_load(source.read_text("utf-8"))]


@pytest.mark.parametrize("each", LISTED, ids=lambda each: each["title"])
def test_other_names_are_titles_that_the_bodies_really_file(each):
    filed = {title for body in each["each"] for title in titles_of(body)}
    assert set(each.get("also", [])) <= filed


def test_the_list_is_loaded_once_and_nobody_elses_changes_are_undone(
    act, as_platform, platform
):
    from ckan import model

    from ckanext.jiangmen.accounts import Role, grant_role
    from ckanext.jiangmen.catalog import demo, organizations

    organizations.load()
    user = as_platform(
        "user_create",
        name="coordinator",
        email="coordinator@example.invalid",
        password="Zhongwen-2026",
    )
    grant_role(user["id"], Role.COORDINATOR)
    model.Session.commit()
    wanted = sum(len(each["each"]) for each in LISTED)
    assert demo.load_references(DEMO) == wanted
    assert demo.load_references(DEMO) == 0
    shown = act("jiangmen_reference_coverage", user="coordinator")
    assert shown["total"]["reference"] == wanted
    assert shown["total"]["missing"] == wanted


def test_the_entries_of_the_demonstration_answer_what_they_should():
    from ckanext.jiangmen.catalog.reference.matching import Entry, Expected, match

    answered = {}
    for body in {body for each in LISTED for body in each["each"]}:
        expected = [
            Expected(each["title"], (each["title"], *each.get("also", [])))
            for each in LISTED
            if body in each["each"]
        ]
        entries = [Entry(title, title, filed=True) for title in titles_of(body)]
        for title, found in match(expected, entries).items():
            answered[body, title] = found.entry.title
    assert answered["市公安局", "个人信息数据"] == "户籍人口基本信息"
    assert answered["市统计局", "国民经济总量统计"] == "地区生产总值季度核算"
    assert ("市统计局", "科技统计") not in answered
    assert ("市航道局", "专题地理空间信息数据") not in answered
    # Each line of the list is answered by the name that stands beside it.
    named = {title for each in LISTED for title in each.get("also", [])}
    assert set(answered.values()) <= named
