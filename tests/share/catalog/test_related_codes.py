"""关联资源代码: what an entry names is in the catalogue, or marked as foreign."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import event
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk


@pytest.fixture
def code(approved):
    """Return the code of an entry in force."""
    from ckan import model

    from ckanext.jiangmen.catalog import codes

    entry = approved(title="江门市地名")
    return codes.code_of(model.Session, entry["id"])


@pytest.fixture
def workbook(an_entry):
    """Return a function that makes the upload of a workbook of these entries."""
    from ckanext.jiangmen.catalog.survey import write_entries

    def make(*changes):
        listed = [
            {**an_entry(**each), "organization_title": "市民政局"} for each in changes
        ]
        return FileStorage(
            stream=BytesIO(write_entries(listed)), filename="调查表.xlsx"
        )

    return make


def test_a_code_of_the_catalogue_and_a_marked_one_are_kept(draft, code):
    kept = draft(related_codes=[code, "外部： 440783001/12"])
    assert kept["related_codes"] == [code, "外部:440783001/12"]


def test_a_code_that_no_entry_has_is_refused_at_its_field(draft, code):
    with pytest.raises(tk.ValidationError) as refused:
        draft(related_codes=[code, "307407/999"])
    (sentence,) = refused.value.error_dict["related_codes"]
    assert "307407/999" in sentence
    assert "外部:307407/999" in sentence


def test_the_code_of_a_withdrawn_entry_stays_where_it_was_named_before(
    act, approved, draft, code
):
    naming = approved(related_codes=[code])
    found = act("package_search", user="c_cataloguer", q="江门市地名")["results"]
    target = next(each for each in found if each["resource_code"] == code)
    act(
        "jiangmen_entry_withdraw",
        user="coordinator",
        id=target["id"],
        reason="重复编目。",
    )
    kept = act(
        "package_patch", user="c_cataloguer", id=naming["id"], notes="改一处摘要。"
    )
    assert kept["related_codes"] == [code]
    with pytest.raises(tk.ValidationError):
        draft(title="另一资源", related_codes=[code])


def test_a_workbook_tells_the_cell_by_one_query(act, workbook, code):
    from ckan import model

    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if "FROM jiangmen_code JOIN package" in " ".join(statement.split()):
            asked.append(statement)

    engine = model.ensure_engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        seen = act(
            "jiangmen_survey_preview",
            user="c_cataloguer",
            upload=workbook(
                {"title": "甲", "related_codes": [code]},
                {"title": "乙", "related_codes": ["307407/999"]},
                {"title": "丙", "related_codes": ["外部:440783001/12"]},
            ),
        )
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert (seen["created"], seen["refused"]) == (2, 1)
    (error,) = seen["errors"]
    assert (error["sheet"], error["field"]) == ("信息资源", "关联资源代码")
    assert error["cell"].endswith("3")
    assert "外部:307407/999" in error["message"]
    assert len(asked) == 1
