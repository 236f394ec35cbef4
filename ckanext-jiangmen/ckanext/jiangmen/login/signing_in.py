"""Signing in and out: one answer to every failure, locks, a new session."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import has_request_context, request

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import signals

from ckanext.jiangmen.login import lockout, passwords, sessions


def attempt(name: str, password: str) -> model.User | None:
    """Return the active account if the password is its own and nothing is locked.

    `name` is an account's name or e-mail address; both count for the same account.
    """
    user = _named(name)
    # On the command line there is no address.
    address = (request.remote_addr or "") if has_request_context() else ""
    counted = lockout.keys(user.id if user else lockout.unknown(name), address)
    if lockout.reserve(counted) and passwords.matches(user, password):
        lockout.succeeded(counted)
        return user
    signals.failed_login.send(name.replace("\x00", ""))
    return None


def _named(name: str) -> model.User | None:
    wanted = name.strip()
    if not wanted or "\x00" in wanted:
        return None
    return model.User.by_name(wanted) or model.User.by_email(wanted)


def failure() -> str:
    """Return the one answer to every failed try, so that it tells nothing."""
    return tk._(
        "Account or password is wrong, or signing in is locked for a while after too"
        " many failures."
    )


def login() -> Any:
    """Carry out a sent login form; None leaves the page to CKAN."""
    if request.method != "POST" or tk.current_user.is_authenticated:
        return None
    user = attempt(request.form["login"], request.form["password"])
    if user is None:
        # A list: core's form prints a dict's keys as names of fields.
        return tk.render("user/login.html", {"error_summary": {"": failure()}})
    sessions.begin(user)
    if sessions.password_is_due():
        return tk.redirect_to("jiangmen_login.password")
    return tk.redirect_to(_target() or tk.config["ckan.auth.route_after_login"])


def logout() -> Any:
    """End the session on the server; the address may be called without one."""
    if sessions.by_session():
        sessions.end()
    return tk.redirect_to("home.index")


def _target() -> str:
    """Return the page of this site that sent the caller to the form, "" without one.

    A backslash counts as a slash in browsers and would lead to another site.
    """
    wanted = request.args.get("came_from") or request.args.get("next") or ""
    parts = urlsplit(wanted.replace("\\", "/"))
    local = wanted.startswith("/") and not (parts.scheme or parts.netloc)
    return wanted if local and wanted.isprintable() else ""


def authenticate(identity: Any) -> model.User:
    """Check a password that a page of CKAN asks for; wrong ones are counted as well.

    Stops the request where it is wrong: CKAN would look again, uncounted.
    """
    user = attempt(str(identity.get("login", "")), str(identity.get("password", "")))
    return user if user is not None else tk.abort(403, failure())
