"""Who may do what in the dialogue: everybody writes, the moderator publishes."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.publication.logic import auth as publication

AuthResult = dict[str, Any]
DataDict = dict[str, Any]


@tk.auth_allow_anonymous_access
def everybody(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow everybody."""
    return {"success": True}


def moderator(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the moderators of this site."""
    if caller_of(context).has(Role.MODERATOR):
        return {"success": True}
    return {"success": False, "msg": tk._("Messages are published by the moderator.")}


def receiver(context: Any, data_dict: DataDict) -> AuthResult:
    """Allow the share site's service account."""
    return publication.jiangmen_publication_receive(context, data_dict)
