"""An entry begins with a table or with another entry; saving takes the table along."""

from __future__ import annotations

import io
import json
import re

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.tests import factories

TABLE = (
    "机构名称,统一社会信用代码,床位数,成立日期\n"
    "演示养老院,91440700DEM0000010,120,1900-01-02\n"
    "示范敬老院,91440700DEM0000020,85,1900-11-30\n"
)


@pytest.fixture
def browse(app, people):
    """Return a function that asks for an address as a cataloguer of 市民政局."""
    token = factories.APIToken(user="c_cataloguer")["token"]

    def call(address, method="get", **options):
        return getattr(app, method)(
            address,
            headers={"Authorization": token},
            follow_redirects=False,
            **options,
        )

    return call


def rows(table):
    from ckan import model

    return model.Session.scalar(sa.text(f"SELECT count(*) FROM {table}"))


def begun_at(answer):
    return re.search(r"form=([0-9a-f-]{36})", answer.headers["Location"]).group(1)


def test_the_items_of_a_table_are_proposed_with_types_and_lengths(act, people, upload):
    begun = act(
        "jiangmen_entry_from_table",
        user="c_cataloguer",
        upload=upload(TABLE, "养老机构.csv"),
    )
    entry = begun["entry"]
    assert entry["title"] == "养老机构"
    assert entry["owner_org"] == people.civil
    assert (entry["format_class"], entry["format_types"]) == ("电子表格", ["csv"])
    told = [
        (item["name"], item["data_type"], item.get("data_length"))
        for item in entry["information_items"]
    ]
    assert told == [
        ("机构名称", "字符型", "5"),
        ("统一社会信用代码", "字符型", "18"),
        ("床位数", "整型", "3"),
        ("成立日期", "日期型", None),
    ]
    assert begun["table"] == "养老机构.csv"
    assert rows("jiangmen_revision") == 0


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"\x00\x01\x02" * 50, "图片.png"), (TABLE, "表格.exe"), (b"", "空.csv")],
)
def test_a_file_that_is_no_table_is_refused_in_words(
    act, people, upload, content, name
):
    with pytest.raises(tk.ValidationError) as caught:
        act(
            "jiangmen_entry_from_table",
            user="c_cataloguer",
            upload=upload(content, name),
        )
    assert caught.value.error_dict["upload"][0].endswith("。")
    assert rows("jiangmen_unsaved") == 0


@pytest.mark.parametrize("wished", [True, False])
def test_the_table_is_attached_to_the_draft_if_wished(
    browse, act, an_entry, upload, wished
):
    answer = browse(
        "/desk/entry/from-table",
        "post",
        data={"upload": (io.BytesIO(TABLE.encode()), "养老机构.csv")},
        content_type="multipart/form-data",
    )
    form = begun_at(answer)
    page = browse(f"/desk/entry/new?form={form}").body
    assert "保存草稿时附上“养老机构.csv”" in page
    items = act("jiangmen_unsaved_show", user="c_cataloguer", form=form)["entry"]
    typed = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in an_entry(
            title="养老机构", information_items=items["information_items"]
        ).items()
    }
    typed |= {"unsaved_form": form} | ({"with_table": "1"} if wished else {})
    browse("/desk/entry/live", "post", data=typed | {"keep": "1"})
    saved = browse("/desk/entry/new", "post", data=typed)
    assert saved.status_code == 302
    revision = saved.headers["Location"].rsplit("/", 1)[1]
    shown = act("jiangmen_revision_show", user="c_cataloguer", id=revision)
    names = [file["file_name"] for file in shown["entry"]["resources"]]
    assert names == (["养老机构.csv"] if wished else [])
    assert rows("jiangmen_unsaved") == 0


def test_a_table_whose_form_turns_out_classified_leaves_the_store(act, people, upload):
    from ckanext.jiangmen.catalog import files

    begun = act(
        "jiangmen_entry_from_table",
        user="c_cataloguer",
        upload=upload(TABLE, "养老机构.csv"),
    )
    assert len(list(files.stored())) == 1
    act(
        "jiangmen_unsaved_keep",
        user="c_cataloguer",
        form=begun["form"],
        secrecy="秘密",
        title="养老机构",
    )
    assert list(files.stored()) == []


def test_a_collection_keeps_the_table_of_an_unsaved_form(act, people, upload):
    from ckanext.jiangmen.catalog import collection

    act(
        "jiangmen_entry_from_table",
        user="c_cataloguer",
        upload=upload(TABLE, "养老机构.csv"),
    )
    assert collection.collect(older_than_s=-60).removed == 0


def test_a_copy_leaves_code_files_ground_and_review_behind(act, approved, browse):
    mine = approved(former_codes=["MZ-01"], contact_phone="0750-3123456")
    begun = act("jiangmen_entry_copy", user="c_cataloguer", id=mine["id"])
    copied = begun["entry"]
    assert copied["title"] == "江门市行政区划（副本）"
    assert copied["contact_phone"] == "0750-3123456"
    assert [item["name"] for item in copied["information_items"]] == [
        "区划代码",
        "名称",
    ]
    assert not set(copied) & {
        "id",
        "name",
        "resource_code",
        "former_codes",
        "resources",
        "secrecy_review_result",
        "legal_basis",
    }
    assert rows("jiangmen_revision") == 1
    form = begun_at(browse(f"/desk/entry/copy/{mine['id']}", "post"))
    assert "江门市行政区划（副本）" in browse(f"/desk/entry/new?form={form}").body


@pytest.mark.parametrize("user", ["b_cataloguer", "c_reviewer", "coordinator"])
def test_only_the_departments_cataloguers_copy_an_entry(act, approved, user):
    mine = approved()
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_entry_copy", user=user, id=mine["id"])


def test_a_table_cannot_be_claimed_by_naming_its_sum(act, people, upload):
    """What the platform notes of a table is never taken from a caller."""
    form = "7e1f6a52-0000-4000-8000-000000001900"
    stolen = {"sha256": "0" * 64, "file_name": "别人的.csv"}
    act(
        "jiangmen_unsaved_keep",
        user="c_cataloguer",
        form=form,
        title="甲",
        _table=stolen,
    )
    shown = act("jiangmen_unsaved_show", user="c_cataloguer", form=form)
    assert shown["table"] == ""
