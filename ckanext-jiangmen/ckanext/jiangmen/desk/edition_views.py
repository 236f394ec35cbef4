"""Editions of the catalogue: listed, made, shown with their files and differences."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, make_response, request, send_file

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.catalog import departments, files
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

edition = Blueprint("jiangmen_edition", __name__)

# While an edition is made its page comes again by itself.
AGAIN_S = 3
MOST_CHANGES = 500


@edition.route("/desk/editions")
def index() -> str:
    """List the editions, and offer to make what the account may make."""
    with pages_of_errors():
        found = call("jiangmen_edition_list", limit=200)
        withdrawn = {row["address"]: row for row in _withdrawn()}
    return tk.render(
        "jiangmen/desk/editions.html",
        {"editions": found["results"], "offers": _offers(), "withdrawn": withdrawn},
    )


def _withdrawn() -> list[dict[str, Any]]:
    return call("jiangmen_edition_withdrawal_list")


@edition.route("/desk/editions/<id>/withdraw", methods=["POST"])
def withdraw(id: str) -> Any:
    """Take the public text of an edition off the open site."""
    reason = request.form.get("reason", "")
    with pages_of_errors():
        try:
            call("jiangmen_edition_withdraw", id=id, reason=reason)
        except tk.ValidationError as err:
            tell_errors(err)
        else:
            tk.h.flash_success(tk._("The open site takes it off within a minute."))
    return tk.redirect_to("jiangmen_edition.read", id=id)


def _offers() -> list[dict[str, str]]:
    """Return what the account may make: organization name and label."""
    caller = caller_of({"user": tk.current_user.name})
    offers = []
    if caller.has(Role.COORDINATOR):
        offers.append({"organization": "", "label": tk._("the whole city")})
    return offers + [
        {"organization": body["name"], "label": body["title"]}
        for body in departments.by_ids(caller.organizations).values()
        if caller.has(Role.REVIEWER, body["id"])
    ]


@edition.route("/desk/editions", methods=["POST"])
def create() -> Any:
    """Have an edition made and show it."""
    organization = request.form.get("organization", "")
    with pages_of_errors():
        try:
            made = call("jiangmen_edition_create", organization=organization)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_edition.index")
    return tk.redirect_to("jiangmen_edition.read", id=made["address"] or made["id"])


@edition.route("/desk/editions/<id>")
def read(id: str) -> Response:
    """Show one edition: how far it is, its files, what it changed."""
    with pages_of_errors():
        shown = call("jiangmen_edition_show", id=id)
        gone = [row for row in _withdrawn() if row["address"] == shown["address"]]
    page = tk.render(
        "jiangmen/desk/edition.html",
        {
            "shown": shown,
            "changes": shown["difference"][:MOST_CHANGES],
            "withdrawn": gone[0] if gone else None,
            "withdraws": caller_of({"user": tk.current_user.name}).has(
                Role.COORDINATOR
            ),
        },
    )
    answer = make_response(page)
    if shown["state"] in {"waiting", "running"}:
        answer.headers["Refresh"] = str(AGAIN_S)
    return answer


@edition.route("/desk/editions/<id>/<text>.<format>")
def file(id: str, text: str, format: str) -> Response:
    """Send one file of an edition to who may read it."""
    with pages_of_errors():
        found = call("jiangmen_edition_file", id=id, text=text, format=format)
    answer = send_file(files.existing(found["sha256"]), mimetype=found["mimetype"])
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="edition.{format}"; '
        f"filename*=UTF-8''{quote(found['file_name'])}"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
