"""Bodies and libraries come from YAML, as often as one likes."""

from __future__ import annotations

import pytest

import ckan.plugins.toolkit as tk
from ckan.cli.cli import ckan as ckan_command

from ckanext.jiangmen.catalog import lists, organizations

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def bureau(as_platform):
    """Return 市民政局 alone, as the loader creates it."""
    row = lists.organization_named("市民政局")
    return as_platform("organization_create", **organizations.organization_dict(row))


def test_bodies_and_libraries_are_created_once_and_left_alone_then(as_platform):
    loaded = organizations.load()
    bodies = sorted(row["name"] for row in lists.organizations())
    assert sorted(as_platform("organization_list")) == bodies
    assert len(as_platform("group_list")) == 14
    again = organizations.load()
    assert (again.created, again.changed) == ([], [])
    assert again.unchanged == len(loaded.created) == len(bodies) + 14
    shown = as_platform("group_show", id="farenku")
    assert shown["library_kind"] == "基础库"
    assert shown["members_by_role"]["lead"] == ["市工商局", "市编办", "市民政局"]
    assert (shown["class_lei"], shown["class_xiang"]) == ("1", "02")
    as_platform("organization_patch", id="minzhengju", contact_name="李某")
    assert organizations.load().changed == []
    assert organizations.load(overwrite=True, dry_run=True).changed == ["minzhengju"]
    assert organizations.load(overwrite=True).changed == ["minzhengju"]
    shown = as_platform("organization_show", id="minzhengju")
    assert shown["contact_name"] == "数据资源管理岗"


def test_a_body_is_shown_as_the_yaml_has_it(bureau, as_platform):
    row = lists.organization_named("市民政局")
    shown = as_platform("organization_show", id="minzhengju")
    assert shown["id"] == organizations.organization_id("minzhengju")
    wanted = organizations.organization_dict(row)
    assert {field: shown[field] for field in wanted} == wanted


def test_correcting_a_body_keeps_its_members(bureau, as_platform):
    as_platform("user_create", name="cataloguer", email="c@gov.cn", password="12345678")
    as_platform(
        "organization_member_create",
        id="minzhengju",
        username="cataloguer",
        role="editor",
    )
    as_platform("organization_patch", id="minzhengju", contact_name="李某")
    members = as_platform("member_list", id="minzhengju", object_type="user")
    assert "Editor" in {capacity for _, _, capacity in members}


def test_the_command_says_what_it_would_do(cli):
    dry = cli.invoke(ckan_command, ["jiangmen", "organizations", "load", "--dry-run"])
    assert "created minzhengju" in dry.output
    assert "0 changed, 0 unchanged" in dry.output
    assert dry.exit_code == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("credit_code", "11440700DEM00009X2"),
        ("region_code", "440782"),
        ("scope", "secret"),
        ("org_kind", "企业"),
    ],
)
def test_a_body_with_a_wrong_value_is_refused(bureau, as_platform, field, value):
    with pytest.raises(tk.ValidationError) as refused:
        as_platform("organization_patch", id="minzhengju", **{field: value})
    assert field in refused.value.error_dict
