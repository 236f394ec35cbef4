"""Who may look at crossings, let finds pass, and receive on the open site."""

from __future__ import annotations

import ipaddress
from typing import Any

from flask import has_request_context, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.catalog.logic.edition_auth import jiangmen_edition_list
from ckanext.jiangmen.publication import config, outbox

AuthResult = dict[str, Any]
DataDict = dict[str, Any]

CITY_ROLES = (Role.COORDINATOR, Role.SECRECY_REVIEWER)


def _allow() -> AuthResult:
    return {"success": True}


def _refuse(message: str) -> AuthResult:
    return {"success": False, "msg": message}


# Share site


@tk.auth_sysadmins_check
def jiangmen_publication_list(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the coordinating office, 保密审查 and departments (their own)."""
    caller = caller_of(context)
    if caller.organizations or any(caller.has(role) for role in CITY_ROLES):
        return _allow()
    return _refuse(tk._("Publications are shown to their department."))


@tk.auth_sysadmins_check
def jiangmen_publication_show(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the coordinating office, reviewers of secrecy and the owner."""
    caller = caller_of(context)
    if any(caller.has(role) for role in CITY_ROLES):
        return _allow()
    if _owner(data_dict) in caller.organizations:
        return _allow()
    return _refuse(tk._("Publications are shown to their department."))


def _owner(data_dict: DataDict) -> str:
    from ckan import model

    row = outbox.newest(model.Session(), str(data_dict.get("id") or ""))
    return row.owner_org if row is not None else ""


@tk.auth_sysadmins_check
def jiangmen_publication_retry(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow whoever may see the crossing."""
    return jiangmen_publication_show(context, data_dict)


@tk.auth_sysadmins_check
def jiangmen_publication_exception_create(
    context: Any, data_dict: DataDict
) -> AuthResult:
    """Allow 保密审查 only."""
    if caller_of(context).has(Role.SECRECY_REVIEWER):
        return _allow()
    return _refuse(tk._("Only a reviewer of secrecy decides about exceptions."))


@tk.auth_sysadmins_check
def jiangmen_edition_withdraw(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the coordinating office."""
    if caller_of(context).has(Role.COORDINATOR):
        return _allow()
    return _refuse(tk._("Editions are withdrawn by the coordinating office."))


@tk.auth_sysadmins_check
def jiangmen_edition_withdrawal_list(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow whoever reads editions."""
    return dict(jiangmen_edition_list(context, data_dict))


# Open site


def _receiver(context: Any) -> AuthResult:
    """Allow the one service account, from the addresses it is bound to."""
    if not caller_of(context).has(Role.RECEIVER):
        return _refuse(tk._("Only the receiver of publications may do this."))
    if has_request_context() and not _is_known(_address()):
        return _refuse(tk._("The receiver may not be called from this address."))
    return _allow()


def _address() -> str:
    """Return where the call comes from; a trusted proxy's word is believed.

    The last address of X-Forwarded-For is the one that our own proxy has seen.
    """
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and _is_in(peer, config.proxies()):
        return forwarded.split(",")[-1].strip()
    return peer


def _is_known(address: str) -> bool:
    return _is_in(address, config.addresses())


def _is_in(address: str, networks: list[config.Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


@tk.auth_sysadmins_check
def jiangmen_publication_stage(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the receiver."""
    return _receiver(context)


@tk.auth_sysadmins_check
def jiangmen_publication_receive(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the receiver."""
    return _receiver(context)


@tk.auth_sysadmins_check
def jiangmen_publication_withdraw(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the receiver."""
    return _receiver(context)


@tk.auth_sysadmins_check
def jiangmen_publication_state(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the receiver."""
    return _receiver(context)


@tk.auth_sysadmins_check
def jiangmen_publication_clean(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the receiver."""
    return _receiver(context)
