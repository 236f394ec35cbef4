"""Writing one entry by form; its history; taking it back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.desk import compare
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors
from ckanext.jiangmen.desk.editor_views import (
    new_form,
    restored,
    saved,
    sent,
    table_of,
)

entry = Blueprint("jiangmen_entry", __name__)


@entry.route("/desk/entry/new")
def new() -> str:
    """Show the form of a new entry."""
    with pages_of_errors():
        tk.check_access("package_create", {"user": tk.current_user.name})
        data = {"owner_org": request.args.get("group", "")}
        if request.args.get("fresh"):
            return _form(data | {"unsaved_form": new_form()}, {})
        return _form(restored(data, request.args.get("form", "")), {})


@entry.route("/desk/entry/new", methods=["POST"])
def create() -> Any:
    """Store what the form holds as a first draft."""
    return _save("package_create", sent())


@entry.route("/desk/entry/edit/<id>")
def edit(id: str) -> Any:
    """Show the form of an entry as it was last proposed, else as approved."""
    with pages_of_errors():
        found = call("jiangmen_revision_list", package_id=id, state="open", limit=1)
        if found:
            shown = call("jiangmen_revision_show", id=found[0]["id"])
            data = {
                **shown["entry"],
                "lock_version": shown["lock_version"],
                "revision_id": shown["id"],
            }
        else:
            data = call("package_show", id=id)
        tk.check_access(
            "package_update", {"user": tk.current_user.name}, {"id": data["id"]}
        )
        return _form(restored(data), {})


@entry.route("/desk/entry/edit/<id>", methods=["POST"])
def update(id: str) -> Any:
    """Store what the form holds as the entry's open revision."""
    return _save("package_update", {**sent(), "id": id})


def _save(action: str, data: dict[str, Any]) -> Any:
    with pages_of_errors():
        try:
            answer = call(action, **data)
        except tk.ValidationError as err:
            kept: Any = err.error_dict.get("aside_revision_id")
            if kept:
                tell_errors(err)
                return tk.redirect_to("jiangmen_desk.revision", id=kept[0])
            data["unsaved_form"] = request.form.get("unsaved_form", "")
            return _form(data, err.error_dict, err.error_summary)
        saved(answer["revision_id"])
    tk.h.flash_success(
        tk._(
            "The draft is saved; what a colleague changed meanwhile is merged into it."
        )
        if answer["merged"]
        else tk._("The draft is saved.")
    )
    return tk.redirect_to("jiangmen_desk.revision", id=answer["revision_id"])


def _form(
    data: dict[str, Any], errors: dict[str, Any], summary: dict[str, Any] | None = None
) -> str:
    # The form's licence field reads them from there, as in core's own view.
    tk.g.licenses = model.Package.get_license_options()
    return tk.render(
        "jiangmen/desk/entry_form.html",
        {
            "data": data,
            "errors": errors,
            "error_summary": summary or {},
            "dataset_type": "dataset",
            "form_style": "edit" if data.get("id") else "new",
            "begun": bool(request.args.get("form")),
            "table": table_of(data.get("unsaved_form", "")),
        },
    )


@entry.route("/dataset/<id>/history")
def history(id: str) -> str:
    """List the versions of an entry with what each changed."""
    with pages_of_errors():
        shown = call("package_show", id=id)
        found = call("jiangmen_entry_history", id=shown["id"])
    versions = [
        {**version, "lines": compare.lines(version["changes"])}
        for version in found["versions"]
    ]
    return tk.render(
        "jiangmen/desk/history.html",
        {"pkg_dict": shown, "versions": versions, "events": found["events"]},
    )


@entry.route("/dataset/<id>/history/compare")
def compared(id: str) -> Any:
    """Show what differs between two versions of an entry."""
    with pages_of_errors():
        shown = call("package_show", id=id)
        asked = {key: request.args.get(key, "") for key in ("from", "to")}
        try:
            found = call("jiangmen_entry_compare", id=shown["id"], **asked)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_entry.history", id=id)
    return tk.render(
        "jiangmen/desk/compared.html",
        {"pkg_dict": shown, "found": found, "lines": compare.whole(found)},
    )


@entry.after_app_request
def answer_retired(response: Response) -> Response:
    """Say that an entry is retired where its page, or its code, is not found."""
    place = _RETIRED_PLACES.get(request.endpoint or "")
    if response.status_code != HTTPStatus.NOT_FOUND or place is None:
        return response
    wanted = str((request.view_args or {}).get(place) or "")
    try:
        found = call("jiangmen_entry_retired_show", id=wanted)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return response
    page = tk.render("jiangmen/desk/retired.html", {"retired": found})
    return make_response(page, HTTPStatus.GONE)


# Pages of an entry, and where their addresses name it.
_RETIRED_PLACES = {"dataset.read": "id", "jiangmen_catalog.by_code": "code"}


@entry.route("/dataset/<id>/retire", methods=["POST"])
def retire(id: str) -> Any:
    """End an entry whose time is over, with a reason and what replaces it."""
    asked = {name: request.form.get(name, "") for name in ("reason", "replaced_by")}
    with pages_of_errors():
        try:
            call("jiangmen_entry_retire", id=id, **asked)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("dataset.read", id=id)
    tk.h.flash_success(tk._("The entry is retired."))
    return tk.redirect_to("dataset.read", id=id)


@entry.route("/dataset/<id>/withdraw", methods=["POST"])
def withdraw(id: str) -> Any:
    """Take an approved entry back from everybody, with a reason."""
    with pages_of_errors():
        try:
            call(
                "jiangmen_entry_withdraw",
                id=id,
                reason=request.form.get("reason", "").strip(),
            )
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("dataset.read", id=id)
    tk.h.flash_success(tk._("The entry is withdrawn."))
    return tk.redirect_to("jiangmen_desk.index")
