"""Bad rows of a table: named, left out only if asked for, seen by the reviewers."""

from __future__ import annotations

import csv
import io
import re

import pytest

import ckan.plugins.toolkit as tk

ITEMS = [
    {"name": "名称", "data_type": "字符型", "data_length": "20"},
    {"name": "人数", "data_type": "整型", "data_length": "8"},
]
ROWS = "名称,人数\n甲村,12\n乙村,十二\n丙村,7\n丁村,许多\n"


@pytest.fixture
def attach(act, upload):
    """Return a function that attaches a table to a draft."""

    def go(revision, content=ROWS, **options):
        return act(
            "jiangmen_revision_attach",
            user="c_cataloguer",
            id=revision,
            upload=upload(content, "村.csv"),
            **options,
        )

    return go


@pytest.fixture
def page(app):
    """Return a function that opens an address as an account, by its token."""
    from ckan.tests import factories

    def ask(name, address, method="get", **options):
        token = factories.APIToken(user=name)["token"]
        return getattr(app, method)(
            address,
            headers={"Authorization": token},
            follow_redirects=False,
            **options,
        )

    return ask


def _table(resource_id):
    from ckanext.jiangmen.tables import registry

    loaded = registry.loaded(resource_id)
    return loaded.rows if loaded else None


def test_a_table_with_bad_rows_is_refused_and_each_is_named(draft, attach):
    revision = draft(information_items=ITEMS)["revision_id"]
    with pytest.raises(tk.ValidationError) as refused:
        attach(revision)
    told = refused.value.error_dict
    assert "有2行不符合" in told["upload"][0]
    assert "其余2行" in told["upload"][0]
    assert [(bad["row"], bad["column"]) for bad in told["bad_rows"]] == [
        (3, "人数"),
        (5, "人数"),
    ]
    assert all(bad["reason"] for bad in told["bad_rows"])


def test_the_good_rows_are_loaded_and_the_number_left_out_is_kept(
    act, draft, attach, through_review
):
    proposed = draft(information_items=ITEMS)
    revision = proposed["revision_id"]
    resource = attach(revision, only_good_rows=True)["resource"]
    assert resource["rows_left_out"] == 2
    shown = act("jiangmen_revision_show", user="c_reviewer", id=revision)
    assert shown["entry"]["resources"][0]["rows_left_out"] == 2
    told = act(
        "jiangmen_revision_bad_rows",
        user="c_reviewer",
        id=revision,
        resource_id=resource["id"],
    )
    assert (told["count"], [row["row"] for row in told["rows"]]) == (2, [3, 5])
    through_review(revision)
    assert _table(resource["id"]) == 2
    found = act("datastore_search", user="c_cataloguer", resource_id=resource["id"])
    assert [record["名称"] for record in found["records"]] == ["甲村", "丙村"]
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    assert entry["resources"][0]["rows_left_out"] == 2


def test_a_whole_table_in_its_place_leaves_nothing_out(draft, attach):
    revision = draft(information_items=ITEMS)["revision_id"]
    first = attach(revision, only_good_rows=True)["resource"]
    whole = "名称,人数\n甲村,12\n乙村,13\n"
    again = attach(revision, whole, resource_id=first["id"], only_good_rows=True)
    assert "rows_left_out" not in again["resource"]


def test_a_table_without_a_good_row_is_refused_all_the_same(draft, attach):
    revision = draft(information_items=ITEMS)["revision_id"]
    with pytest.raises(tk.ValidationError) as refused:
        attach(revision, "名称,人数\n甲村,许多\n", only_good_rows=True)
    assert "全部1行" in refused.value.error_dict["upload"][0]


def test_more_bad_rows_than_the_reviewers_saw_are_not_left_out(
    act, draft, attach, through_review
):
    revision = draft(information_items=ITEMS)["revision_id"]
    resource = attach(revision, only_good_rows=True)["resource"]
    shorter = [ITEMS[0] | {"data_length": "1"}, ITEMS[1]]
    entry = act("jiangmen_revision_show", user="c_cataloguer", id=revision)["entry"]
    act(
        "package_patch",
        user="c_cataloguer",
        id=entry["id"],
        information_items=shorter,
    )
    through_review(revision)
    assert _table(resource["id"]) is None


def test_who_may_not_see_the_revision_sees_no_bad_rows(act, draft, attach):
    revision = draft(information_items=ITEMS)["revision_id"]
    resource = attach(revision, only_good_rows=True)["resource"]
    for wanted in ({"id": revision, "resource_id": "x"}, {"id": "x"}):
        with pytest.raises((tk.ObjectNotFound, tk.ValidationError)):
            act("jiangmen_revision_bad_rows", user="c_reviewer", **wanted)
    with pytest.raises(tk.ObjectNotFound):
        act(
            "jiangmen_revision_bad_rows",
            user="b_cataloguer",
            id=revision,
            resource_id=resource["id"],
        )


def test_the_page_offers_the_list_and_then_the_good_rows(page, draft):
    revision = draft(information_items=ITEMS)["revision_id"]
    address = f"/desk/revision/{revision}/attach"

    def send(**fields):
        data = {"upload": (io.BytesIO(ROWS.encode()), "村.csv"), **fields}
        return page(
            "c_cataloguer",
            address,
            "post",
            data=data,
            content_type="multipart/form-data",
        )

    refused = send()
    assert refused.status_code == 200
    body = refused.get_data(as_text=True)
    assert "不合格的行" in body
    assert re.search(r"<td[^>]*>3</td><td[^>]*>[^<]+</td><td>[^<]+</td>", body)
    token = re.search(r"/desk/bad-rows/([\w-]+)", body).group(1)
    kept = page("c_cataloguer", f"/desk/bad-rows/{token}")
    listed = list(csv.reader(io.StringIO(kept.get_data().decode("utf-8-sig"))))
    assert [row[0] for row in listed[1:]] == ["3", "5"]
    assert page("c_reviewer", f"/desk/bad-rows/{token}").status_code == 404

    assert send(only_good_rows="true").status_code == 302
    shown = page("c_reviewer", f"/desk/revision/{revision}").get_data(as_text=True)
    assert "未载入2行" in shown
    link = re.search(rf"/desk/revision/{revision}/left-out/[\w-]+", shown).group(0)
    answer = page("c_reviewer", link)
    assert answer.status_code == 200
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert "许多" in answer.get_data(as_text=True)
