"""What a kind of content or a class asks for, with one sentence on every way in."""

from __future__ import annotations

import json

import pytest

import ckan.plugins.toolkit as tk
from ckan.tests import factories

from ckanext.jiangmen.catalog import lists

DOCUMENT = {"content_kind": "电子文档", "content_subkind": ""}
WRONG = [
    (
        DOCUMENT | {"subject_terms": [], "storage_medium": "全文"},
        "subject_terms",
        "内容类别为“电子文档”的，须填写主题词，请补充。",
    ),
    (
        DOCUMENT | {"storage_medium": ""},
        "storage_medium",
        "内容类别为“电子文档”的，须填写存储介质，请补充。",
    ),
    (
        {"content_subkind": "工业"},
        "content_subkind",
        "内容子类“工业”不属于内容类别“基础信息”，请改为："
        "个人、机构、项目、土地、建筑物、住宅、城市设施、地理空间。",
    ),
    (
        {"class_lei": "9", "class_xiang": "01", "class_mu": "001"},
        "class_lei",
        "类“9”不在分类表中，请改为：1 基础信息资源目录、2 主题信息资源目录、"
        "3 部门信息资源目录。",
    ),
    (
        {"class_lei": "1", "class_xiang": "77", "class_mu": "001"},
        "class_xiang",
        "项“77”不在类“1”的分类表中，请对照分类表改正。",
    ),
]


def by_action(entry, act, **_ways):
    with pytest.raises(tk.ValidationError) as caught:
        act("package_create", user="c_cataloguer", **entry)
    return caught.value.error_dict


def by_form(entry, app, **_ways):
    form = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in entry.items()
    }
    answer = app.post(
        "/desk/entry/live",
        data=form,
        headers={"Authorization": factories.APIToken(user="c_cataloguer")["token"]},
    ).json
    found = {}
    for one in answer["problems"]:
        found.setdefault(one["field"], []).append(one["message"])
    return found


def by_workbook(entry, act, upload, **_ways):
    from ckanext.jiangmen.catalog.survey import write_entries

    told = [entry | {"organization_title": "市民政局"}]
    answer = act(
        "jiangmen_survey_preview",
        user="c_cataloguer",
        upload=upload(write_entries(told), "调查表.xlsx"),
    )
    found = {}
    for one in answer["errors"]:
        found.setdefault(one["field"], []).append(one["message"])
    return found


@pytest.mark.parametrize("way", [by_action, by_form, by_workbook])
@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG)
def test_the_sentence_is_the_same_by_form_workbook_and_api(
    an_entry, act, app, upload, way, changes, field, sentence
):
    entry = an_entry(format_class="电子文件", format_types=["pdf"], **changes)
    entry["information_items"] = []
    told = way(entry, act=act, app=app, upload=upload)
    assert sentence in told.get(field, told.get(lists.label(field), []))


@pytest.mark.parametrize("way", [by_form])
def test_a_document_with_its_terms_and_medium_is_right(an_entry, app, way):
    entry = an_entry(
        **DOCUMENT, storage_medium="全文", format_class="电子文件", format_types=["pdf"]
    )
    assert way(entry, app=app) == {}


@pytest.mark.parametrize("kind", lists.values("content_kind"))
def test_every_sub_kind_of_a_kind_is_accepted(an_entry, act, kind):
    for subkind in lists.subkinds(kind):
        told = act(
            "jiangmen_entry_check",
            user="c_cataloguer",
            **an_entry(
                content_kind=kind, content_subkind=subkind, storage_medium="全文"
            ),
        )
        assert told["problems"] == []


def test_the_form_offers_the_classes_of_the_lists(app, people):
    token = factories.APIToken(user="c_cataloguer")["token"]
    page = app.get("/desk/entry/new", headers={"Authorization": token}).body
    assert "1 基础信息资源目录" in page
    assert 'data-module="jiangmen-class"' in page
    mu = lists.class_tree()[2]["below"][6]["below"]
    assert [row["code"] for row in mu] == ["407"]
    assert "市民政局" in [row["name"] for row in mu[0]["below"]]
