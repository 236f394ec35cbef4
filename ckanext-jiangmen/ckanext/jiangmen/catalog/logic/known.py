"""Absent and forbidden are one answer: who may not know of an entry finds none."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen import accounts, config
from ckanext.jiangmen.accounts import Role


def check(context: Context, package_id: str, owner_org: str | None) -> None:
    """Raise NotFound, as for what is not there, where the caller may not know of it.

    Its department and the coordinating office know of everything of an entry, others
    of what is in force and not withheld.
    """
    caller = accounts.caller_of(context)
    its_own = owner_org in caller.organizations or caller.has(Role.COORDINATOR)
    platform = context.get("user") == tk.config["ckan.site_id"]
    if its_own or platform or config.is_open_site():
        return
    asked: Any = accounts.acting_as(str(context.get("user") or ""))
    try:
        tk.check_access("package_show", asked, {"id": package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound) as err:
        raise absent() from err


def check_file(context: Context, package_id: str, owner_org: str | None) -> None:
    """Raise NotFound, as for a file that is not there; like `check`."""
    try:
        check(context, package_id, owner_org)
    except tk.ObjectNotFound as err:
        raise tk.ObjectNotFound(tk._("Resource was not found.")) from err


def absent() -> Exception:
    """Return the answer about an entry that is not there."""
    return tk.ObjectNotFound(tk._("Dataset was not found."))
