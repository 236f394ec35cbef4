"""Who may see the open site's figures."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


@tk.auth_allow_anonymous_access
def jiangmen_portal_figures(context: Any, data_dict: dict[str, Any]) -> dict[str, bool]:
    """Allow everybody: they count what everybody may read."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jiangmen_portal_statistics(
    context: Any, data_dict: dict[str, Any]
) -> dict[str, bool]:
    """Allow everybody: they count what everybody may read."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jiangmen_portal_withheld(
    context: Any, data_dict: dict[str, Any]
) -> dict[str, bool]:
    """Allow everybody: these are numbers made for the public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jiangmen_portal_edition_list(
    context: Any, data_dict: dict[str, Any]
) -> dict[str, bool]:
    """Allow everybody: the public text of an edition is made for the public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jiangmen_portal_edition_show(
    context: Any, data_dict: dict[str, Any]
) -> dict[str, bool]:
    """Allow everybody."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def jiangmen_portal_version_list(
    context: Any, data_dict: dict[str, Any]
) -> dict[str, bool]:
    """Allow who may see the entry."""
    tk.check_access("package_show", context, {"id": data_dict.get("id")})
    return {"success": True}
