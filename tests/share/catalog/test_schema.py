"""The schema of entries: shape, derived fields, a thousand items, the form."""

from __future__ import annotations

import json

import pytest

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import lists, organizations

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def entry(as_platform):
    """Return an entry of 市民政局 that breaks no rule."""
    row = lists.organization_named("市民政局")
    as_platform("organization_create", **organizations.organization_dict(row))

    def made(**fields):
        return {
            "title": "江门市行政区划",
            "owner_org": organizations.organization_id("minzhengju"),
            "notes": "全市各级行政区划的代码和名称。",
            "content_kind": "基础信息",
            "format_class": "数据库",
            "format_types": ["CSV", "XLSX"],
            "sharing_category": "无条件共享",
            "exchange_method": "系统对接",
            "update_cycle": "实时",
            "secrecy": "非涉密",
            "information_items": [
                {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
                {"name": "区划名称", "data_type": "字符型", "data_length": "50"},
            ],
        } | fields

    return made


def test_an_entry_is_shown_as_it_was_sent(entry, as_platform):
    sent = entry(
        subject_terms="区划；地名", remarks="“引号”、emoji 😀 和 孖簕浐湴氹滘蓢裡"
    )
    made = as_platform("package_create", **sent)
    shown = as_platform("package_show", id=made["id"])
    for field, value in sent.items():
        if field not in {"subject_terms", "information_items"}:
            assert shown[field] == value
    assert shown["subject_terms"] == ["区划", "地名"]
    for item, wanted in zip(
        shown["information_items"], sent["information_items"], strict=True
    ):
        assert wanted.items() <= item.items()
    assert shown["name"].startswith("jiang-men-shi-xing-zheng-qu-hua-")


def test_derived_fields_follow_whatever_is_sent(entry, as_platform):
    made = as_platform("package_create", **entry())
    assert (made["share_type"], made["open_flag"]) == ("无条件共享", "否")
    patched = as_platform(
        "package_patch",
        id=made["id"],
        sharing_category="可社会公开",
        license_id="CC BY 4.0",
        secrecy_review_result="可公开",
    )
    assert (patched["category_badge"], patched["open_flag"]) == ("可社会公开", "是")
    assert patched["license_id"] == "CC-BY-4.0"
    assert patched["license_title"] == "CC BY 4.0"


def test_a_thousand_items_are_stored_and_shown(entry, as_platform):
    items = [
        {"name": f"第{number}项", "data_type": "字符型", "data_length": "20"}
        for number in range(1000)
    ]
    made = as_platform("package_create", **entry(information_items=items))
    shown = as_platform("package_show", id=made["id"])
    assert [item["name"] for item in shown["information_items"]] == [
        item["name"] for item in items
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("exchange_method", "拷盘"),
        ("license_id", "版权所有"),
        ("content_kind", ""),
        ("format_types", {"a": 1}),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(entry, as_platform, field, value):
    with pytest.raises(tk.ValidationError) as refused:
        as_platform("package_create", **entry(**{field: value}))
    assert field in refused.value.error_dict


@pytest.fixture
def token(people, as_platform):
    """Return a token of 市民政局's cataloguer."""
    made = as_platform("api_token_create", user="c_cataloguer", name="test")
    return {"Authorization": made["token"]}


@pytest.mark.parametrize("locale", ["", "/en"])
def test_the_form_has_its_sections_and_one_field_for_all_items(app, token, locale):
    page = app.get(f"{locale}/dataset/new", headers=token).text
    assert page.count('class="jiangmen-section"') == 7
    assert page.count('name="information_items"') == 1
    assert 'name="open_flag"' not in page
    assert "data-show-when" in page


def test_items_may_come_as_one_json_text_and_lists_as_one_line(an_entry, app, token):
    sent = an_entry()
    items = json.dumps(sent["information_items"], ensure_ascii=False)
    form = sent | {"information_items": items, "format_types": "CSV；XLSX"}
    answer = app.post("/api/3/action/package_create", json=form, headers=token)
    made = answer.json["result"]
    assert [item["name"] for item in made["information_items"]] == ["区划代码", "名称"]
    assert made["format_types"] == ["CSV", "XLSX"]
