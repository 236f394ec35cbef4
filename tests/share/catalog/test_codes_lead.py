"""Codes lead to their entries: national ones, the survey's numbers, GB/T 21063.5."""

from __future__ import annotations

from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

LEGACY = "440012/000057"


@pytest.fixture
def page(app):
    """Return a function that asks for an address as an account."""
    from ckan.tests import factories

    def ask(account, address, **kwargs):
        token = factories.APIToken(user=account)
        headers = {"Authorization": token["token"]}
        return app.get(address, headers=headers, follow_redirects=False, **kwargs)

    return ask


def code_of(entry):
    from ckan import model

    from ckanext.jiangmen.catalog import codes

    return codes.code_of(model.Session, entry["id"])


def test_a_national_code_and_former_numbers_lead_to_the_entry(act, approved):
    entry = approved(former_codes=["民调2017-018", LEGACY])
    for code in (code_of(entry), "民调2017-018", LEGACY):
        found = act("jiangmen_code_resolve", user="b_cataloguer", code=code)
        assert [each["id"] for each in found["entries"]] == [entry["id"]]
        assert found["entries"][0]["former_codes"] == ["民调2017-018", LEGACY]


def test_a_legacy_code_in_the_code_field_becomes_a_former_number(act, approved):
    entry = approved(resource_code=LEGACY)
    shown = act("package_show", user="b_cataloguer", id=entry["id"])
    assert shown["former_codes"] == [LEGACY]
    assert shown["resource_code"] == code_of(entry)
    assert shown["resource_code"] != LEGACY


def test_a_legacy_code_in_a_workbook_is_kept_and_the_import_repeats_without_change(
    act, an_entry, through_review
):
    from ckanext.jiangmen.catalog.survey import write_entries

    written = {
        **an_entry(resource_code=LEGACY),
        "organization_title": "市民政局",
    }
    content = write_entries([written])

    def sheet():
        return FileStorage(stream=BytesIO(content), filename="调查表.xlsx")

    done = act("jiangmen_survey_import", user="c_cataloguer", upload=sheet())
    assert (done["created"], done["refused"]) == (1, 0), done["errors"]
    through_review(done["revisions"][0])
    found = act("jiangmen_code_resolve", user="c_cataloguer", code=LEGACY)
    assert found["entries"][0]["resource_code"] != LEGACY
    again = act("jiangmen_survey_preview", user="c_cataloguer", upload=sheet())
    assert (again["unchanged"], again["changed"], again["created"]) == (1, 0, 0)


def test_a_code_that_is_absent_and_one_of_a_hidden_entry_get_one_answer(
    act, approved, ground
):
    hidden = approved(
        title="江门市救助对象核查",
        sharing_category="不予共享",
        legal_basis_id=ground()["number"],
        former_codes=["民调2017-099"],
    )
    told = []
    for code in (code_of(hidden), "民调2017-099", "307407/999999"):
        with pytest.raises(tk.ObjectNotFound) as refused:
            act("jiangmen_code_resolve", user="b_cataloguer", code=code)
        told.append(str(refused.value))
    assert len(set(told)) == 1
    found = act("jiangmen_code_resolve", user="c_cataloguer", code=code_of(hidden))
    assert found["entries"][0]["id"] == hidden["id"]


def test_the_code_of_a_withdrawn_entry_leads_nowhere(act, approved):
    entry = approved()
    code = code_of(entry)
    act("jiangmen_entry_withdraw", user="coordinator", id=entry["id"], reason="重复。")
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_code_resolve", user="c_cataloguer", code=code)


def test_a_codes_address_redirects_to_its_entry_and_tells_others_nothing(
    page, approved
):
    entry = approved(former_codes=["民调2017-018"])
    for code in (code_of(entry), "民调2017-018"):
        answer = page("b_cataloguer", f"/code/{code}", status=302)
        assert answer.location.endswith(f"/dataset/{entry['name']}")
    page("b_cataloguer", '/code/307407/1"%20OR%20vocab_codes:*', status=404)
    page("b_cataloguer", "/code/307407/999999", status=404)


def test_a_number_that_two_entries_had_shows_both(page, approved):
    approved(former_codes=["018"])
    approved(title="江门市地名", former_codes=["018"])
    body = page("b_cataloguer", "/code/018", status=200).body
    assert "江门市行政区划" in body
    assert "江门市地名" in body


def test_related_entries_link_both_ways_on_their_pages(page, act, approved):
    target = approved(title="江门市地名")
    naming = approved(related_codes=[code_of(target), "外部:440783001/12"])
    told = act("jiangmen_entry_related", user="b_cataloguer", id=naming["id"])
    assert [row["entry"] and row["entry"]["id"] for row in told["names"]] == [
        target["id"],
        None,
    ]
    told = act("jiangmen_entry_related", user="b_cataloguer", id=target["id"])
    assert [each["id"] for each in told["named_by"]] == [naming["id"]]
    body = page("b_cataloguer", f"/dataset/{target['name']}", status=200).body
    assert f"/dataset/{naming['name']}" in body
    body = page("b_cataloguer", f"/dataset/{naming['name']}", status=200).body
    assert f"/dataset/{target['name']}" in body


def test_who_may_not_know_of_an_entry_does_not_see_that_it_names_another(
    act, approved, ground
):
    target = approved(title="江门市地名")
    hidden = approved(
        title="江门市救助对象核查",
        sharing_category="不予共享",
        legal_basis_id=ground()["number"],
        related_codes=[code_of(target)],
    )
    told = act("jiangmen_entry_related", user="b_cataloguer", id=target["id"])
    assert told["named_by"] == []
    told = act("jiangmen_entry_related", user="c_cataloguer", id=target["id"])
    assert [each["id"] for each in told["named_by"]] == [hidden["id"]]
