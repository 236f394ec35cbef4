"""Absent and forbidden are one answer: who may not know of an entry finds none."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen import accounts, config
from ckanext.jiangmen.accounts import Role
from ckanext.jiangmen.catalog import tables_link
from ckanext.jiangmen.catalog.revisions import Standing


def check(context: Context, package_id: str, owner_org: str | None) -> None:
    """Raise NotFound, as for what is not there, where the caller may not know of it.

    Its department and the coordinating office know of everything of an entry, others
    of what is in force and not withheld.
    """
    if _knows_everything(context, owner_org):
        return
    asked: Any = accounts.acting_as(str(context.get("user") or ""))
    try:
        tk.check_access("package_show", asked, {"id": package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound) as err:
        raise absent() from err


def check_file(context: Context, standing: Standing, resource_id: str) -> None:
    """Raise NotFound where the caller may not know of a file; like `check`."""
    if _knows_everything(context, standing.owner_org):
        return
    shown = tables_link.known_files(standing.approved or {})
    try:
        check(context, standing.package_id, standing.owner_org)
        if resource_id not in {resource["id"] for resource in shown}:
            raise absent()
    except tk.ObjectNotFound as err:
        raise tk.ObjectNotFound(tk._("Resource was not found.")) from err


def _knows_everything(context: Context, owner_org: str | None) -> bool:
    caller = accounts.caller_of(context)
    its_own = owner_org in caller.organizations or caller.has(Role.COORDINATOR)
    platform = context.get("user") == tk.config["ckan.site_id"]
    return its_own or platform or config.is_open_site()


def absent() -> Exception:
    """Return the answer about an entry that is not there."""
    return tk.ObjectNotFound(tk._("Dataset was not found."))
