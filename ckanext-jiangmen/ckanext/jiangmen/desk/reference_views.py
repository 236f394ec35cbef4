"""The reference list 参考内容: coverage, 应报未报, matches by hand, upload."""

from __future__ import annotations

import base64
import io
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.desk import kept
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors
from ckanext.jiangmen.desk.survey_views import workbook_answer

reference = Blueprint("jiangmen_reference", __name__)

FILTERS = ("organization", "state")


@reference.route("/desk/reference")
def index() -> str:
    """Show coverage by department, and the references of one state."""
    wanted = _wanted(request.args)
    with pages_of_errors():
        found = call("jiangmen_reference_coverage")
        listed = call("jiangmen_reference_list", **({"state": "missing"} | wanted))
    caller = caller_of({"user": tk.current_user.name})
    return tk.render(
        "jiangmen/desk/reference.html",
        {
            "coverage": found,
            "listed": listed,
            "wanted": {"state": "missing", **wanted},
            "keeps_list": caller.has(Role.COORDINATOR),
            "corrects": caller.has(Role.COORDINATOR)
            or caller.has(Role.CATALOGUER)
            or caller.has(Role.REVIEWER),
        },
    )


def _wanted(given: Any) -> dict[str, str]:
    return {name: given[name] for name in FILTERS if given.get(name)}


@reference.route("/desk/reference.xlsx")
def export() -> Response:
    """Send the list with what answers each reference."""
    with pages_of_errors():
        found = call("jiangmen_reference_export", **_wanted(request.args))
    return _workbook(found)


@reference.route("/desk/reference/template.xlsx")
def template() -> Response:
    """Send the list as it is filled in; `?filled=1` with what there is."""
    with pages_of_errors():
        found = call("jiangmen_reference_template", filled=request.args.get("filled"))
    return _workbook(found)


def _workbook(found: dict[str, Any]) -> Response:
    content = base64.b64decode(found["content_base64"])
    return workbook_answer(content, found["file_name"])


@reference.route("/desk/reference/preview", methods=["POST"])
def preview() -> Any:
    """Show what an upload of the list would change; nothing is written."""
    upload = request.files.get("upload")
    if upload is None or not upload.filename:
        tk.h.flash_error(tk._("Please choose a workbook first."))
        return tk.redirect_to("jiangmen_reference.index")
    content = upload.stream.read(kept.MAX_BYTES + 1)
    upload.stream.seek(0)
    with pages_of_errors():
        try:
            found = call("jiangmen_reference_preview", upload=upload)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_reference.index")
    sound = not found["errors"] and len(content) <= kept.MAX_BYTES
    return tk.render(
        "jiangmen/desk/reference_preview.html",
        {
            "name": upload.filename,
            "found": found,
            "token": kept.keep(upload.filename, content) if sound else "",
        },
    )


@reference.route("/desk/reference/import", methods=["POST"])
def confirm() -> Any:
    """Store the list that was previewed."""
    token = request.form.get("token", "")
    found = kept.recall(token)
    if found is None:
        tk.h.flash_error(tk._("It was kept for half an hour; please upload it again."))
        return tk.redirect_to("jiangmen_reference.index")
    upload = FileStorage(io.BytesIO(found.content), filename=found.name)
    with pages_of_errors():
        try:
            done = call(
                "jiangmen_reference_import",
                upload=upload,
                drop_missing=request.form.get("drop_missing") == "true",
            )
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_reference.index")
    kept.forget(token)
    tk.h.flash_success(
        tk._("Imported: {created} new, {changed} changed.").format(
            created=done["created"], changed=done["changed"]
        )
    )
    return tk.redirect_to("jiangmen_reference.index")


@reference.route("/desk/reference/<id>/match", methods=["POST"])
def match(id: str) -> Any:
    """Confirm, reject or assign the entry that answers a reference."""
    with pages_of_errors():
        try:
            call(
                "jiangmen_reference_match",
                id=id,
                entry=request.form.get("entry", ""),
                decision=request.form.get("decision", ""),
            )
            tk.h.flash_success(tk._("The match is corrected."))
        except tk.ValidationError as err:
            tell_errors(err)
    return tk.redirect_to("jiangmen_reference.index", **_wanted(request.form))
