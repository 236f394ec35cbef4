"""What signing in puts before every request; `guard.py` calls them in their order."""

from __future__ import annotations

import logging
from typing import Any

from flask import request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import answers, config
from ckanext.jiangmen.login import sessions

log = logging.getLogger(__name__)

# Ways into an account that lead past locks and policy, or past the keepers; and core's
# pages for developers.
CLOSED = frozenset(
    {
        "user.perform_reset",
        "user.register",
        "user.request_reset",
        "user.sysadmin",
        "util.custom_form_fields",
        "util.primer",
    }
)

# Core's forms for entries and files: the open site receives, and its forms failed.
WRITING_FORMS = frozenset(
    {
        "datastore.dictionary",
        "dataset.delete",
        "dataset.edit",
        "dataset.groups",
        "dataset.new",
        "dataset.resources",
        *(
            f"{of}resource.{form}"
            for of in ("", "dataset_")
            for form in ("delete", "edit", "edit_view", "new", "views")
        ),
    }
)

# What an account with a password that is due may still do.
WHILE_DUE = frozenset(
    {
        "api.i18n_js_translations",
        "jiangmen.health",
        "jiangmen.script_translations",
        "jiangmen_login.password",
        "static",
        "user.logout",
        "webassets.index",
    }
)


def close_side_doors() -> None:
    """Answer 404 where CKAN offers registration, resets by e-mail and open forms."""
    closed = CLOSED | WRITING_FORMS if config.is_open_site() else CLOSED
    if request.endpoint in closed:
        tk.abort(404, tk._("This is not offered here."))


def check_login_form() -> None:
    """Refuse a login form without its fields: core's authenticator fails on them."""
    if request.endpoint == "user.login" and request.method == "POST":
        form = request.form
        if not (form.get("login") or "").strip() or not form.get("password"):
            tk.abort(400, tk._("Please enter both account and password."))


def check_profile_form() -> None:
    """Refuse a profile form that core's view would fail on, or with a password.

    Passwords are changed on a page of their own, by the policy.
    """
    if request.endpoint != "user.edit" or request.method != "POST":
        return
    form = request.form
    if form.get("password1") or form.get("password2"):
        tk.abort(400, tk._("Passwords are changed on the page “Change password”."))
    if "email" not in form or "old_password" not in form:
        tk.abort(400, tk._("Please send both e-mail address and present password."))


def take_away_sysadmin() -> None:
    """Take CKAN's sysadmin flag from a person's account: it would pass every check.

    Only the platform itself, its site user, has it.
    """
    user: Any = tk.current_user
    if not user.is_authenticated or not user.sysadmin:
        return
    if user.name == tk.config["ckan.site_id"]:
        return
    log.warning("account %s had CKAN's sysadmin flag: taken away", user.id)
    row = model.User.get(user.id)
    row.sysadmin = False  # type: ignore[union-attr]
    model.Session.commit()


def demand_new_password() -> Any:
    """Lead an account whose password is due to the page that changes it."""
    if not sessions.by_session() or not sessions.password_is_due():
        return None
    if request.endpoint in WHILE_DUE:
        return None
    if request.method == "GET" and not request.path.startswith("/api/"):
        return tk.redirect_to("jiangmen_login.password")
    return answers.refused(
        403,
        "Authorization Error",
        tk._("Please change your password first: it was set by others or is too old."),
    )
