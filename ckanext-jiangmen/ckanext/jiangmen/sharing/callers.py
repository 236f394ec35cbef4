"""From an account to its standing towards an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import config
from ckanext.jiangmen.accounts import Caller, Role, caller_of
from ckanext.jiangmen.sharing.decision import Standing

# Accounts of the whole city that work on entries of every department. The three of
# 三员 (system, security, audit) are left out on purpose: they read no business data.
CITY_READERS = (Role.SECRECY_REVIEWER, Role.CITY_APPROVER)


def is_platform(context: Mapping[str, Any]) -> bool:
    """Return whether the platform itself acts: its site user, not a person."""
    name = context.get("user")
    return bool(name) and name == tk.config["ckan.site_id"]


def standing_of(context: Mapping[str, Any], owner_org: str | None) -> Standing:
    """Return what the caller of an action is to an entry of `owner_org`.

    On the open site everybody may read everything: it holds only what is published.
    """
    if config.is_open_site():
        return Standing.PUBLISHED
    if is_platform(context):
        return Standing.OWNER
    return standing(caller_of(context), owner_org)


def standing(caller: Caller, owner_org: str | None) -> Standing:
    """Return what `caller` is to an entry of the organization `owner_org`."""
    if owner_org and owner_org in caller.organizations:
        return Standing.OWNER
    if caller.has(Role.COORDINATOR):
        return Standing.COORDINATOR
    if works_with_entries(caller):
        return Standing.DEPARTMENT
    return Standing.NOBODY


def works_with_entries(caller: Caller) -> bool:
    """Return whether the account's work is with departments' entries at all."""
    return bool(caller.organizations) or any(
        caller.has(role) for role in (Role.COORDINATOR, *CITY_READERS)
    )
