"""An entry's page on the open site shows what the actions say, and little else."""

from __future__ import annotations

import csv
import html
import io
import re
import subprocess
import sys

import pytest

ROWS = [("440703", "蓬江区", 1), ("440704", "江海区", 2), ("440705", "新会区", 30)]
ITEMS = [
    {"name": "区划代码", "column": "code", "data_type": "字符型", "data_length": "6"},
    {"name": "名称", "column": "name", "data_type": "字符型", "data_length": "60"},
    {"name": "镇街数", "column": "towns", "data_type": "数值型", "data_length": "4"},
]


@pytest.fixture
def make(platform, as_platform):
    """Return a function that publishes an entry of 市民政局."""
    from ckanext.jiangmen.catalog import lists, organizations

    row = lists.organization_named("市民政局")
    body = as_platform("organization_create", **organizations.organization_dict(row))

    def entry(number=1, **changes):
        fields = {
            "type": "dataset",
            "name": f"quhua-{number:06}",
            "title": "江门市行政区划",
            "owner_org": body["id"],
            "private": False,
            "notes": "全市区划代码与名称。",
            "content_kind": "基础信息",
            "content_subkind": "地理空间",
            "format_class": "电子表格",
            "format_types": ["xlsx"],
            "sharing_category": "可社会公开",
            "open_condition": "无",
            "exchange_method": "系统对接",
            "update_cycle": "每年",
            "cycle_reason": "区划按年调整。",
            "secrecy": "非涉密",
            "license_id": "CC-BY-4.0",
            "subject_terms": ["行政区划"],
            "tags": [{"name": "行政区划"}],
            "information_items": ITEMS,
        }
        return as_platform("package_create", **fields | changes)

    return entry


@pytest.fixture
def loaded(make, as_platform, tmp_path):
    """Return a published entry with a loaded table of ROWS."""
    from ckanext.jiangmen.catalog import files
    from ckanext.jiangmen.tables import load

    entry = make()
    text = io.StringIO()
    csv.writer(text).writerows([("code", "name", "towns"), *ROWS])
    blob = files.put(io.BytesIO(text.getvalue().encode()))
    resource = as_platform(
        "resource_create",
        package_id=entry["id"],
        name="行政区划.csv",
        format="CSV",
        url="quhua.csv",
        url_type="upload",
        sha256=blob.sha256,
        size=blob.size,
    )
    load.load_table(resource["id"], files.existing(blob.sha256), ITEMS, is_export=True)
    as_platform("resource_patch", id=resource["id"], datastore_active=True)
    return as_platform("package_show", id=entry["id"])


def page_of(app, entry, query=""):
    return app.get(f"/dataset/{entry['name']}{query}").body


def table_rows(page):
    """Return the cells of the preview's rows."""
    body = re.search(r'id="preview".*?<tbody>(.*?)</tbody>', page, re.S).group(1)
    return [
        re.findall(r"<td[^>]*>([^<]*)</td>", row)
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
    ]


def test_the_page_shows_rows_items_provider_licence_and_citation(app, loaded):
    page = page_of(app, loaded)
    assert table_rows(page) == [[code, name, str(n)] for code, name, n in ROWS]
    for text in ("镇街数", "市民政局", "注明数据提供方", "[DS/OL]. 江门:", "@misc{"):
        assert text in page


def test_rows_are_sorted_filtered_and_searched_by_the_address_alone(app, loaded):
    down = page_of(app, loaded, "?sort=towns&order=desc")
    assert [row[2] for row in table_rows(down)] == ["30", "2", "1"]
    assert 'aria-sort="descending"' in down
    one = page_of(app, loaded, "?column=name&value=江海区")
    assert table_rows(one) == [["440704", "江海区", "2"]]
    assert "第 1 至 1 行，共 1 行" in one
    assert len(table_rows(page_of(app, loaded, "?q=新会区"))) == 1


@pytest.mark.parametrize(
    "query",
    [
        "?sort=nothing",
        "?column=nothing&value=1",
        "?column=towns&value=abc",
        '?sort=";drop table x&order=desc',
    ],
)
def test_an_unknown_column_or_value_shows_all_rows_and_says_so(app, loaded, query):
    page = page_of(app, loaded, query)
    assert len(table_rows(page)) == len(ROWS)
    assert "没有所选的列或值" in page


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999", "9" * 5000, "²"])
def test_a_page_that_does_not_exist_is_no_error(app, loaded, page):
    body = page_of(app, loaded, f"?page={page}")
    assert "区划代码" in body


def test_sizes_of_downloads_are_what_is_downloaded(app, loaded):
    from ckanext.jiangmen.portal import export_sizes

    resource = loaded["resources"][0]["id"]
    sizes = export_sizes.sizes(resource)
    assert set(sizes) == {"csv", "xlsx", "json", "parquet"}
    for fmt, size in sizes.items():
        path = f"/dataset/{loaded['name']}/resource/{resource}/export/{fmt}?bom=1"
        if fmt != "xlsx":  # a workbook holds the moment it was written
            assert len(app.get(path).data) == size
    assert f"{sizes['csv']} B" in page_of(app, loaded)


def test_the_lines_of_python_are_python_and_name_an_address_that_answers(app, loaded):
    page = page_of(app, loaded)
    text = html.unescape(re.search(r'id="lines-python">(.*?)</pre>', page, re.S)[1])
    done = subprocess.run(
        [sys.executable, "-c", "import ast, sys; ast.parse(sys.stdin.read())"],
        input=text,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    address = re.search(r'urlopen\("[^/]*//[^/]*(/[^"]*)"', text)[1]
    found = app.get(address).json["result"]["records"]
    assert [row["code"] for row in found] == [row[0] for row in ROWS]


def test_an_entry_without_files_says_what_to_do(app, make):
    assert "暂未挂接数据文件" in page_of(app, make())


def test_two_hundred_items_are_one_table_with_a_field_to_find_them(app, make):
    items = [
        {"name": f"信息项{n}", "data_type": "字符型", "data_length": "20"}
        for n in range(200)
    ]
    page = page_of(app, make(information_items=items))
    assert page.count('<th scope="row">信息项') == 200
    assert 'data-filters="items-table"' in page


def test_entries_on_the_same_subjects_are_named(app, make):
    one = make()
    make(2, title="江门市镇街名单")
    assert "江门市镇街名单" in page_of(app, one)


def test_versions_are_those_that_were_received(app, make, as_platform):
    import datetime as dt

    from ckan import model

    from ckanext.jiangmen.publication.model import Receipt

    entry = make()
    for crossing, version, day in (("a", 1, 3), ("b", 2, 5), ("c", 2, 9)):
        model.Session.add(
            Receipt(
                crossing=crossing,
                package_id=entry["id"],
                verb="publish",
                version=version,
                hash="0",
                bytes=0,
                at=dt.datetime(2026, 1, day, tzinfo=dt.UTC),
            )
        )
    model.Session.commit()
    found = as_platform("jiangmen_portal_version_list", id=entry["name"])["results"]
    assert [(row["version"], row["published"][:10]) for row in found] == [
        (2, "2026-01-05"),
        (1, "2026-01-03"),
    ]
    assert "第 2 版" in page_of(app, entry)
