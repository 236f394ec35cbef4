"""Pages of the dialogue: lists, one message, the form, the sender's own page."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms.validators import ValidationError as WrongToken

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.portal.dialogue import spam
from ckanext.jiangmen.publication.dialogue.words import Kind

dialogue = Blueprint("jiangmen_dialogue", __name__)

PAGE_ROWS = 20
FILTERS = ("kind", "state", "q", "entry")
FIELDS = ("kind", "title", "text", "entries", "mail", "url", "author")
# More pages than anybody turns; the database is not asked for what lies beyond.
MOST_PAGES = 10_000


def call(action: str, **data: Any) -> Any:
    """Call an action as whoever asks."""
    return tk.get_action(action)(Context(user=tk.current_user.name), data)


@dialogue.route("/dialogue")
def index() -> Any:
    """List what the public wrote and what was answered."""
    wanted = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    page = page_number()
    try:
        found = call(
            "jiangmen_dialogue_list",
            **wanted, talk=True, limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS,
        )  # fmt: skip
    except tk.ValidationError:
        return tk.redirect_to("jiangmen_dialogue.index")
    return tk.render(
        "jiangmen/dialogue/index.html",
        {
            **found,
            **paging(page, found["count"]),
            "wanted": wanted,
            "figures": call("jiangmen_dialogue_figures"),
        },
    )


def page_number() -> int:
    """Return the page that is asked for."""
    return min(tk.h.jiangmen_page_number(), MOST_PAGES)


def paging(page: int, count: int) -> dict[str, int]:
    """Return the numbers of this page and of all."""
    return {"page": page, "pages": max(1, math.ceil(count / PAGE_ROWS))}


@dialogue.route("/reuses")
def reuses() -> str:
    """Show what was made of the data."""
    page = page_number()
    found = call(
        "jiangmen_dialogue_list",
        kind="reuse", limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS,
    )  # fmt: skip
    return tk.render(
        "jiangmen/dialogue/reuses.html", {**found, **paging(page, found["count"])}
    )


@dialogue.route("/dialogue/<number>")
def read(number: str) -> str:
    """Show one message with its history."""
    try:
        message = call("jiangmen_dialogue_show", number=number)
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err.message or ""))
    return tk.render("jiangmen/dialogue/read.html", {"message": message})


@dialogue.route("/dialogue/new", methods=["GET", "POST"])
def new() -> Any:
    """Show the form, take it in; what was typed stays where it is refused."""
    if request.method == "POST":
        data, errors, made = sent(_create)
        if made:
            link = made["follow"]
            return redirect(tk.url_for("jiangmen_dialogue.follow", link=link), 303)
    else:
        data = {name: request.args.get(name, "") for name in ("kind", "title")}
        data["entries"] = request.args.get("entry", "")
        errors = {}
    kind = data.get("kind") if data.get("kind") in set(Kind) else Kind.REQUEST.value
    page = "jiangmen/dialogue/new.html"
    return private(tk.render(page, {"data": data, "errors": errors, "kind": kind}))


def _create(form: dict[str, Any]) -> Any:
    return call("jiangmen_dialogue_create", **{k: form.get(k, "") for k in FIELDS})


def sent(
    action: Callable[[dict[str, Any]], Any],
) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Take in a public form: return what was typed, what is wrong, what came of it."""
    data = {key: value for key, value in request.form.items() if key[:1] != "_"}
    try:
        _check_token()
        spam.check_form(request.form, request.files)
    except spam.Refusal as err:
        spam.count(err.reason)
        return data, err.errors, None
    try:
        return data, {}, action(data)
    except tk.ValidationError as err:
        return data, err.error_dict, None


def _check_token() -> None:
    """Refuse a form of another site; core's own answer would lose what was typed."""
    try:
        validate_csrf(request.form.get("_csrf_token"))
    except (CSRFError, WrongToken) as err:
        sentence = tk._("The form has expired; please send it again.")
        raise spam.Refusal("expired", sentence) from err


def private(page: str) -> Response:
    """Return a page that nobody keeps and that tells its address to nobody."""
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@dialogue.route("/dialogue/follow/<link>")
def follow(link: str) -> Response:
    """Show a message to its sender."""
    try:
        message = call("jiangmen_dialogue_follow", follow=link)
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err.message or ""))
    own = tk.url_for(
        "jiangmen_dialogue.follow", link=link, qualified=True, locale="default"
    )
    return private(
        tk.render("jiangmen/dialogue/follow.html", {"message": message, "own": own})
    )
