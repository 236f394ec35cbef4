"""Files made for a caller: each leaves a row, with the entries that it tells of."""

import pytest


@pytest.fixture
def files(approved, act, upload, ground, app, token, people):
    """Requests that get a file of category 2-4: account, address, entries told of."""
    basis = ground()
    entry = approved(sharing_category="无条件共享", license_id="")["id"]
    shown = act("package_show", user="c_cataloguer", id=entry)
    changed = act("package_patch", user="c_cataloguer", id=entry, notes="新摘要。")
    revision = changed["revision_id"]
    act("jiangmen_revision_attach", user="c_cataloguer", id=revision, upload=upload())
    drafted = act("jiangmen_revision_show", user="c_cataloguer", id=revision)
    table = drafted["entry"]["resources"][-1]["id"]
    act("jiangmen_edition_create", user="coordinator")
    assert shown["id"] == entry
    api = "/api/3/action"
    return {
        "jiangmen_survey_export": ("/desk/survey/export.xlsx", {entry}),
        "jiangmen_survey_template": (
            f"{api}/jiangmen_survey_template?filled=true",
            {entry},
        ),
        "jiangmen_summary_export": ("/desk/summary.xlsx", set()),
        "jiangmen_reference_export": ("/desk/reference.xlsx", set()),
        "jiangmen_reference_template": (
            "/desk/reference/template.xlsx?filled=1",
            set(),
        ),
        "jiangmen_edition_file": ("/desk/editions/1/departments.xml", set()),
        "revision_file": (f"/revision/{revision}/file/{table}", {entry}),
        "jiangmen_revision_bad_rows": (
            f"/desk/revision/{revision}/left-out/{table}",
            {entry},
        ),
        "legal_basis_file": (f"/desk/legal-basis/{basis['id']}/file", set()),
    }


MADE = (
    "jiangmen_survey_export",
    "jiangmen_survey_template",
    "jiangmen_summary_export",
    "jiangmen_reference_export",
    "jiangmen_reference_template",
    "jiangmen_edition_file",
    "revision_file",
    "jiangmen_revision_bad_rows",
    "legal_basis_file",
)


@pytest.mark.parametrize("action", MADE)
def test_a_file_leaves_a_row_that_says_who_what_and_how_much(
    app, files, token, trail, people, action
):
    path, entries = files[action]
    before = len(trail(kind="read"))
    headers = {"Authorization": token("c_cataloguer")}
    answer = app.get(path, headers=headers)
    assert answer.status_code == 200
    rows = [row for row in trail(kind="read")[before:] if row["action"] == action]
    assert {row["account"] for row in rows} == {"c_cataloguer"}
    assert {row["result"] for row in rows} == {"done"}
    assert all(row["organizations"] == [people.civil] for row in rows)
    assert {row["entry"] for row in rows} - {""} == entries
    assert all(row["resource"] and row["token"] for row in rows)


@pytest.mark.parametrize("action", MADE)
def test_without_the_trail_no_file_is_made(app, files, token, action, request):
    path, _ = files[action]
    headers = {"Authorization": token("c_cataloguer")}
    request.getfixturevalue("no_trail")
    assert app.get(path, headers=headers).status_code == 503
