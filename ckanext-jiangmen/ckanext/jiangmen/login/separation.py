"""三权分立: what system operator, security officer and auditor reach, and nothing else.

GB/T 22239-2019 8.1.5: three persons run, permit and watch; none of them reads
business data. Addresses and actions that are not named here are refused to them, so a
new page or action is closed to them until somebody names it.
"""

from __future__ import annotations

from typing import Any

from flask import request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import answers
from ckanext.jiangmen.accounts import KEEPERS, Caller, Role, caller_of

PAGES = frozenset(
    {
        "api.get_api",
        "api.i18n_js_translations",
        "jiangmen.health",
        "jiangmen.robots",
        "jiangmen.script_translations",
        "static",
        "user.api_tokens",
        "user.api_tokens_revoke",
        "user.edit",
        "user.logged_out_page",
        "user.login",
        "user.logout",
        "user.me",
        "user.read",
        "webassets.index",
    }
)

# Where these pages are asked for, the keeper's own page is meant.
HOMES = frozenset({"home.index", "jiangmen_desk.home", "jiangmen_desk.index"})

# Tokens: everybody's own; whose others an account sees or ends, the actions decide.
OWN_ACCOUNT = frozenset(
    {
        "api_token_create",
        "api_token_list",
        "api_token_revoke",
        "help_show",
        "jiangmen_account_list",
        "jiangmen_password_change",
        "jiangmen_token_create",
        "jiangmen_token_list",
        "jiangmen_token_revoke",
        "jiangmen_token_rotate",
        "organization_list",
        "status_show",
        "user_show",
    }
)

ACTIONS = {
    Role.SYSTEM_OPERATOR: frozenset(
        {
            "jiangmen_account_close",
            "jiangmen_account_create",
            "jiangmen_account_password_reset",
            "jiangmen_jobs_list",
            "user_list",
        }
    ),
    Role.SECURITY_OFFICER: frozenset(
        {
            "jiangmen_account_confirm",
            "jiangmen_account_unlock",
            "jiangmen_role_grant",
            "jiangmen_role_revoke",
            "user_list",
        }
    ),
    Role.AUDITOR: frozenset({"jiangmen_grant_list"}),
}

# Rooms whose pages and actions are one keeper's.
ROOMS = {Role.AUDITOR: "jiangmen_audit"}


def keeper_role(caller: Caller) -> Role | None:
    """Return which of the three the account is, None for everybody else."""
    return next((role for role in KEEPERS if caller.has(role)), None)


def allows(role: Role, endpoint: str, action: str = "") -> bool:
    """Return whether the keeper reaches the page `endpoint`, or calls `action`."""
    room = ROOMS.get(role)
    if endpoint == "api.action":
        named = action in OWN_ACCOUNT or action in ACTIONS[role]
        return named or bool(room and action.startswith(f"{room}_"))
    blueprint = endpoint.partition(".")[0]
    return endpoint in PAGES or blueprint in {"jiangmen_login", "jiangmen_tokens", room}


def stand_before() -> Any:
    """Refuse to one of the three what is not its work; send it home from elsewhere."""
    if not tk.current_user.is_authenticated:
        return None
    role = keeper_role(caller_of({"user": tk.current_user.name}))
    endpoint = request.endpoint or ""
    view = request.view_args or {}
    action = str(view.get("logic_function") or "")
    uploads = endpoint == "static" and str(view.get("filename")).startswith("uploads/")
    if role is None or (allows(role, endpoint, action) and not uploads):
        return None
    if endpoint in HOMES and request.method == "GET":
        return tk.redirect_to("jiangmen_login.accounts")
    sentence = tk._(
        "This account keeps the platform and reads no business data; it cannot be used"
        " here."
    )
    if request.path.startswith("/api/"):
        return answers.refused(403, "Authorization Error", sentence)
    return tk.abort(403, sentence)
