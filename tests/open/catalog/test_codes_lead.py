"""Codes lead to their entries on the open site as well, without an account."""

from __future__ import annotations

import pytest


@pytest.fixture
def published(platform, as_platform):
    """Two published entries of 市民政局; the second names the first."""
    from ckanext.jiangmen.catalog import lists, organizations

    row = lists.organization_named("市民政局")
    body = as_platform("organization_create", **organizations.organization_dict(row))

    def make(name, **fields):
        return as_platform(
            "package_create",
            type="dataset",
            name=name,
            owner_org=body["id"],
            private=False,
            notes="全市区划代码与名称。",
            content_kind="基础信息",
            format_class="电子文件",
            sharing_category="可社会公开",
            exchange_method="系统对接",
            update_cycle="每年",
            secrecy="非涉密",
            license_id="CC-BY-4.0",
            **fields,
        )

    first = make(
        "qu-hua-000001",
        title="江门市行政区划",
        resource_code="307407/000001",
        former_codes=["民调2017-018", "44H012/000057"],
    )
    second = make(
        "di-ming-000002",
        title="江门市地名",
        resource_code="307407/000002",
        related_codes=["307407/000001"],
    )
    return first, second


@pytest.mark.parametrize("code", ["307407/000001", "民调2017-018", "44H012/000057"])
def test_every_code_of_an_entry_redirects_to_it(app, published, code):
    answer = app.get(f"/code/{code}", follow_redirects=False, status=302)
    assert answer.location.endswith("/dataset/qu-hua-000001")


def test_a_code_that_nothing_has_is_told_in_chinese(app, published):
    body = app.get("/code/307407/000009", status=404).body
    assert "本目录中没有使用这一代码的信息资源。" in body


def test_related_entries_link_both_ways(app, published):
    body = app.get("/dataset/qu-hua-000001", status=200).body
    assert "/dataset/di-ming-000002" in body
    body = app.get("/dataset/di-ming-000002", status=200).body
    assert "/dataset/qu-hua-000001" in body
