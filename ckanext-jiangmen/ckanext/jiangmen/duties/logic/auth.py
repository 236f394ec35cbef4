"""Who may read duties."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jiangmen import accounts
from ckanext.jiangmen.accounts import Role

OFFICES = (Role.COORDINATOR, Role.SECRECY_REVIEWER)


def jiangmen_duty_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let those who work with entries list duties; which ones, the list decides."""
    caller = accounts.caller_of(context)
    if caller.organizations or any(caller.has(role) for role in OFFICES):
        return {"success": True}
    return {"success": False, "msg": tk._("This account does not work with entries.")}
