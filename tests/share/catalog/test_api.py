"""What checks and clients call over HTTP: multipart, tokens, forms, contracts."""

from __future__ import annotations

import io
import json

import pytest

import ckan.plugins.toolkit as tk

CSV = "区划代码,名称\n440703,蓬江区\n440704,江海区\n440705,新会区\n"


@pytest.fixture
def post(platform, people):
    """Return a function that posts to an action with a user's token."""
    tokens = {}

    def call(action, user, status=200, files=None, **data):
        if user not in tokens:
            tokens[user] = tk.get_action("api_token_create")(
                {"user": user, "ignore_auth": True}, {"user": user, "name": "test"}
            )["token"]
        headers = {"Authorization": tokens[user]}
        if files:
            answer = platform.post(
                f"/api/3/action/{action}", data={**data, **files}, headers=headers
            )
        else:
            answer = platform.post(
                f"/api/3/action/{action}",
                data=json.dumps(data),
                headers=headers | {"Content-Type": "application/json"},
            )
        assert answer.status_code == status, answer.body
        return answer.json["result" if status == 200 else "error"]

    return call


@pytest.fixture
def survey(an_entry):
    """The bytes of a workbook of one entry."""
    from ckanext.jiangmen.catalog.survey import write_entries

    return write_entries([{**an_entry(), "organization_title": "市民政局"}])


def test_a_workbook_walks_from_upload_to_a_loaded_table_over_http(post, survey):
    upload = {"upload": (io.BytesIO(survey), "调查表.xlsx")}
    seen = post("jiangmen_survey_preview", "c_cataloguer", files=upload)
    assert (seen["created"], seen["refused"]) == (1, 0)
    upload = {"upload": (io.BytesIO(survey), "调查表.xlsx")}
    done = post("jiangmen_survey_import", "c_cataloguer", files=upload)
    assert set(done) >= {
        "import_id",
        "created",
        "changed",
        "unchanged",
        "refused",
        "revisions",
        "errors",
    }
    revision = done["revisions"][0]
    table = {"upload": (io.BytesIO(CSV.encode()), "江门市行政区划.csv")}
    post("jiangmen_revision_attach", "c_cataloguer", files=table, id=revision)
    post("jiangmen_revision_submit", "c_cataloguer", id=revision)
    for user in ("c_reviewer", "secrecy", "coordinator"):
        shown = post("jiangmen_revision_approve", user, id=revision)
    assert shown["state"] == "approved"
    entry = post("package_show", "b_cataloguer", id=shown["package_id"])
    assert entry["title"] == "江门市行政区划"
    found = post(
        "datastore_search", "c_cataloguer", resource_id=entry["resources"][0]["id"]
    )
    assert found["total"] == 3
    assert found["records"][0]["名称"] == "蓬江区"


def test_wrong_cells_are_an_answer_with_status_200(post, an_entry):
    from ckanext.jiangmen.catalog.survey import write_entries

    wrong = write_entries(
        [{**an_entry(content_kind="其他"), "organization_title": "市民政局"}]
    )
    upload = {"upload": (io.BytesIO(wrong), "调查表.xlsx")}
    answer = post("jiangmen_survey_import", "c_cataloguer", files=upload)
    assert answer["errors"][0]["cell"] == "B2"


def test_an_unreadable_workbook_is_a_409(post):
    upload = {"upload": (io.BytesIO(b"PK\x03\x04broken"), "调查表.xlsx")}
    error = post("jiangmen_survey_preview", "c_cataloguer", 409, files=upload)
    assert error["upload"]


def test_an_accounts_sysadmin_right_does_not_get_past_the_review(post, an_entry):
    from ckan import model

    model.User.get("c_cataloguer").sysadmin = True
    model.Session.commit()
    proposed = post("package_create", "c_cataloguer", **an_entry())
    assert proposed["revision_id"]
    assert model.Package.get(proposed["id"]) is None


def test_what_only_the_platform_writes_cannot_be_sent(post, an_entry):
    proposed = post(
        "package_create",
        "c_cataloguer",
        **an_entry(publish_date="1900-01-01", private=False, version="9", groups=[]),
    )
    assert proposed["publish_date"] == ""
    assert proposed["private"] is True
    assert "version" not in proposed


def test_a_contradicting_open_flag_is_refused(post, an_entry):
    error = post(
        "package_create",
        "c_cataloguer",
        409,
        **an_entry(sharing_category="有条件共享", open_flag="是"),
    )
    assert "open_flag" in error


@pytest.mark.parametrize(
    "query",
    ["行政区划", "蓬江", "区划：代码", "xingzhengquhua", "江" * 300, "a:b:c", '"'],
)
def test_no_search_text_breaks_the_search(post, query):
    assert post("package_search", "c_cataloguer", q=query)["count"] == 0


def test_a_facet_never_counts_zero_and_lists_no_foreign_field(post, act, approved):
    approved()
    found = post(
        "package_search",
        "b_cataloguer",
        **{
            "facet.mincount": 0,
            "facet.field": ["content_kind", "permission_labels", "name"],
        },
    )
    assert set(found["search_facets"]) == {"content_kind"}
    assert found["search_facets"]["content_kind"]["items"][0]["count"] == 1


def test_lists_hold_no_items_and_one_entry_does(post, approved):
    entry = approved()
    found = post("package_search", "c_cataloguer", q="区划代码")
    assert found["count"] == 1
    assert "information_items" not in found["results"][0]
    shown = post("package_show", "c_cataloguer", id=entry["id"])
    assert len(shown["information_items"]) == 2


def test_an_entry_with_a_thousand_items_saves_indexes_and_shows(
    post, an_entry, through_review
):
    items = [
        {"name": f"第{n}个信息项", "data_type": "字符型", "data_length": "20"}
        for n in range(1000)
    ]
    proposed = post(
        "package_create", "c_cataloguer", **an_entry(information_items=items)
    )
    through_review(proposed["revision_id"])
    shown = post("package_show", "c_cataloguer", id=proposed["id"])
    assert [item["name"] for item in shown["information_items"]] == [
        item["name"] for item in items
    ]
    assert post("package_search", "c_cataloguer", q="第777个信息项")["count"] == 1


def test_an_entry_cannot_be_moved_to_another_department(post, approved, people):
    entry = approved()
    error = post(
        "package_patch", "c_cataloguer", 409, id=entry["id"], owner_org=people.tax
    )
    assert "owner_org" in error


def test_an_address_that_runs_a_script_is_refused(post, an_entry):
    link = [{"name": "链接", "url": "javascript:alert(1)"}]
    error = post("package_create", "c_cataloguer", 409, **an_entry(resources=link))
    assert "resources" in error


def test_a_file_cannot_take_anothers_id(post, an_entry):
    wanted = "7b2c7f4e-1111-4222-8333-444455556666"
    link = [{"id": wanted, "name": "链接", "url": "https://example.invalid/a"}]
    proposed = post("package_create", "c_cataloguer", **an_entry(resources=link))
    assert proposed["resources"][0]["id"] != wanted


def test_an_entry_is_not_approved_that_breaks_a_rule_by_then(post, draft, people):
    from ckan import model

    revision = draft()["revision_id"]
    post("jiangmen_revision_submit", "c_cataloguer", id=revision)
    post("jiangmen_revision_approve", "c_reviewer", id=revision)
    post("jiangmen_revision_approve", "secrecy", id=revision)
    department = model.Group.get(people.civil)
    department.extras = {**department.extras, "scope": "internal"}
    model.Session.commit()
    error = post("jiangmen_revision_approve", "coordinator", 409, id=revision)
    assert "尚不能通过" in error["revision"][0]
