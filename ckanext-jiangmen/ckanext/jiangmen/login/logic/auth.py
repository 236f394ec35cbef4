"""Who keeps accounts: system operator and security officer, each one part of it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.jiangmen.accounts import KEEPERS, Role, caller_of


def _keeper(role: Role, *, of_others: bool) -> Any:
    """Return a check that the caller holds `role` and, if so, means somebody else."""

    def check(context: Context, data_dict: DataDict) -> AuthResult:
        caller = caller_of(context)
        if not caller.has(role):
            return {"success": False, "msg": tk._("Another role keeps accounts so.")}
        user = model.User.get(data_dict.get("id") or "") if of_others else None
        if user is not None and user.id == caller.user_id:
            return {"success": False, "msg": tk._("Nobody keeps the own account.")}
        return {"success": True}

    return check


def jiangmen_account_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the three keepers see who has an account."""
    caller = caller_of(context)
    seen = any(caller.has(role) for role in KEEPERS)
    return {"success": seen, "msg": tk._("Accounts are listed to their keepers only.")}


def jiangmen_password_change(context: Context, data_dict: DataDict) -> AuthResult:
    """Let every account change its own password."""
    return {"success": not caller_of(context).anonymous}


def get_auth_functions() -> dict[str, Any]:
    """Return every check by the name of its action."""
    operator, officer = Role.SYSTEM_OPERATOR, Role.SECURITY_OFFICER
    return {
        "jiangmen_account_list": jiangmen_account_list,
        "jiangmen_account_create": _keeper(operator, of_others=False),
        "jiangmen_account_close": _keeper(operator, of_others=True),
        "jiangmen_account_password_reset": _keeper(operator, of_others=True),
        "jiangmen_account_confirm": _keeper(officer, of_others=True),
        "jiangmen_account_unlock": _keeper(officer, of_others=True),
        "jiangmen_role_grant": _keeper(officer, of_others=True),
        "jiangmen_role_revoke": _keeper(officer, of_others=True),
        "jiangmen_password_change": jiangmen_password_change,
    }
