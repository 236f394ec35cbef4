"""Pages of signing in: changing one's password, and keeping accounts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.accounts import DEPARTMENT_ROLES, Role, acting_as, caller_of
from ckanext.jiangmen.login import config, separation, sessions

login = Blueprint("jiangmen_login", __name__)

PAGE_ROWS = 50

# What a button of the page calls, and which fields go along.
BUTTONS = {
    "create": ("jiangmen_account_create", ("name", "fullname", "email")),
    "close": ("jiangmen_account_close", ("id",)),
    "reset": ("jiangmen_account_password_reset", ("id",)),
    "confirm": ("jiangmen_account_confirm", ("id",)),
    "unlock": ("jiangmen_account_unlock", ("id",)),
    "grant": ("jiangmen_role_grant", ("id", "role", "organization")),
    "revoke": ("jiangmen_role_revoke", ("id", "role", "organization")),
}


def role_label(role: str) -> str:
    """Return the name of a role as pages show it."""
    return {
        Role.COORDINATOR: tk._("Coordinating office"),
        Role.CITY_APPROVER: tk._("City government's approver"),
        Role.SECRECY_REVIEWER: tk._("Secrecy reviewer"),
        Role.AUDITOR: tk._("Security auditor"),
        Role.SECURITY_OFFICER: tk._("Security officer"),
        Role.SYSTEM_OPERATOR: tk._("System operator"),
        Role.CATALOGUER: tk._("Cataloguer"),
        Role.REVIEWER: tk._("Department reviewer"),
        Role.LEADER: tk._("Department leader"),
        Role.MODERATOR: tk._("Moderator"),
        Role.RECEIVER: tk._("Publication receiver"),
    }[Role(role)]


@login.route("/user/password", methods=["GET", "POST"])
def password() -> Any:
    """Change the own password; also where everybody is led whose password is due."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login")
    errors: dict[str, Any] = {}
    if request.method == "POST":
        errors = _change_password()
        if not errors:
            tk.h.flash_success(tk._("The password is changed; other sessions ended."))
            return tk.redirect_to(tk.config["ckan.auth.route_after_login"])
    of = config.policy()
    return tk.render(
        "jiangmen/login/password.html",
        {"errors": errors, "due": sessions.password_is_due(), "policy": of},
    )


def _change_password() -> dict[str, Any]:
    """Carry out the form; return its errors by field."""
    form = request.form
    if form.get("new") != form.get("again"):
        return {"again": [tk._("The two new passwords differ.")]}
    try:
        tk.get_action("jiangmen_password_change")(
            acting_as(tk.current_user.name),
            {"present": form.get("present"), "new": form.get("new")},
        )
    except tk.ValidationError as err:
        return err.error_dict
    if sessions.by_session():
        user = model.User.get(tk.current_user.name)
        if user is not None:
            sessions.renew(user)
    return {}


@login.route("/accounts", methods=["GET"])
def accounts() -> Any:
    """List accounts with what their keepers may do with them."""
    return _accounts()


@login.route("/accounts", methods=["POST"])
def change() -> Any:
    """Carry out one button of the page."""
    action, fields = BUTTONS.get(request.form.get("button", ""), (None, ()))
    if action is None:
        tk.abort(400, tk._("This button is not known."))
    data = {name: request.form.get(name, "") for name in fields}
    try:
        done = tk.get_action(action)(acting_as(tk.current_user.name), data)
    except tk.NotAuthorized as err:
        tk.abort(403, err.message or tk._("Another role keeps accounts so."))
    except tk.ObjectNotFound as err:
        return _accounts(errors=[err.message or ""])
    except tk.ValidationError as err:
        return _accounts(errors=_sentences(err))
    if "one_time_password" in done:
        # Shown in this answer only: it is kept nowhere.
        return _accounts(shown=done)
    tk.h.flash_success(tk._("Done."))
    return tk.redirect_to("jiangmen_login.accounts", **_asked())


def _sentences(err: Any) -> list[str]:
    return [
        str(sentence)
        for sentences in err.error_dict.values()
        for sentence in (sentences if isinstance(sentences, list) else [sentences])
    ]


def _asked() -> dict[str, str]:
    return {"q": request.args["q"]} if request.args.get("q") else {}


def _accounts(
    errors: list[str] | None = None, shown: dict[str, Any] | None = None
) -> str:
    caller = caller_of(acting_as(tk.current_user.name))
    page = tk.h.get_page_number(request.args)
    try:
        found = tk.get_action("jiangmen_account_list")(
            acting_as(tk.current_user.name),
            {
                **_asked(),
                "limit": PAGE_ROWS,
                "offset": (page - 1) * PAGE_ROWS,
            },
        )
    except tk.NotAuthorized:
        tk.abort(403, tk._("Accounts are listed to their keepers only."))
    titles = model.Session.execute(
        model.Group.__table__.select()  # type: ignore[attr-defined]
        .with_only_columns(model.Group.name, model.Group.title)
        .where(model.Group.is_organization.is_(True), model.Group.state == "active")
        .order_by(model.Group.title)
    ).all()
    return tk.render(
        "jiangmen/login/accounts.html",
        {
            **found,
            "page_number": page,
            "pages": -(-found["count"] // PAGE_ROWS) or 1,
            "q": _asked().get("q", ""),
            "errors": errors or [],
            "shown": shown,
            "operates": caller.has(Role.SYSTEM_OPERATOR),
            "permits": caller.has(Role.SECURITY_OFFICER),
            "roles": [(str(r), role_label(r), r in DEPARTMENT_ROLES) for r in Role],
            "organizations": [tuple(row) for row in titles],
            "idle_days": config.policy().idle_days,
            "lock_minutes": config.policy().lockout.lock_minutes,
            "self_id": caller.user_id,
        },
    )


def is_keeper() -> bool:
    """Return whether the signed-in account is one of the three that see no data."""
    name = tk.current_user.name
    return bool(name) and separation.keeper_role(caller_of(acting_as(name))) is not None


def get_helpers() -> dict[str, Any]:
    """Return what the pages call."""
    return {"jiangmen_role_label": role_label, "jiangmen_is_keeper": is_keeper}
