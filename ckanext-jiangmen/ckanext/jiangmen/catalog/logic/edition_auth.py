"""Who may make and read editions of the catalogue."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import departments
from ckanext.jiangmen.catalog.editions import shown
from ckanext.jiangmen.catalog.logic.auth import allowed, jiangmen_withheld_list


def jiangmen_edition_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the coordinating office make any edition, a reviewer the department's own."""
    wanted = data_dict.get("organization")
    body = departments.of(str(wanted)) if wanted else None
    caller = accounts.caller_of(context)
    # Which bodies there are is no secret: whoever makes editions is told of a slip.
    owner = body["id"] if body else next(iter(caller.organizations), None)
    return allowed(
        shown.makes(caller, owner if wanted else None),
        tk._(
            "The city's editions are made by the coordinating office, a department's "
            "by its reviewer."
        ),
    )


def jiangmen_edition_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let every account that works with entries read editions; which texts, differs."""
    return jiangmen_withheld_list(context, data_dict)


jiangmen_edition_show = jiangmen_edition_list
jiangmen_edition_file = jiangmen_edition_list
