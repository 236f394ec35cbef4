"""Grounds for 不予共享: register, decide, check; and what is withheld, by title."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request, send_file

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, acting_as, caller_of
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import files, legal_basis
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

ground = Blueprint("jiangmen_legal_basis", __name__)

PAGE_ROWS = 50
FIELDS = (
    "door",
    "title",
    "document_number",
    "article",
    "authority",
    "issued",
    "valid_until",
    "next_check",
    "reason",
)
FILTERS = ("state", "door", "organization", "waiting")


def attention() -> dict[str, Any]:
    """Return what of the grounds the desk's first page tells: due, and to be decided.

    Nothing for accounts that may not read grounds.
    """
    try:
        due = call("jiangmen_legal_basis_due")
        waiting = call("jiangmen_legal_basis_list", waiting_for_me=True, limit=10)
    except tk.NotAuthorized:
        return {"due": [], "waiting": []}
    return {"due": due, "waiting": waiting["results"]}


@ground.route("/desk/legal-basis")
def index() -> str:
    """List the grounds that the account may read, what is due, what waits for it."""
    page = tk.h.jiangmen_page_number()
    wanted = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    asked: dict[str, Any] = {k: v for k, v in wanted.items() if k != "waiting"}
    with pages_of_errors():
        found = call(
            "jiangmen_legal_basis_list",
            **asked,
            waiting_for_me=bool(wanted.get("waiting")),
            limit=PAGE_ROWS,
            offset=(page - 1) * PAGE_ROWS,
        )
        due = call("jiangmen_legal_basis_due")
    return tk.render(
        "jiangmen/desk/legal_bases.html",
        {
            "found": found["results"],
            "count": found["count"],
            "due": due,
            "wanted": wanted,
            "doors": legal_basis.door_titles(),
            "page": page,
            "pages": max(1, math.ceil(found["count"] / PAGE_ROWS)),
        },
    )


@ground.route("/desk/legal-basis/new", methods=["GET", "POST"])
def new() -> Any:
    """Register a ground."""
    return _form("jiangmen_legal_basis_create", None)


@ground.route("/desk/legal-basis/<id>/edit", methods=["GET", "POST"])
def edit(id: str) -> Any:
    """Mend or renew a ground."""
    with pages_of_errors():
        shown = call("jiangmen_legal_basis_show", id=id)
    if not shown["may"]["edit"]:
        tk.abort(
            403, tk._("Grounds are registered by the cataloguers of their department.")
        )
    return _form("jiangmen_legal_basis_update", shown)


def _not_yours() -> str:
    return tk._("Grounds are registered by the cataloguers of their department.")


def _form(action: str, shown: dict[str, Any] | None) -> Any:
    """Show the form of a ground; what was sent goes to the action."""
    data: dict[str, Any] = dict(shown or {})
    errors: dict[str, Any] = {}
    if request.method == "POST":
        data |= {name: request.form.get(name, "") for name in FIELDS}
        sent: dict[str, Any] = {name: data[name] for name in FIELDS}
        upload = request.files.get("upload")
        if upload is not None and upload.filename:
            sent["upload"] = upload
        if shown:
            sent["id"] = shown["id"]
        with pages_of_errors():
            try:
                made = call(action, **sent)
            except tk.ValidationError as err:
                errors = err.error_dict
            else:
                _say(made)
                return tk.redirect_to("jiangmen_legal_basis.show", id=made["id"])
    elif shown is None and not caller_of({"user": tk.current_user.name}).has(
        Role.CATALOGUER
    ):
        tk.abort(
            403, tk._("Grounds are registered by the cataloguers of their department.")
        )
    return tk.render(
        "jiangmen/desk/legal_basis_form.html",
        {
            "data": data,
            "errors": errors,
            "ground": shown,
            "doors": legal_basis.door_titles(),
        },
    )


def _say(made: dict[str, Any]) -> None:
    if made["state"] == legal_basis.DRAFT:
        tk.h.flash_notice(tk._("Kept as a draft; it still lacks something."))
    else:
        tk.h.flash_success(tk._("The ground is registered and waits for its decision."))


@ground.route("/desk/legal-basis/<id>")
def show(id: str) -> str:
    """Show one ground: its document, its state, what leans on it."""
    with pages_of_errors():
        shown = call("jiangmen_legal_basis_show", id=id)
    return tk.render("jiangmen/desk/legal_basis.html", {"ground": shown})


@ground.route("/desk/legal-basis/<id>/decide", methods=["POST"])
def decide(id: str) -> Any:
    """Approve or refuse a ground."""
    return _press("jiangmen_legal_basis_decide", id, ("decision", "document_number"))


@ground.route("/desk/legal-basis/<id>/check", methods=["POST"])
def check(id: str) -> Any:
    """Write down the yearly check."""
    return _press("jiangmen_legal_basis_check", id, ("result",))


def _press(action: str, id: str, names: tuple[str, ...]) -> Any:
    sent = {name: request.form.get(name, "") for name in (*names, "comment")}
    with pages_of_errors():
        try:
            call(action, id=id, **sent)
            tk.h.flash_success(tk._("Written down."))
        except tk.ValidationError as err:
            tell_errors(err)
    return tk.redirect_to("jiangmen_legal_basis.show", id=id)


@ground.route("/desk/legal-basis/<id>/file")
def file(id: str) -> Response:
    """Send the document of a ground to who may read the ground; 404 for others."""
    with pages_of_errors():
        shown = call("jiangmen_legal_basis_show", id=id)
    described = shown["file"]
    if not described or not files.has(described["sha256"]):
        tk.abort(404, tk._("There is no such file."))
    context = acting_as(tk.current_user.name)
    trail.note_file(context, "legal_basis_file", f"legal_basis/{shown['id']}", rows=1)
    answer = send_file(
        files.path(described["sha256"]), mimetype="application/octet-stream"
    )
    name = described["name"]
    plain = name.encode("ascii", "ignore").decode().strip(' ."\\') or "download"
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@ground.route("/withheld")
def withheld() -> str:
    """List what is withheld: title, department, ground; for the office, the shares."""
    page = tk.h.jiangmen_page_number()
    organization = request.args.get("organization", "")
    with pages_of_errors():
        found = call(
            "jiangmen_withheld_list",
            organization=organization,
            limit=PAGE_ROWS,
            offset=(page - 1) * PAGE_ROWS,
        )
        shares = []
        if caller_of({"user": tk.current_user.name}).has(Role.COORDINATOR):
            shares = call("jiangmen_sharing_ratio")
    return tk.render(
        "jiangmen/desk/withheld.html",
        {
            "found": found["results"],
            "count": found["count"],
            "organization": organization,
            "shares": shares,
            "page": page,
            "pages": max(1, math.ceil(found["count"] / PAGE_ROWS)),
        },
    )
