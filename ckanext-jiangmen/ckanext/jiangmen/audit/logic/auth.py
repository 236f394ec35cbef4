"""Who reads the trail: the auditor. Heads are everybody's on the open site."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.config import is_open_site

AuthResult = dict[str, Any]


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def jiangmen_audit_list(context: Any, data_dict: dict[str, Any]) -> AuthResult:
    """Allow the auditor only, whatever other rights an account has."""
    caller = caller_of(context)
    if caller.has(Role.AUDITOR) and caller.grants is None:
        return {"success": True}
    return {"success": False, "msg": tk._("The audit trail is read by the auditor.")}


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def jiangmen_audit_head_list(context: Any, data_dict: dict[str, Any]) -> AuthResult:
    """Allow everybody on the open site, the auditor on the share site."""
    if is_open_site():
        return {"success": True}
    return jiangmen_audit_list(context, data_dict)
