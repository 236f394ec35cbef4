"""The open site's pages for a reader without an account: Chinese, complete, safe."""

from __future__ import annotations

import html
import re

import pytest

# Two or more English words in a row, outside of code, attributes and scripts.
ENGLISH = re.compile(r"\b[A-Za-z]{3,}(?: [A-Za-z]{2,})+\b")


def visible_text(page: str) -> str:
    """Return what a reader sees of a page."""
    page = re.sub(
        r"<(script|style|pre|code|svg|head|textarea)\b.*?</\1>", " ", page, flags=re.S
    )
    return html.unescape(re.sub(r"<[^>]+>", " | ", page))


def english(page: str) -> list[str]:
    """Return the English that a reader of a Chinese page would see."""
    return ENGLISH.findall(visible_text(page))


@pytest.fixture
def entry(platform, as_platform):
    """A published entry of 市民政局 with a library."""
    from ckanext.jiangmen.catalog import lists, organizations

    row = lists.organization_named("市民政局")
    body = as_platform("organization_create", **organizations.organization_dict(row))
    library = as_platform(
        "group_create", **organizations.library_dict(lists.libraries()[0])
    )
    return as_platform(
        "package_create",
        type="dataset",
        name="xingzhengquhua-000001",
        title="江门市行政区划",
        owner_org=body["id"],
        private=False,
        groups=[{"name": library["name"]}],
        notes="全市区划代码与名称。<script>alert(1)</script>",
        content_kind="基础信息",
        content_subkind="地理空间",
        format_class="电子表格",
        format_types=["xlsx"],
        sharing_category="可社会公开",
        open_condition="无",
        exchange_method="系统对接",
        update_cycle="每年",
        cycle_reason="区划按年调整。",
        secrecy="非涉密",
        license_id="CC-BY-4.0",
        subject_terms=["行政区划"],
        information_items=[
            {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
            {"name": "名称", "data_type": "字符型", "data_length": "60"},
        ],
    )


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/dataset/",
        "/dataset/?q=区划",
        "/dataset/?q=没有这样的词语组合",
        "/dataset/xingzhengquhua-000001",
        "/organization/",
        "/organization/minzhengju",
        "/group/",
        "/group/ziranrenku",
        "/about",
        "/help",
        "/policies",
        "/statistics",
        "/user/login",
    ],
)
def test_pages_of_the_open_site_are_in_chinese(app, entry, address):
    page = app.get(address)
    assert page.status_code == 200
    assert 'lang="zh-Hans-CN"' in page.body
    assert english(page.body) == []


@pytest.mark.parametrize("address", ["/nothing", "/dataset/nothing", "/group/nothing"])
def test_what_is_not_there_gets_a_chinese_page_with_a_way_back(app, platform, address):
    page = app.get(address, status=404)
    assert "没有找到这个页面" in page.body
    assert "返回首页" in page.body
    assert english(page.body) == []


def test_an_empty_search_offers_a_way_back(app, entry):
    body = app.get("/dataset/?q=没有这样的词语组合&content_kind=统计数据").body
    assert "没有找到" in body
    assert "取消筛选条件" in body
    assert "查看全部" in body


def test_the_entry_page_shows_fields_items_licence_and_calls(app, entry):
    body = app.get("/dataset/xingzhengquhua-000001").body
    for text in ("内容类别", "基础信息", "区划代码", "CC BY 4.0", "接口调用"):
        assert text in body
    assert f"package_show?id={entry['id']}" in body


def test_what_departments_write_is_escaped(app, entry):
    for address in ("/", "/dataset/", "/dataset/xingzhengquhua-000001"):
        assert "<script>alert(1)</script>" not in app.get(address).body


def test_the_home_page_counts_what_is_published(app, entry, as_platform):
    figures = as_platform("jiangmen_portal_figures")
    assert figures["entries"] == 1
    assert figures["departments"] == 1
    assert figures["tables"] == 0
    assert "江门市行政区划" in app.get("/").body


@pytest.mark.parametrize(
    "address", ["/", "/dataset/xingzhengquhua-000001", "/organization/minzhengju"]
)
def test_no_page_holds_inline_scripts_or_links_elsewhere(app, entry, address):
    body = app.get(address).body
    # A data block is no script: nothing runs what is in it.
    data_block = r"(?![^>]*\b(?:src=|type=\"application/ld\+json\"))"
    assert not re.search(rf"<script{data_block}[^>]*>\s*\S", body)
    assert not re.search(r'<[^>]+\son\w+="', body)
    assert not re.search(r'(?:src|href)="https?://(?!test\.ckan\.net)', body) or (
        "creativecommons.org" in body
    )


def test_the_english_site_keeps_its_words(app, entry):
    body = app.get("/en/").body
    assert "Latest entries" in body
    assert "Departments" in body
