"""Who may read and answer messages of the public (share site)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of

AuthResult = dict[str, Any]
DataDict = dict[str, Any]


def _by(context: Any, *roles: Role) -> AuthResult:
    caller = caller_of(context)
    if any(caller.has(role) for role in roles):
        return {"success": True}
    return {
        "success": False,
        "msg": tk._(
            "Messages are answered by departments and the coordinating office."
        ),
    }


@tk.auth_sysadmins_check
def jiangmen_inquiry_list(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow departments (their own) and the coordinating office (all)."""
    return _by(
        context, Role.CATALOGUER, Role.REVIEWER, Role.LEADER, Role.COORDINATOR
    )  # fmt: skip


@tk.auth_sysadmins_check
def jiangmen_inquiry_show(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow whoever may list; which ones, the action decides."""
    return jiangmen_inquiry_list(context, data_dict)


@tk.auth_sysadmins_check
def jiangmen_inquiry_propose(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the department's cataloguers, and the office for what it keeps."""
    return _by(context, Role.CATALOGUER, Role.COORDINATOR)


@tk.auth_sysadmins_check
def jiangmen_inquiry_hand_back(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the department's cataloguers and reviewers."""
    return _by(context, Role.CATALOGUER, Role.REVIEWER)


@tk.auth_sysadmins_check
def jiangmen_inquiry_approve(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the department's reviewers, and the office for what it keeps."""
    return _by(context, Role.REVIEWER, Role.COORDINATOR)


@tk.auth_sysadmins_check
def jiangmen_inquiry_return(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow whoever may approve."""
    return jiangmen_inquiry_approve(context, data_dict)


@tk.auth_sysadmins_check
def jiangmen_inquiry_forward(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the coordinating office."""
    return _by(context, Role.COORDINATOR)
