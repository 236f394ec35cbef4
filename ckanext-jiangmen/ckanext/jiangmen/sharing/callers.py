"""From an account to its standing towards an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import config
from ckanext.jiangmen.accounts import Caller, Role, caller_of
from ckanext.jiangmen.sharing import granting, purposes
from ckanext.jiangmen.sharing.decision import Standing, Viewer
from ckanext.jiangmen.sharing.grants import Channel

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
    """Return what `caller` is to an entry of the organization `owner_org`.

    A machine token is a department's, and finds only the entries of its grants.
    """
    if caller.grants is not None:
        return Standing.DEPARTMENT
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


def viewer_of(context: Any, entry: Mapping[str, Any], channel: Channel) -> Viewer:
    """Return the caller of an action as the decision about `entry` needs it."""
    at = standing_of(context, entry.get("owner_org"))
    if at is not Standing.DEPARTMENT:
        return Viewer(at, channel)
    return department_viewer(
        caller_of(context), entry, channel, purposes.sent_with_request()
    )


def department_viewer(
    caller: Caller, entry: Mapping[str, Any], channel: Channel, sent_purpose: str = ""
) -> Viewer:
    """Return an account of another department, with its grants and its purpose.

    A grant has its purpose; without one, data of a base library are read for the
    purpose sent with the call or declared on the day.
    """
    held = granting.live_grants(caller, str(entry["id"]))
    libraries = [] if held else granting.base_libraries(entry)
    purpose = "；".join(dict.fromkeys(grant.purpose for grant in held)) or sent_purpose
    if libraries and not purpose:
        purpose = purposes.declared(caller.user_id, libraries)
    return Viewer(
        Standing.DEPARTMENT,
        channel,
        held,
        grants_only=caller.grants is not None,
        purpose_owed=bool(libraries) and not purpose,
        purpose=purpose,
    )


def viewer_now(caller: Caller, entry: Mapping[str, Any], before: Viewer) -> Viewer:
    """Return an account that was `before` as it stands to the entry at this moment.

    It does not owe a purpose again; a platform's read stays what it was.
    """
    if not caller.name:
        return before
    at = standing(caller, entry.get("owner_org"))
    if at is not Standing.DEPARTMENT:
        return Viewer(at, before.channel)
    now = department_viewer(caller, entry, before.channel)
    return replace(now, purpose_owed=before.purpose_owed)
