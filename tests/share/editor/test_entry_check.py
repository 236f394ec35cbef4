"""What is typed is checked before it is stored, with the sentences of saving."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.tests import factories

DOCUMENT = {
    "content_kind": "电子文档",
    "content_subkind": "",
    "subject_terms": "",
    "storage_medium": "",
}


@pytest.fixture
def check(act):
    """Return a function that has an entry checked as a cataloguer of 市民政局."""

    def call(user="c_cataloguer", **entry):
        return act("jiangmen_entry_check", user=user, **entry)

    return call


def counts():
    from ckan import model

    tables = ("package", "jiangmen_revision", "jiangmen_revision_event")
    return [
        model.Session.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in tables
    ]


def sentences_of_saving(act, entry):
    with pytest.raises(tk.ValidationError) as caught:
        act("package_create", user="c_cataloguer", **entry)
    return caught.value.error_dict


def test_a_right_entry_has_no_problems_and_nothing_of_it_is_stored(check, an_entry):
    before = counts()
    assert check(**an_entry()) == {"count": 0, "problems": []}
    assert counts() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"notes": ""}, "notes"),
        (DOCUMENT, "subject_terms"),
        (DOCUMENT, "storage_medium"),
        ({"content_subkind": "工业"}, "content_subkind"),
        ({"cycle_reason": ""}, "cycle_reason"),
        ({"license_id": ""}, "license_id"),
        ({"class_lei": "9", "class_xiang": "01", "class_mu": "001"}, "class_lei"),
        ({"class_lei": "1"}, "class_xiang"),
        ({"related_codes": "307407/999999"}, "related_codes"),
        ({"contact_phone": "电话"}, "contact_phone"),
    ],
)
def test_a_field_is_told_with_the_sentence_that_saving_has(
    check, act, an_entry, changes, field
):
    entry = an_entry(**changes)
    told = check(**entry)["problems"]
    mine = [one["message"] for one in told if one["field"] == field]
    assert mine
    assert mine == sentences_of_saving(act, entry)[field]


def test_wrong_items_are_named_by_their_place_and_column(check, an_entry):
    items = [
        {"name": f"指标{number}", "data_type": "字符型", "data_length": "20"}
        for number in range(1001)
    ]
    items[3]["data_type"] = "文本"
    items[500] = {"name": "指标1", "data_type": "日期型"}
    del items[1000]["data_length"]
    told = check(**an_entry(information_items=json.dumps(items)))
    places = [(one["item"], one["item_field"]) for one in told["problems"]]
    assert places == [(3, "data_type"), (500, "name"), (1000, "data_length")]
    assert "与第2项重复" in told["problems"][1]["message"]
    assert told["problems"][0]["label"] == "数据类型"


def test_of_a_classified_entry_nothing_else_is_said(check, an_entry):
    told = check(**an_entry(secrecy="秘密", title="", notes=""))
    assert [one["rule"] for one in told["problems"]] == ["secrecy"]


def test_a_title_that_the_department_has_already_is_told(check, an_entry, draft):
    draft()
    told = check(**an_entry())
    assert [one["field"] for one in told["problems"]] == ["title"]


def test_an_entry_is_not_its_own_double(check, an_entry, draft):
    mine = draft()
    assert check(**an_entry(id=mine["id"]))["count"] == 0


@pytest.mark.parametrize("user", ["c_reviewer", "coordinator", "secrecy"])
def test_who_writes_no_entries_has_none_checked(check, an_entry, user):
    with pytest.raises(tk.NotAuthorized):
        check(user=user, **an_entry())


def test_another_departments_draft_is_not_there(check, an_entry, draft):
    mine = draft()
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        check(user="b_cataloguer", **an_entry(id=mine["id"]))


def test_the_form_is_checked_as_it_stands(app, an_entry):
    entry = an_entry(**DOCUMENT)
    form = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in entry.items()
    }
    token = factories.APIToken(user="c_cataloguer")["token"]
    answer = app.post(
        "/desk/entry/live", data=form, headers={"Authorization": token}
    ).json
    told = {one["field"]: one["message"] for one in answer["problems"]}
    assert told["subject_terms"] == ("内容类别为“电子文档”的，须填写主题词，请补充。")
