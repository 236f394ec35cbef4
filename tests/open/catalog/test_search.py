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


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("婚姻", "婚姻登记处地址"),
        ("hunyin", "婚姻登记处地址"),
        ("hydj", "婚姻登记处地址"),
        ("路面", "路面状况指数"),
        ("古", "古树"),
        ("登记处", "婚姻登记处地址"),
    ],
)
def test_names_are_suggested_while_typing(found, act, typed, first):
    told = act("jiangmen_search_suggest", q=typed)["suggestions"]
    assert told[0]["text"] == first


def test_an_entry_that_is_not_public_is_not_suggested(found, as_platform, act):
    as_platform("package_patch", id="hun-yin-000001", private=True)
    assert not act("jiangmen_search_suggest", q="婚姻")["suggestions"]
    assert not act("jiangmen_search_suggest", q="hydj")["suggestions"]


@pytest.mark.parametrize(
    "typed", ["", " ", "\t", "x", "{!func}", "a" * 9999, '"', "*:*"]
)
def test_odd_beginnings_suggest_nothing(platform, act, typed):
    assert act("jiangmen_search_suggest", q=typed)["suggestions"] == []


def test_titles_sort_by_pinyin_and_entries_are_counted_by_timeliness(found, act):
    by_title = found("*:*", sort="title_reading asc")
    assert by_title == ["shu", "hun-yin", "gong-shang", "lang"]
    facets = act("package_search", **{"facet.field": ["timeliness", "format_class"]})
    counted = facets["search_facets"]["timeliness"]["items"]
    assert [(one["name"], one["count"]) for one in counted] == [
        ("按期更新", len(ENTRIES))
    ]
    assert len(found("*:*", fq='timeliness:"按期更新"')) == len(ENTRIES)


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_the_whole_list_is_a_file(found, app, fmt):
    asked = {"q": "婚姻", "format_class": "电子文件", "sort": "title_reading asc"}
    answer = app.get(f"/catalogue/results.{fmt}", query_string=asked)
    assert answer.status_code == 200
    if fmt == "csv":
        lines = answer.data.decode("utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in lines] == [
            "信息资源名称",
            "婚姻登记处地址",
        ]
    address = f"/catalogue/results.{fmt}?q="
    assert address in app.get("/dataset/", query_string={"q": "婚姻"}).body


def test_what_was_looked_for_is_marked(found, app):
    body = app.get("/dataset/", query_string={"q": "结婚登记 <b>"}).body
    assert "<mark>婚姻登记</mark>" in body


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
