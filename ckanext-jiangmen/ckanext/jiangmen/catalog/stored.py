"""Entries as they are stored, from the database, with every item."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts


def whole_entry(package_id: str) -> dict[str, Any]:
    """Return an entry as `package_show` gives it to the platform itself.

    Nothing is left out for any caller; raise NotFound if there is no such entry.
    """
    context = accounts.acting_as(
        tk.config["ckan.site_id"],
        ignore_auth=True,
        jiangmen_whole=True,
        use_cache=False,
    )
    return tk.get_action("package_show")(context, {"id": package_id})
