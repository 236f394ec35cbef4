"""Figures on the open site are counted, and its pages stay as cheap as they began."""

from __future__ import annotations

import csv
import io
import re

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk

ITEMS = [{"name": "名称", "data_type": "字符型", "data_length": "60"}]


@pytest.fixture
def publish(platform, as_platform):
    """Return a function that publishes entries of a department in a library."""
    from ckanext.jiangmen.catalog import lists, organizations

    libraries = [
        as_platform("group_create", **organizations.library_dict(row))
        for row in lists.libraries()[:3]
    ]
    made = {}

    def entry(number, department="市民政局", **changes):
        if department not in made:
            row = lists.organization_named(department)
            body = organizations.organization_dict(row)
            made[department] = as_platform("organization_create", **body)["id"]
        fields = {
            "type": "dataset",
            "name": f"entry-{number:06}",
            "title": f"信息资源{number}",
            "owner_org": made[department],
            "private": False,
            "groups": [{"name": libraries[number % 2]["name"]}],
            "notes": "说明。",
            "content_kind": "基础信息",
            "content_subkind": "地理空间",
            "format_class": "电子表格",
            "format_types": ["xlsx"],
            "sharing_category": "可社会公开",
            "open_condition": "无",
            "exchange_method": "系统对接",
            "update_cycle": "每年",
            "cycle_reason": "按年调整。",
            "secrecy": "非涉密",
            "license_id": "CC-BY-4.0",
            "subject_terms": ["行政区划"],
            "information_items": ITEMS,
        }
        return as_platform("package_create", **fields | changes)

    return entry


@pytest.fixture
def statements():
    """Return a function that counts the SQL statements of one page."""
    from ckan import model

    def count(app, address):
        told = []

        def note(*args):
            told.append(args[2])

        engine = model.meta.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            app.get(address)
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len(told)

    return count


def test_figures_count_entries_items_departments_and_this_month(publish, as_platform):
    publish(1)
    publish(2, "市统计局", information_items=[ITEMS[0], ITEMS[0] | {"name": "代码"}])
    found = as_platform("jiangmen_portal_figures")
    assert found == {
        "entries": 2,
        "departments": 2,
        "items": 3,
        "files": 0,
        "tables": 0,
        "rows": 0,
        "published_this_month": 2,
    }


def test_figures_of_one_department_and_one_library_are_its_own(publish, as_platform):
    publish(1)
    publish(2, "市统计局")
    publish(3, "市统计局")
    of = {"organization": "tongjiju"}
    assert as_platform("jiangmen_portal_figures", **of)["entries"] == 2
    assert as_platform("jiangmen_portal_figures", group="farenku")["entries"] == 2
    assert as_platform("jiangmen_portal_figures", group="ziranrenku")["entries"] == 1


@pytest.mark.parametrize(
    "asked", [{"organization": "nothing"}, {"group": "市民政局"}, {"group": ["a"]}]
)
def test_figures_of_what_is_not_there_are_refused(platform, as_platform, asked):
    with pytest.raises(tk.ObjectNotFound):
        as_platform("jiangmen_portal_figures", **asked)


def test_an_entry_that_goes_is_not_counted_any_more(publish, as_platform):
    publish(1)
    entry = publish(2)
    assert as_platform("jiangmen_portal_figures")["entries"] == 2
    as_platform("dataset_purge", id=entry["id"])
    assert as_platform("jiangmen_portal_figures")["entries"] == 1


def test_the_statistics_and_their_file_say_the_same(app, publish, as_platform):
    publish(1)
    publish(2, "市统计局")
    publish(3, "市统计局", update_cycle="每月")
    by = as_platform("jiangmen_portal_statistics")["by"]
    assert [(row["title"], row["count"]) for row in by["organization"]] == [
        ("市统计局", 2),
        ("市民政局", 1),
    ]
    lines = list(
        csv.reader(io.StringIO(app.get("/statistics.csv").body.lstrip("\ufeff")))
    )
    assert ["提供部门", "市统计局", "2"] in lines
    assert ["更新周期", "每月", "1"] in lines
    page = app.get("/statistics").body
    assert re.search(r"市统计局</a></th>.*?<span>2</span>", page, re.S)


def test_an_empty_site_says_so_and_draws_no_bar(app, platform):
    assert "还没有发布" in app.get("/statistics").body
    assert "<rect" not in app.get("/statistics").body
    assert "还没有发布" in app.get("/").body


def test_the_map_leads_to_each_district(app, publish):
    publish(1, region_code="440705")
    page = app.get("/").body
    links = re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"><path', page)
    assert [name.split("：")[0] for _, name in links] == [
        "蓬江区",
        "江海区",
        "新会区",
        "台山市",
        "开平市",
        "鹤山市",
        "恩平市",
    ]
    href, name = links[2]
    assert name == "新会区：1 项"
    assert "信息资源1" in app.get(href).body
    assert "信息资源1" not in app.get(links[0][0]).body


@pytest.mark.parametrize(
    "address",
    ["/", "/dataset/", "/organization/", "/organization/minzhengju", "/group/"],
)
def test_no_page_asks_the_database_once_per_entry(app, publish, statements, address):
    for number in range(3):
        publish(number)
    app.get(address)
    few = statements(app, address)
    for number in range(3, 13):
        publish(number)
    app.get(address)
    assert statements(app, address) <= few
