"""The desk: what waits for me, revisions and their way through the review."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Caller, Role, caller_of
from ckanext.jiangmen.desk import (
    bad_rows,
    compare,
    downloads,
    kept,
    legal_basis_views,
)
from ckanext.jiangmen.desk.calls import call, pages_of_errors, sentences, tell_errors

desk = Blueprint("jiangmen_desk", __name__)

PAGE_ROWS = 50
SHORT_LIST = 10
BAD_ROWS = 50

FILTERS = ("state", "organization", "import_id", "step", "waiting")

# What a button of a revision's page calls, and whether its comment goes along.
BUTTONS = {
    "submit": ("jiangmen_revision_submit", False),
    "approve": ("jiangmen_revision_approve", False),
    "return": ("jiangmen_revision_return", True),
    "take_over": ("jiangmen_revision_take_over", False),
    "discard": ("jiangmen_revision_discard", False),
}

# What the platform writes by itself.
NOT_COMMENTED = compare.NOT_SHOWN | {"name"}

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
        counted = call("jiangmen_revision_count", waiting_for_me=True)
        mine = call("jiangmen_revision_list", mine=True, state="open", limit=200)
        queues = [_queue(step, count) for step, count in counted["steps"].items()]
        late = call("jiangmen_duty_list", mine=True, state="overdue", limit=0)["count"]
        soon = call("jiangmen_duty_list", mine=True, state="soon", limit=0)["count"]
    groups: dict[str, list[Any]] = {"draft": [], "returned": [], "submitted": []}
    for each in mine:
        groups[each["state"]].append(each)
    return tk.render(
        "jiangmen/desk/index.html",
        {
            "queues": queues,
            "late": late,
            "soon": soon,
            "waiting_count": counted["count"],
            "groups": groups,
            "grounds": legal_basis_views.attention(),
            "keeps_guides": _caller().has(Role.COORDINATOR),
        },
    )


def _queue(step: str, count: int) -> dict[str, Any]:
    """Return what waits for one of the account's roles, the oldest first."""
    rows = call(
        "jiangmen_revision_list", waiting_for_me=True, step=step, limit=SHORT_LIST
    )
    return {"step": step, "count": count, "rows": rows}


def _only_decides_grounds() -> bool:
    """Return whether the account approves for the city and does nothing else."""
    return {role for role, _ in _caller().roles} == {Role.CITY_APPROVER}


def _caller() -> Caller:
    return caller_of({"user": tk.current_user.name})


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
        return tk.redirect_to("jiangmen_desk.revisions", **_filters_of_form())
    with pages_of_errors():
        titles = {
            each["id"]: each["title"]
            for each in call("jiangmen_revision_list", limit=5000)
            if each["id"] in set(ids)
        }
        try:
            answers = call(BUTTONS[verb][0], **_pressed(verb, ids))
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_desk.revisions", **_filters_of_form())
    return tk.render(
        "jiangmen/desk/at_once.html",
        {
            "verb": verb,
            "lines": [_line(each, titles) for each in answers],
            "back": _filters_of_form(),
        },
    )


def _line(answer: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    """Return what became of one of many revisions."""
    return {
        **answer,
        "title": titles.get(answer["id"], answer["id"]),
        "sentences": [] if answer["ok"] else sentences(answer["error"]),
    }


def _filters_of_form() -> dict[str, str]:
    return {name: request.form[name] for name in FILTERS if request.form.get(name)}


@desk.route("/desk/revision/<id>")
def revision(id: str) -> str:
    """Show one revision: fields, items, what changed, files, whom it waits for."""
    return _revision_page(id)


def _revision_page(id: str, refused: dict[str, Any] | None = None) -> str:
    """Show a revision; `refused` is a file whose bad rows were just told."""
    with pages_of_errors():
        shown = call("jiangmen_revision_show", id=id)
    return tk.render(
        "jiangmen/desk/revision.html",
        {
            "revision": shown,
            "entry": shown["entry"],
            "changes": compare.lines(shown["changes"]) if shown["base_version"] else [],
            "steps": shown["steps"],
            "commented": _commented(shown) if shown["may"]["return"] else [],
            "conflicts": [compare.conflict(each) for each in shown["conflicts"]],
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
            tell_errors(err)
            return _revision_page(id)
    tk.h.flash_success(tk._("Merged into the open draft."))
    return tk.redirect_to("jiangmen_desk.revision", id=merged["id"])


def _commented(shown: dict[str, Any]) -> list[dict[str, str]]:
    """Return what a reviewer can comment on: [{value, label}], fields, then items."""
    entry = shown["entry"]
    names = [
        name
        for name, value in entry.items()
        if value not in ("", [], None) and name not in NOT_COMMENTED
    ]
    fields = [
        {"value": name, "label": tk.h.jiangmen_field_label(name)}
        for name in names
        if tk.h.jiangmen_field_label(name) != name
    ]
    word = tk._("Item")
    items = [
        {
            "value": f"information_items/{item['name']}",
            "label": f"{word}：{item['name']}",
        }
        for item in entry.get("information_items") or []
        if item.get("name")
    ]
    return fields + items


@desk.route("/desk/revision/<id>/comment", methods=["POST"])
def comment(id: str) -> Any:
    """Comment on one field or item of a revision under review."""
    field, _, item = request.form.get("field", "").partition("/")
    said = {"field": field, "item": item, "comment": request.form.get("comment", "")}
    with pages_of_errors():
        try:
            call("jiangmen_revision_comment_create", id=id, **said)
            tk.h.flash_success(
                tk._("The comment is kept and goes along with a return.")
            )
        except tk.ValidationError as err:
            tell_errors(err)
    return tk.redirect_to("jiangmen_desk.revision", id=id, _anchor="comments")


@desk.route("/desk/revision/<id>/comment/<comment_id>/resolve", methods=["POST"])
def resolve(id: str, comment_id: str) -> Any:
    """Mark a comment as done."""
    with pages_of_errors():
        try:
            call("jiangmen_revision_comment_resolve", id=id, comment_id=comment_id)
        except tk.ValidationError as err:
            tell_errors(err)
    return tk.redirect_to("jiangmen_desk.revision", id=id, _anchor="comments")


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
            bad: Any = err.error_dict.get("bad_rows")
            if bad:
                # The rows themselves stand in a table.
                tk.h.flash_error(sentences(err.error_dict)[0])
                return _revision_page(id, refused=_keep_refused(data, bad))
            tell_errors(err)
    return tk.redirect_to("jiangmen_desk.revision", id=id)


def _keep_refused(data: dict[str, Any], bad: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep the list of a refused file's bad rows; return what the page offers."""
    name = data["upload"].filename
    listed = bad_rows.as_csv(bad)
    return {
        "name": name,
        "token": kept.keep(bad_rows.file_name(name), listed),
        "rows": bad[:BAD_ROWS],
        "more": max(0, len(bad) - BAD_ROWS),
        "resource_id": data.get("resource_id", ""),
    }


@desk.route("/desk/bad-rows/<token>")
def refused_rows(token: str) -> Response:
    """Send the list of the bad rows of a file that was refused."""
    found = kept.recall(token)
    if found is None:
        tk.abort(404, tk._("It was kept for half an hour; please upload it again."))
    return downloads.answer(found.content, found.name, downloads.CSV)


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
    name = bad_rows.file_name(found["file_name"])
    return downloads.answer(listed, name, downloads.CSV)


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


def _press(verb: str, ids: str) -> bool:
    with pages_of_errors():
        try:
            call(BUTTONS[verb][0], **_pressed(verb, ids))
        except tk.ValidationError as err:
            tell_errors(err)
            return False
    tk.h.flash_success(_done(verb))
    return True


def _pressed(verb: str, ids: str | list[str]) -> dict[str, Any]:
    """Return what a button's action is called with."""
    data: dict[str, Any] = {"id": ids}
    if BUTTONS[verb][1]:
        data["comment"] = request.form.get("comment", "").strip()
    return data
