"""On the open site nobody but the receiver writes entries."""

from __future__ import annotations

import pytest

import ckan.plugins.toolkit as tk
from ckan import model

WRITING = [
    ("package_create", {"title": "甲"}),
    ("package_update", {"id": "a"}),
    ("package_patch", {"id": "a"}),
    ("package_delete", {"id": "a"}),
    ("resource_create", {"package_id": "a", "url": "http://example.invalid"}),
    ("resource_update", {"id": "a"}),
    ("resource_delete", {"id": "a"}),
    ("package_owner_org_update", {"id": "a", "organization_id": "b"}),
]


@pytest.fixture
def entry(platform, as_platform):
    """An entry on the open site, with a file, named a."""
    from ckanext.jiangmen.catalog import lists, organizations

    row = lists.organization_named("市民政局")
    made = as_platform("organization_create", **organizations.organization_dict(row))
    return as_platform(
        "package_create",
        title="江门市行政区划",
        name="a-entry",
        owner_org=made["id"],
        content_kind="基础信息",
        notes="摘要。",
        format_class="电子文件",
        sharing_category="可社会公开",
        exchange_method="系统对接",
        update_cycle="实时",
        secrecy="非涉密",
        secrecy_review_result="可公开",
        license_id="CC-BY-4.0",
        resources=[{"name": "文件", "url": "https://example.invalid/a"}],
    )


@pytest.mark.parametrize("user", ["", "somebody", "human_sysadmin"])
@pytest.mark.parametrize(("action", "data"), WRITING, ids=[w[0] for w in WRITING])
def test_no_person_writes_entries_here(act, entry, as_platform, action, data, user):
    if user:
        as_platform(
            "user_create",
            name=user,
            email=f"{user}@example.invalid",
            password="Zhongwen-2026",
        )
    if user == "human_sysadmin":
        model.User.get(user).sysadmin = True
        model.Session.commit()
    known = {"a": entry["id"]}
    if action.startswith("resource_") and "id" in data:
        known = {"a": entry["resources"][0]["id"]}
    data = {key: known.get(value, value) for key, value in data.items()}
    with pytest.raises(tk.NotAuthorized):
        act(action, user=user, **data)
