"""The reference list 参考内容: coverage, 应报未报, matches by hand, upload."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.desk import kept, workbooks
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

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
    return workbooks.answer(found)


@reference.route("/desk/reference/template.xlsx")
def template() -> Response:
    """Send the list as it is filled in; `?filled=1` with what there is."""
    with pages_of_errors():
        found = call("jiangmen_reference_template", filled=request.args.get("filled"))
    return workbooks.answer(found)


@reference.route("/desk/reference/preview", methods=["POST"])
def preview() -> Any:
    """Show what an upload of the list would change; nothing is written."""
    looked = workbooks.looked_at("jiangmen_reference_preview")
    if looked is None:
        return tk.redirect_to("jiangmen_reference.index")
    upload, found = looked
    name, content = upload.filename or "", upload.stream.read(kept.MAX_BYTES + 1)
    sound = not found["errors"] and len(content) <= kept.MAX_BYTES
    token = kept.keep(name, content) if sound else ""
    return tk.render(
        "jiangmen/desk/reference_preview.html",
        {"name": name, "found": found, "token": token},
    )


@reference.route("/desk/reference/import", methods=["POST"])
def confirm() -> Any:
    """Store the list that was previewed."""
    drop = request.form.get("drop_missing") == "true"
    done = workbooks.confirmed("jiangmen_reference_import", drop_missing=drop)
    if done is not None:
        workbooks.tell_imported(done)
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
