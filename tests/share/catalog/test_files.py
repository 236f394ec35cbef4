"""Files are staged, checked at once, and in force with their revision."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

CSV = "区划代码,名称\n440703,蓬江区\n440704,江海区\n440705,新会区\n"


@pytest.fixture
def with_table(act, draft, upload, through_review):
    """An entry in force with a loaded table; returns (entry id, resource id)."""
    proposed = draft()
    attached = act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(CSV),
    )
    through_review(proposed["revision_id"])
    return proposed["id"], attached["resource"]["id"]


def _rows(resource_id):
    from ckanext.jiangmen.tables import registry

    loaded = registry.loaded(resource_id)
    return loaded.rows if loaded else None


def test_an_attached_file_keeps_its_chinese_name_and_its_sum(act, draft, upload):
    revision = draft()["revision_id"]
    answer = act(
        "jiangmen_revision_attach", user="c_cataloguer", id=revision, upload=upload()
    )
    resource = answer["resource"]
    assert resource["file_name"] == "江门市行政区划.csv"
    assert resource["sha256"] == hashlib.sha256(CSV.encode()).hexdigest()
    assert resource["size"] == len(CSV.encode())
    assert resource["header"] == ["区划代码", "名称"]


def test_wrong_columns_are_told_at_once(act, draft, upload):
    revision = draft()["revision_id"]
    with pytest.raises(tk.ValidationError) as refused:
        act(
            "jiangmen_revision_attach",
            user="c_cataloguer",
            id=revision,
            upload=upload("代码,名称\n1,甲\n"),
        )
    assert "代码" in refused.value.error_dict["upload"][0]


def test_bad_rows_are_told_with_their_number(act, draft, upload, an_entry):
    items = [{"name": "人数", "data_type": "整型", "data_length": "8"}]
    revision = draft(information_items=items)["revision_id"]
    with pytest.raises(tk.ValidationError) as refused:
        act(
            "jiangmen_revision_attach",
            user="c_cataloguer",
            id=revision,
            upload=upload("人数\n12\n十二\n"),
        )
    assert any("第3行" in told for told in refused.value.error_dict["upload"])


def test_a_file_cannot_be_claimed_by_its_sum(act, draft, upload):
    proposed = draft(
        resources=[
            {
                "name": "别人的文件",
                "url_type": "upload",
                "sha256": "a" * 64,
                "url": "https://example.invalid",
            }
        ]
    )
    assert "sha256" not in proposed["resources"][0]
    assert "url_type" not in proposed["resources"][0]


def test_after_the_approval_the_table_is_loaded(act, with_table):
    entry_id, resource_id = with_table
    entry = act("package_show", user="c_cataloguer", id=entry_id)
    resource = entry["resources"][0]
    assert resource["id"] == resource_id
    assert resource["datastore_active"] is True
    assert resource["file_name"] == "江门市行政区划.csv"
    assert _rows(resource_id) == 3


def test_new_rows_under_unchanged_metadata_need_no_review(act, with_table, upload):
    entry_id, resource_id = with_table
    more = CSV + "440781,台山市\n"
    answer = act(
        "jiangmen_table_replace",
        user="c_cataloguer",
        resource_id=resource_id,
        upload=upload(more),
    )
    assert answer["version"] == 2
    assert _rows(resource_id) == 4
    entry = act("package_show", user="c_cataloguer", id=entry_id)
    assert entry["version"] == 2
    history = act("jiangmen_entry_history", user="c_cataloguer", id=entry_id)
    assert history["versions"][0]["kind"] == "data"


def test_changed_columns_are_refused_without_a_revision(act, with_table, upload):
    _entry_id, resource_id = with_table
    with pytest.raises(tk.ValidationError):
        act(
            "jiangmen_table_replace",
            user="c_cataloguer",
            resource_id=resource_id,
            upload=upload("区划代码\n440703\n"),
        )
    assert _rows(resource_id) == 3


def test_an_open_draft_stands_on_the_new_rows(act, with_table, upload, through_review):
    entry_id, resource_id = with_table
    edit = act("package_patch", user="c_cataloguer", id=entry_id, remarks="备注。")
    act(
        "jiangmen_table_replace",
        user="c_cataloguer",
        resource_id=resource_id,
        upload=upload(CSV + "440781,台山市\n"),
    )
    through_review(edit["revision_id"])
    entry = act("package_show", user="c_cataloguer", id=entry_id)
    assert (entry["version"], entry["remarks"]) == (3, "备注。")
    assert _rows(resource_id) == 4


def test_a_failed_load_waits_and_is_done_later(act, draft, upload, through_review):
    from ckanext.jiangmen.catalog import files, jobs

    proposed = draft()
    attached = act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(),
    )
    resource = attached["resource"]
    files.remove(resource["sha256"])
    through_review(proposed["revision_id"])
    assert [job["kind"] for job in jobs.waiting()] == ["load"]
    assert jobs.waiting()[0]["attempts"] == 1
    files.put(upload().stream)
    model.Session.execute(sa.text("UPDATE jiangmen_catalog_job SET due = now()"))
    model.Session.commit()
    assert jobs.run_due() >= 1
    assert jobs.waiting() == []
    assert _rows(resource["id"]) == 3


def test_a_withdrawn_entrys_table_is_dropped(act, with_table):
    entry_id, resource_id = with_table
    act("jiangmen_entry_withdraw", user="coordinator", id=entry_id, reason="停用。")
    assert _rows(resource_id) is None


def test_files_nothing_names_are_collected_and_others_stay(
    act, with_table, upload, draft
):
    from ckanext.jiangmen.catalog import collection, files

    kept = hashlib.sha256(CSV.encode()).hexdigest()
    lost = files.put(upload("没有条目的文件").stream)
    assert collection.collect(older_than_s=3600).removed == 0
    assert collection.collect(older_than_s=0).removed == 1
    assert files.has(kept)
    assert not files.has(lost.sha256)


def test_a_reviewer_reads_the_staged_file_and_another_department_does_not(
    act, draft, upload, platform
):
    proposed = draft()
    attached = act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(),
    )
    address = f"/revision/{proposed['revision_id']}/file/{attached['resource']['id']}"

    def get(user):
        token = tk.get_action("api_token_create")(
            {"user": user, "ignore_auth": True}, {"user": user, "name": "test"}
        )["token"]
        return platform.get(address, headers={"Authorization": token})

    answer = get("c_reviewer")
    assert answer.status_code == 200
    assert "%E6%B1%9F" in answer.headers["Content-Disposition"]
    assert get("b_cataloguer").status_code == 404
