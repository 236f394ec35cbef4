"""The desk: what waits for me, revisions and their way through the review."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.desk import bad_rows, compare, kept, legal_basis_views
from ckanext.jiangmen.desk.calls import call, pages_of_errors, sentences, tell_errors

desk = Blueprint("jiangmen_desk", __name__)

PAGE_ROWS = 50
SHORT_LIST = 10

FILTERS = ("state", "organization", "import_id", "waiting")

# What a button of a revision's page calls, and whether its comment goes along.
BUTTONS = {
    "submit": ("jiangmen_revision_submit", False),
    "approve": ("jiangmen_revision_approve", False),
    "return": ("jiangmen_revision_return", True),
    "take_over": ("jiangmen_revision_take_over", False),
    "discard": ("jiangmen_revision_discard", False),
}

# After these the account may have nothing more to do with the revision.
LEAVES = frozenset({"approve", "return", "discard"})


def _done(verb: str) -> str:
    return {
        "submit": tk._("Submitted for review."),
        "approve": tk._("This step is passed."),
        "return": tk._("Returned to the cataloguer."),
        "take_over": tk._("The draft is yours now."),
        "discard": tk._("Discarded; the approved version is untouched."),
    }[verb]


@desk.route("/")
def home() -> Any:
    """Begin at the desk: the share site has no other home page."""
    return tk.redirect_to("jiangmen_desk.index")


@desk.route("/dashboard/")
@desk.route("/dashboard/datasets")
def dashboard() -> Any:
    """Send core's dashboard to the desk."""
    return tk.redirect_to("jiangmen_desk.index")


@desk.route("/desk")
def index() -> Any:
    """Show what waits for the account and what it works on."""
    if _only_decides_grounds():
        return tk.redirect_to("jiangmen_legal_basis.index", waiting=1)
    with pages_of_errors():
        waiting = call("jiangmen_revision_list", waiting_for_me=True, limit=SHORT_LIST)
        counted = call("jiangmen_revision_count", waiting_for_me=True)
        mine = call("jiangmen_revision_list", mine=True, state="open", limit=200)
    groups: dict[str, list[Any]] = {"draft": [], "returned": [], "submitted": []}
    for each in mine:
        groups[each["state"]].append(each)
    return tk.render(
        "jiangmen/desk/index.html",
        {
            "waiting": waiting,
            "waiting_count": counted["count"],
            "groups": groups,
            "grounds": legal_basis_views.attention(),
        },
    )


def _only_decides_grounds() -> bool:
    """Return whether the account approves for the city and does nothing else."""
    caller = caller_of({"user": tk.current_user.name})
    return {role for role, _ in caller.roles} == {Role.CITY_APPROVER}


@desk.route("/desk/revisions")
def revisions() -> str:
    """List revisions by state, department, import; several can be approved at once."""
    page = tk.h.jiangmen_page_number()
    wanted = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    asked: dict[str, Any] = {**wanted, "waiting_for_me": bool(wanted.get("waiting"))}
    asked.pop("waiting", None)
    with pages_of_errors():
        found = call(
            "jiangmen_revision_list",
            **asked,
            limit=PAGE_ROWS,
            offset=(page - 1) * PAGE_ROWS,
        )
        count = call("jiangmen_revision_count", **asked)["count"]
    return tk.render(
        "jiangmen/desk/revisions.html",
        {
            "found": found,
            "count": count,
            "wanted": wanted,
            "page": page,
            "pages": max(1, math.ceil(count / PAGE_ROWS)),
            "organizations": _departments(),
        },
    )


def _departments() -> list[dict[str, str]]:
    found = call("organization_list", all_fields=True, limit=1000)
    return [
        {"id": each["id"], "title": each["display_name"] or each["name"]}
        for each in found
    ]


@desk.route("/desk/revisions/<verb>", methods=["POST"])
def revisions_at_once(verb: str) -> Any:
    """Take one step of many revisions; each says by itself what became of it."""
    if verb not in BUTTONS:
        tk.abort(404)
    ids = request.form.getlist("id")
    if not ids:
        tk.h.flash_error(tk._("Please choose at least one."))
    else:
        _press(verb, ids)
    return tk.redirect_to("jiangmen_desk.revisions", **_filters_of_form())


def _filters_of_form() -> dict[str, str]:
    return {name: request.form[name] for name in FILTERS if request.form.get(name)}


@desk.route("/desk/revision/<id>")
def revision(id: str) -> str:
    """Show one revision: fields, items, what changed, files, whom it waits for."""
    return _revision_page(id, [])


def _revision_page(
    id: str, conflicts: list[str], refused: dict[str, Any] | None = None
) -> str:
    """Show a revision; of one set aside, the fields that both sides changed.

    `refused` is a file whose bad rows were just told.
    """
    with pages_of_errors():
        shown = call("jiangmen_revision_show", id=id)
    return tk.render(
        "jiangmen/desk/revision.html",
        {
            "revision": shown,
            "entry": shown["entry"],
            "changes": compare.lines(shown["changes"]) if shown["base_version"] else [],
            "steps": _steps(shown),
            "conflicts": conflicts,
            "refused": refused,
        },
    )


@desk.route("/desk/revision/<id>/merge", methods=["POST"])
def merge(id: str) -> Any:
    """Bring an edit that was set aside onto the newest state of its entry."""
    take = {
        name.removeprefix("take."): value
        for name, value in request.form.items()
        if name.startswith("take.")
    }
    with pages_of_errors():
        try:
            merged = call("jiangmen_revision_merge", id=id, take=take)
        except tk.ValidationError as err:
            fields = [name for name in err.error_dict if name != "revision"]
            tell_errors(err)
            return _revision_page(id, fields)
    tk.h.flash_success(tk._("Merged into the open draft."))
    return tk.redirect_to("jiangmen_desk.revision", id=merged["id"])


def _steps(shown: dict[str, Any]) -> list[str]:
    """Return the steps of a revision's way, in order."""
    opened = shown["opens"] and shown["kind"] != "withdraw"
    return ["reviewer", *(["secrecy"] if opened else []), "coordinator"]


@desk.route("/desk/revision/<id>/attach", methods=["POST"])
def attach(id: str) -> Any:
    """Attach a file to a draft, or put it in the place of one."""
    upload = request.files.get("upload")
    if upload is None or not upload.filename:
        tk.h.flash_error(tk._("Please choose a file first."))
        return tk.redirect_to("jiangmen_desk.revision", id=id)
    data: dict[str, Any] = {"id": id, "upload": upload}
    for name in ("resource_id", "name", "description", "only_good_rows"):
        if request.form.get(name):
            data[name] = request.form[name]
    with pages_of_errors():
        try:
            call("jiangmen_revision_attach", **data)
            tk.h.flash_success(
                tk._("The file is attached: {name}").format(name=upload.filename)
            )
        except tk.ValidationError as err:
            tell_errors(err)
            bad: Any = err.error_dict.get("bad_rows")
            if bad:
                return _revision_page(id, [], refused=_keep_refused(data, bad))
    return tk.redirect_to("jiangmen_desk.revision", id=id)


def _keep_refused(data: dict[str, Any], bad: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep the list of a refused file's bad rows; return what the page offers."""
    name = data["upload"].filename
    listed = bad_rows.as_csv(bad)
    return {
        "name": name,
        "token": kept.keep(bad_rows.file_name(name), listed),
        "resource_id": data.get("resource_id", ""),
    }


@desk.route("/desk/bad-rows/<token>")
def refused_rows(token: str) -> Response:
    """Send the list of the bad rows of a file that was refused."""
    found = kept.recall(token)
    if found is None:
        tk.abort(404, tk._("It was kept for half an hour; please upload it again."))
    return bad_rows.answer(found.name, found.content)


@desk.route("/desk/revision/<id>/left-out/<resource_id>")
def left_out(id: str, resource_id: str) -> Any:
    """Send the list of a revision's rows that are not loaded, to its reviewers too."""
    with pages_of_errors():
        try:
            found = call("jiangmen_revision_bad_rows", id=id, resource_id=resource_id)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_desk.revision", id=id)
    listed = bad_rows.as_csv(found["rows"], found["count"])
    return bad_rows.answer(bad_rows.file_name(found["file_name"]), listed)


@desk.route("/desk/revision/<id>/detach", methods=["POST"])
def detach(id: str) -> Any:
    """Take a file out of a draft."""
    with pages_of_errors():
        try:
            call(
                "jiangmen_revision_detach",
                id=id,
                resource_id=request.form.get("resource_id", ""),
            )
            tk.h.flash_success(tk._("The file is removed from the draft."))
        except tk.ValidationError as err:
            tell_errors(err)
    return tk.redirect_to("jiangmen_desk.revision", id=id)


@desk.route("/desk/revision/<id>/<verb>", methods=["POST"])
def step(id: str, verb: str) -> Any:
    """Submit, approve, return, take back or discard one revision."""
    if verb not in BUTTONS:
        tk.abort(404)
    done = _press(verb, id)
    if done and verb in LEAVES:
        return tk.redirect_to("jiangmen_desk.index")
    return tk.redirect_to("jiangmen_desk.revision", id=id)


def _press(verb: str, ids: str | list[str]) -> bool:
    action, commented = BUTTONS[verb]
    data: dict[str, Any] = {"id": ids}
    if commented:
        data["comment"] = request.form.get("comment", "").strip()
    with pages_of_errors():
        try:
            answer = call(action, **data)
        except tk.ValidationError as err:
            tell_errors(err)
            return False
    _tell(verb, answer)
    return True


def _tell(verb: str, answer: Any) -> None:
    """Say what became of one revision, or of each of many."""
    if not isinstance(answer, list):
        tk.h.flash_success(_done(verb))
        return
    well = sum(1 for each in answer if each["ok"])
    if well:
        tk.h.flash_success(
            tk._("{count} done: {what}").format(count=well, what=_done(verb))
        )
    for each in answer:
        if not each["ok"]:
            for sentence in sentences(each["error"]):
                tk.h.flash_error(sentence)
