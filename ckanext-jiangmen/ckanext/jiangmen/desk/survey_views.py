"""Survey workbooks: template, dry run, confirmation, imports and their undo."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import survey as books
from ckanext.jiangmen.desk import downloads, kept, workbooks
from ckanext.jiangmen.desk.calls import call, pages_of_errors, sentences, tell_errors

survey = Blueprint("jiangmen_survey", __name__)

SECRECY_FIELD = "涉密属性"


@survey.route("/desk/survey")
def index() -> str:
    """Offer the template and the upload, and list former imports."""
    with pages_of_errors():
        imports = call("jiangmen_survey_list")
    return tk.render("jiangmen/desk/survey.html", {"imports": imports})


@survey.route("/desk/survey/template.xlsx")
def template() -> Response:
    """Send the workbook with its choice lists; `?filled=1` with the own entries."""
    with pages_of_errors():
        found = call("jiangmen_survey_template", filled=request.args.get("filled"))
    return workbooks.answer(found)


SELECTION = ("id", "organization", "import_id", "q", "fq", "state", "mine")


@survey.route("/desk/survey/export.xlsx", methods=["GET", "POST"])
def export() -> Any:
    """Send the chosen entries as a survey workbook; without a choice all of them."""
    chosen = {name: request.values.getlist(name) for name in SELECTION}
    asked: dict[str, Any] = {k: v[-1] for k, v in chosen.items() if k != "id" and v}
    # The list of drafts calls its filter by another word.
    asked["waiting_for_me"] = request.values.get("waiting")
    with pages_of_errors():
        try:
            found = call("jiangmen_survey_export", id=chosen["id"], **asked)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_desk.index")
    return workbooks.answer(found)


@survey.route("/desk/survey/preview", methods=["POST"])
def preview() -> Any:
    """Show what an import of the workbook would do; nothing is written."""
    looked = workbooks.looked_at("jiangmen_survey_preview")
    if looked is None:
        return tk.redirect_to("jiangmen_survey.index")
    upload, found = looked
    name, content = upload.filename or "", upload.stream.read(kept.MAX_BYTES + 1)
    small = len(content) <= kept.MAX_BYTES
    return tk.render(
        "jiangmen/desk/survey_preview.html",
        {
            "name": name,
            "found": found,
            "rows": _rows(found),
            "token": kept.keep(name, content) if small and not _secret(found) else "",
            "annotated": _keep_annotated(name, content, found) if small else "",
            "classified": _secret(found),
        },
    )


def _rows(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the workbook's entries by what would become of them."""
    rows: dict[str, list[dict[str, Any]]] = {
        "created": [],
        "changed": [],
        "unchanged": [],
    }
    for row in found["rows"]:
        if row["change"] in rows:
            rows[row["change"]].append(row)
    return rows


def _secret(found: dict[str, Any]) -> bool:
    return any(error["field"] == SECRECY_FIELD for error in found["errors"])


def _keep_annotated(name: str, content: bytes, found: dict[str, Any]) -> str:
    if not found["errors"]:
        return ""
    problems = [books.CellProblem(**error) for error in found["errors"]]
    try:
        marked = books.annotate(content, problems)
    except books.WorkbookRefused:
        return ""
    return kept.keep(f"标注_{name.rsplit('.', 1)[0]}.xlsx", marked)


@survey.route("/desk/survey/annotated/<token>")
def annotated(token: str) -> Response:
    """Send the workbook back with its wrong cells marked."""
    found = kept.recall(token)
    if found is None:
        tk.abort(404, tk._("It was kept for half an hour; please upload it again."))
    return downloads.answer(found.content, found.name)


@survey.route("/desk/survey/import", methods=["POST"])
def confirm() -> Any:
    """Import the workbook that was previewed."""
    only_good = request.form.get("only_good_rows") == "true"
    done = workbooks.confirmed("jiangmen_survey_import", only_good_rows=only_good)
    if done is None:
        return tk.redirect_to("jiangmen_survey.index")
    if not done.get("import_id"):
        tk.h.flash_error(tk._("Nothing was imported: some cells are wrong."))
        return tk.redirect_to("jiangmen_survey.index")
    workbooks.tell_imported(done)
    return tk.redirect_to("jiangmen_survey.result", id=done["import_id"])


@survey.route("/desk/survey/<id>")
def result(id: str) -> str:
    """Show one import with the drafts it wrote."""
    with pages_of_errors():
        shown = call("jiangmen_survey_show", id=id)
        drafts = call("jiangmen_revision_list", import_id=id)
    return tk.render(
        "jiangmen/desk/survey_result.html", {"shown": shown, "drafts": drafts}
    )


@survey.route("/desk/survey/<id>/submit", methods=["POST"])
def submit(id: str) -> Any:
    """Submit every draft of an import for review."""
    with pages_of_errors():
        drafts = call("jiangmen_revision_list", import_id=id, state="draft")
        answers = call("jiangmen_revision_submit", id=[draft["id"] for draft in drafts])
    well = sum(1 for each in answers if each["ok"])
    if well:
        tk.h.flash_success(tk._("{count} submitted for review.").format(count=well))
    for each in answers:
        for sentence in [] if each["ok"] else sentences(each["error"]):
            tk.h.flash_error(sentence)
    return tk.redirect_to("jiangmen_survey.result", id=id)


@survey.route("/desk/survey/<id>/undo", methods=["POST"])
def undo(id: str) -> Any:
    """Take an import back; what was changed again since is shown and can be chosen."""
    with pages_of_errors():
        try:
            done = call(
                "jiangmen_survey_undo",
                import_id=id,
                force=request.form.getlist("force"),
            )
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_survey.index")
        if done["conflicts"]:
            shown = call("jiangmen_survey_show", id=id)
            entries = [
                (each["package_id"], each["title"]) for each in done["conflicts"]
            ]
            return tk.render(
                "jiangmen/desk/survey_undo.html",
                {"shown": shown, "done": done, "entries": list(dict.fromkeys(entries))},
            )
    tk.h.flash_success(tk._("The import is undone."))
    return tk.redirect_to("jiangmen_survey.index")
