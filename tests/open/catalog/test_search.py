"""The search of the open site, through `package_search` and its page."""

from __future__ import annotations

import pytest

ENTRIES = {
    "hun-yin": ("婚姻登记处地址", "办公时间和电话。", ["结婚", "离婚"], ["办公电话"]),
    "gong-shang": ("企业登记基本信息", "企业的名称和住所。", ["工商"], ["住所"]),
    "lang": ("台山市沙蓢村道路", "村内道路。", ["道路"], ["路面状况指数"]),
    "shu": ("古树名木名录", "全市古树名木。", ["古树"], ["树龄"]),
}


@pytest.fixture
def found(platform, as_platform, act):
    """Return a function that gives the names a query finds."""
    from ckanext.jiangmen.catalog import lists, organizations

    row = lists.organization_named("市工商局")
    body = as_platform("organization_create", **organizations.organization_dict(row))
    for name, (title, notes, terms, items) in ENTRIES.items():
        as_platform(
            "package_create",
            type="dataset",
            name=f"{name}-000001",
            title=title,
            notes=notes,
            subject_terms=terms,
            tags=[{"name": term} for term in terms],
            information_items=[
                {"name": item, "data_type": "字符型", "data_length": "20"}
                for item in items
            ],
            owner_org=body["id"],
            private=False,
            content_kind="基础信息",
            format_class="电子文件",
            sharing_category="可社会公开",
            exchange_method="系统对接",
            update_cycle="每年",
            secrecy="非涉密",
            license_id="CC-BY-4.0",
        )

    def search(query, **asked):
        answer = act("package_search", q=query, **asked)
        return [result["name"][:-7] for result in answer["results"]]

    return search


def test_chinese_is_found_however_it_is_written(found):
    assert found("結婚登記在哪辦") == ["hun-yin"]
    assert found("hunyin dengji")[0] == "hun-yin"
    assert found("路面状况指数") == ["lang"]
    assert found("沙蓢村") == ["lang"]
    assert found("古术名木") == ["shu"], "the same sound"
    assert found("古对名木")[0] == "shu", "one character mistyped"
    assert len(found("市场监管局")) == len(ENTRIES), "the body's later name"
    assert found("火星探测器") == []


ODD = (
    "a" * 10_000, "信" * 10_000, "title:[", 'title:"', "text:/(/", "a:b", "标题：企业",
    '"', "'", "(((", "AND OR NOT", "&& ||", "{!func}x", "_query_:x", '_val_:"1"', "*",
    "?", "\x07\x1b", "\\", "title:{!x}", "~ ^ !", "[* TO *]", "ﷺ" * 300,
)  # fmt: skip


@pytest.mark.parametrize("query", ODD)
def test_an_odd_query_gets_a_result_page(app, platform, query):
    answer = app.get("/dataset/", query_string={"q": query})
    assert answer.status_code == 200
    assert "olr" not in answer.body.replace("color", "").replace("Color", "")


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "99999"},
        {"page": "999999999999"},
        {"nonsense": 'a"b'},
        {"organization": "nobody"},
        {"sort": "nothing upside"},
        {"tags": "x] OR *:*"},
    ],
)
def test_an_unknown_filter_or_a_page_past_the_end_is_an_empty_page(
    app, platform, asked
):
    answer = app.get("/dataset/", query_string=asked)
    assert answer.status_code == 200
    assert "jm-empty" in answer.body
