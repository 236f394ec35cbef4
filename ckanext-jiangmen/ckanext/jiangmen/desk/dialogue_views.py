"""Messages of the public: the department's queue, and how answers get out."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

inquiry = Blueprint("jiangmen_inquiry", __name__)

PAGE_ROWS = 50
MOST_PAGES = 10_000
FILTERS = ("stage", "organization", "late")


# What a button calls, and which fields of the form go along.
BUTTONS = {
    "propose": ("jiangmen_inquiry_propose", ("state", "text", "ground")),
    "approve": ("jiangmen_inquiry_approve", ()),
    "return": ("jiangmen_inquiry_return", ("comment",)),
    "forward": ("jiangmen_inquiry_forward", ("organization",)),
    "hand_back": ("jiangmen_inquiry_hand_back", ("comment",)),
}


def _done(verb: str) -> str:
    return {
        "propose": tk._("The answer waits for its review."),
        "approve": tk._("The answer goes to the open site within a minute."),
        "return": tk._("Returned: the answer is written anew."),
        "forward": tk._("Forwarded to the department."),
        "hand_back": tk._("Given back to the coordinating office."),
    }[verb]


@inquiry.route("/desk/dialogue")
def index() -> Any:
    """List messages by stage and department, the most urgent first."""
    page = min(tk.h.jiangmen_page_number(), MOST_PAGES)
    wanted = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    with pages_of_errors():
        try:
            found = call(
                "jiangmen_inquiry_list",
                **{**wanted, "late": bool(wanted.get("late"))},
                limit=PAGE_ROWS,
                offset=(page - 1) * PAGE_ROWS,
            )
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_inquiry.index")
    return tk.render(
        "jiangmen/desk/inquiries.html",
        {
            **found,
            "wanted": wanted,
            "page": page,
            "pages": max(1, math.ceil(found["count"] / PAGE_ROWS)),
        },
    )


@inquiry.route("/desk/dialogue/<number>")
def read(number: str) -> Any:
    """Show one message and what the account may do."""
    return _page(number, {}, {})


def _page(number: str, typed: dict[str, str], errors: dict[str, Any]) -> Any:
    with pages_of_errors():
        message = call("jiangmen_inquiry_show", number=number)
        bodies = (
            call("organization_list", all_fields=True, limit=1000)
            if message["may"]["forward"]
            else []
        )
    return tk.render(
        "jiangmen/desk/inquiry.html",
        {
            "message": message,
            "data": {**(message["proposal"] or {}), **typed},
            "errors": errors,
            "bodies": bodies,
        },
    )


@inquiry.route("/desk/dialogue/<number>/<verb>", methods=["POST"])
def step(number: str, verb: str) -> Any:
    """Carry out a button; what was typed stays where it is refused."""
    if verb not in BUTTONS:
        return tk.abort(404)
    action, fields = BUTTONS[verb]
    typed = {name: request.form.get(name, "") for name in fields}
    with pages_of_errors():
        try:
            call(action, number=number, **typed)
        except tk.ValidationError as err:
            tell_errors(err)
            return _page(number, typed, err.error_dict)
    tk.h.flash_success(_done(verb))
    if verb == "hand_back":
        return tk.redirect_to("jiangmen_inquiry.index")
    return tk.redirect_to("jiangmen_inquiry.read", number=number)
