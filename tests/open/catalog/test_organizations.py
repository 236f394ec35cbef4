"""The open site has the same libraries; organizations arrive by publication."""

from __future__ import annotations

import pytest

from ckanext.jiangmen.catalog import organizations


@pytest.mark.usefixtures("platform")
def test_only_libraries_are_loaded_with_the_same_ids(as_platform):
    loaded = organizations.load()
    assert len(loaded.created) == 14
    assert as_platform("organization_list") == []
    shown = as_platform("group_show", id="tongjifenxiku")
    assert shown["id"] == organizations.library_id("tongjifenxiku")
    assert organizations.load().unchanged == 14
