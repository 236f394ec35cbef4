"""Who may use the editor: cataloguers, for entries of their own department.

The actions ask besides for the right to begin or to change the entry they name.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.jiangmen import accounts
from ckanext.jiangmen.accounts import Role
from ckanext.jiangmen.catalog.logic.auth import allowed


def _cataloguer(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers use the editor."""
    return allowed(
        accounts.caller_of(context).has(Role.CATALOGUER),
        tk._("Entries are written by the cataloguers of their department."),
    )


jiangmen_entry_check = _cataloguer
jiangmen_unsaved_keep = _cataloguer
jiangmen_unsaved_list = _cataloguer
jiangmen_unsaved_show = _cataloguer
jiangmen_unsaved_discard = _cataloguer
jiangmen_unsaved_attach = _cataloguer
jiangmen_entry_from_table = _cataloguer
jiangmen_entry_copy = _cataloguer
jiangmen_bulk_entries = _cataloguer
jiangmen_bulk_preview = _cataloguer
jiangmen_bulk_update = _cataloguer
