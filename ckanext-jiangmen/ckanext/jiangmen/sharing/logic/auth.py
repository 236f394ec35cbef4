"""Doors that stock CKAN leaves open, closed on both sites.

Each of them told somebody without a right that something exists: members and ids of an
organization's entries, other people's accounts, followers of hidden entries, errors of
foreign tasks (docs/decisions.md).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.sharing import callers

DataDict = dict[str, Any]

# Nobody needs them: following is not offered, relationships and tasks are not used.
CLOSED = (
    "package_relationships_list",
    "task_status_show",
    "resource_search",
    "vocabulary_show",
    *(f"{of}_follower_list" for of in ("dataset", "group", "organization", "user")),
    # Core's own organization_show, group_show and user_show count followers of what
    # the caller may see: closing those counts closes the pages.
    "dataset_follower_count",
    *(
        f"{of}followee_{kind}"
        for of in ("", "dataset_", "group_", "organization_", "user_")
        for kind in ("list", "count")
    ),
    *(f"am_following_{of}" for of in ("dataset", "group", "user")),
    *(f"follow_{of}" for of in ("dataset", "group", "user")),
    *(f"unfollow_{of}" for of in ("dataset", "group", "user")),
    "package_collaborator_list",
    "package_collaborator_create",
    "package_collaborator_delete",
    "group_member_create",
    "group_member_delete",
)

LISTS_OF_PEOPLE = ("user_list", "user_autocomplete")

# Which of them core lets change something: they are called by POST only.
WRITING = (
    "follow_",
    "unfollow_",
    "group_member_",
    "package_collaborator_create",
    "package_collaborator_delete",
)

# People who keep accounts.
ACCOUNT_KEEPERS = (Role.SECURITY_OFFICER, Role.SYSTEM_OPERATOR)


def _refused() -> AuthResult:
    return {"success": False, "msg": tk._("This is not offered here.")}


def _closed(name: str) -> Any:
    @tk.chained_auth_function
    @tk.auth_allow_anonymous_access
    def closed(
        next_auth: Any, context: Context, data_dict: DataDict | None
    ) -> AuthResult:
        if callers.is_platform(context):
            return {"success": True}
        return _refused()

    closed.__name__ = name
    return closed


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def member_list(
    next_auth: Any, context: Context, data_dict: DataDict | None
) -> AuthResult:
    """Members and entries of an organization are listed to its own accounts only."""
    caller = caller_of(context)
    if callers.is_platform(context) or caller.has(Role.COORDINATOR):
        return {"success": True}
    group = tk.get_or_bust(data_dict or {}, "id")
    own = _organization_id(group) in caller.organizations
    return {"success": True} if own else _refused()


def _organization_id(name_or_id: str) -> str | None:
    group = model.Group.get(name_or_id)
    return group.id if group else None


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def organization_list_for_user(
    next_auth: Any, context: Context, data_dict: DataDict | None
) -> AuthResult:
    """Let an account ask for its own organizations, nobody for another's."""
    asked = (data_dict or {}).get("id")
    caller = caller_of(context)
    if callers.is_platform(context) or not asked or _is_self(caller, asked):
        return {"success": True}
    return _refused()


def _is_self(caller: Any, asked: Any) -> bool:
    return not caller.anonymous and asked in (caller.name, caller.user_id)


def _people(name: str) -> Any:
    @tk.chained_auth_function
    @tk.auth_allow_anonymous_access
    def people(
        next_auth: Any, context: Context, data_dict: DataDict | None
    ) -> AuthResult:
        caller = caller_of(context)
        asked = (data_dict or {}).get("id") or ""
        keeper = any(caller.has(role) for role in ACCOUNT_KEEPERS)
        # A list ignores `id`: naming oneself must not open it.
        own = name not in LISTS_OF_PEOPLE and _is_self(caller, asked)
        if callers.is_platform(context) or keeper or own:
            return {"success": True}
        return _refused()

    people.__name__ = name
    return people


def _asked_first(name: str) -> Any:
    """Return a chained action that asks before core looks for what is named.

    Core answers "not found" for what is absent and "forbidden" for what is there.
    """

    def asked(next_action: Any, context: Context, data_dict: DataDict) -> Any:
        tk.check_access(name, context, data_dict)
        return next_action(context, data_dict)

    asked.__name__ = name
    asked.__doc__ = "Refuse accounts: this is not offered here."
    if not name.startswith(WRITING):
        asked = tk.side_effect_free(asked)
    return tk.chained_action(asked)


def get_actions() -> dict[str, Any]:
    """Return the actions that are closed, refusing before anything is looked up."""
    return {name: _asked_first(name) for name in CLOSED}


def get_auth_functions() -> dict[str, Any]:
    """Return every door by the name of its action."""
    return {
        **{name: _closed(name) for name in CLOSED},
        **{
            name: _people(name)
            for name in (
                "user_show",
                "user_list",
                "user_autocomplete",
                "user_follower_count",
            )
        },
        "member_list": member_list,
        "organization_list_for_user": organization_list_for_user,
    }
