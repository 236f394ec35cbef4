"""Pages of readers: subscribe, confirm, end, rate; feeds of messages and changes."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.dialogue import feeds, subscriptions
from ckanext.jiangmen.portal.dialogue.views import call, private, sent

subscription = Blueprint("jiangmen_subscription", __name__)

COOKIE, DAY_S = "jm_today", 86_400
FIELDS = ("scope", "target", "pace", "mail")


@subscription.route("/subscriptions", methods=["GET", "POST"])
def new() -> Any:
    """Show the form, take it in."""
    data, errors, asked = {}, {}, None
    if request.method == "POST":
        data, errors, asked = sent(_ask)
    else:
        data = {"target": request.args.get("entry", "")}
        data["scope"] = "entry" if data["target"] else "all"
    page = "jiangmen/dialogue/subscribe.html"
    themes = tk.h.jiangmen_all_groups("group")
    shown = {"data": data, "errors": errors, "asked": asked, "themes": themes}
    return private(tk.render(page, shown))


def _ask(form: dict[str, Any]) -> Any:
    said = {name: form.get(name, "") for name in FIELDS}
    if said["scope"] == "theme":
        said["target"] = form.get("theme", "")
    return call("jiangmen_subscription_create", **said)


@subscription.route("/subscriptions/confirm/<link>", methods=["GET", "POST"])
def confirm(link: str) -> Any:
    """Show a button, for machines open links; carry it out."""
    return _page(link, "confirm", "jiangmen_subscription_confirm")


@subscription.route("/subscriptions/stop/<link>", methods=["GET", "POST"])
def stop(link: str) -> Any:
    """End a subscription, by a page's button or a mail program's (RFC 8058)."""
    return _page(link, "stop", "jiangmen_subscription_delete")


def _page(link: str, purpose: str, action: str) -> Any:
    row = subscriptions.by_link(purpose, link)
    if row is None:
        tk.abort(404, tk._("This link is of no subscription, or of an ended one."))
    title = subscriptions.title_of(row)
    done = request.method == "POST"
    if done:
        call(action, link=link)
    return private(
        tk.render(
            "jiangmen/dialogue/subscription.html",
            {"title": title, "purpose": purpose, "done": done},
        )
    )


@subscription.route("/dataset/<id>/rating", methods=["POST"])
def rate(id: str) -> Any:
    """Keep a browser's stars of today."""
    browser = request.cookies.get(COOKIE) or secrets.token_urlsafe(12)

    def give(form: dict[str, Any]) -> Any:
        stars = form.get("stars", "")
        return call("jiangmen_rating_create", id=id, stars=stars, browser=browser)

    try:
        _, errors, rated = sent(give)
    except tk.ObjectNotFound as err:
        return tk.abort(404, str(err.message or ""))
    for sentences in errors.values():
        tk.h.flash_error(sentences[0])
    if rated:
        tk.h.flash_success(tk._("Thank you for your rating."))
    answer = tk.redirect_to("dataset.read", id=id, _anchor="dialogue")
    answer.set_cookie(
        COOKIE, browser, max_age=DAY_S, httponly=True, samesite="Lax",
        secure=bool(tk.config.get("SESSION_COOKIE_SECURE")),
    )  # fmt: skip
    return answer


@subscription.route("/dialogue.atom")
def dialogue_feed() -> Response:
    """Tell feed readers of published messages and their answers."""
    found = call("jiangmen_dialogue_list", limit=feeds.MOST)
    return _atom(feeds.of_dialogue(found["results"]))


@subscription.route("/dataset/<id>/changes.atom")
def entry_feed(id: str) -> Response:
    """Tell feed readers of one entry: its last change, messages about it."""
    try:
        entry = call("package_show", id=id)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset was not found."))
    found = call("jiangmen_dialogue_list", entry=entry["id"], limit=feeds.MOST)
    return _atom(feeds.of_entry(entry, found["results"]))


def _atom(text: bytes) -> Response:
    return Response(text, mimetype="application/atom+xml")
