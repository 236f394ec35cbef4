"""Actions: changing one's password, keeping accounts and their roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Action, Context, DataDict

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.login import keeping, lockout, passwords, signing_in
from ckanext.jiangmen.login.keeping import KeepingRefused
from ckanext.jiangmen.login.passwords import PasswordRefused

# Set in the context of `user_create` where the password is the owner's own already.
FINAL = "jiangmen_password_is_final"

LARGEST_PAGE = 200


def _text(data_dict: DataDict, name: str) -> str:
    """Return a text parameter. Raise ValidationError if it is missing or no text."""
    value = data_dict.get(name)
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise tk.ValidationError({name: [tk._("Missing value")]})
    return value


def _number(data_dict: DataDict, name: str, default: int) -> int:
    try:
        value = int(data_dict.get(name, default))
    except (TypeError, ValueError):
        value = -1
    if value < 0:
        raise tk.ValidationError({name: [tk._("Please enter a whole number.")]})
    return value


def _role(data_dict: DataDict) -> Role:
    try:
        return Role(_text(data_dict, "role"))
    except ValueError as err:
        raise tk.ValidationError({"role": [tk._("There is no such role.")]}) from err


def _kept(data_dict: DataDict) -> Any:
    """Return the account that the parameter `id` names."""
    try:
        return keeping.account(_text(data_dict, "id"))
    except KeepingRefused as err:
        raise tk.ObjectNotFound(str(err)) from err


def _refuse(err: Exception, field: str = "id") -> tk.ValidationError:
    return tk.ValidationError({field: [str(err)]})


@contextmanager
def _refusals(field: str = "id") -> Iterator[None]:
    """Turn what the keeping of accounts refuses into an error at `field`."""
    try:
        yield
    except KeepingRefused as err:
        raise _refuse(err, field) from err


def jiangmen_password_change(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change the caller's own password; every other session of the account ends.

    Wrong present passwords are counted like wrong sign-ins.

    :param present: the password in force
    :type present: string
    :param new: the new one, by the password policy
    :type new: string

    :returns: {"name": the account}

    ``ckanapi action jiangmen_password_change present=… new=…``
    """
    tk.check_access("jiangmen_password_change", context, data_dict)
    caller = caller_of(context)
    new = _text(data_dict, "new")
    user = signing_in.attempt(caller.name, _text(data_dict, "present"))
    if user is None:
        raise tk.ValidationError({"present": [signing_in.failure()]})
    try:
        passwords.check_new(user, new)
    except PasswordRefused as err:
        raise _refuse(err, "new") from err
    passwords.put(user, new, one_time=False)
    return {"name": user.name}


@tk.side_effect_free
def jiangmen_account_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """List accounts with their state and roles, for their keepers.

    :param q: part of a name (optional)
    :type q: string
    :param limit: 50 where nothing is said, at most 200
    :type limit: integer
    :param offset: where to begin
    :type offset: integer

    :returns: {"count", "accounts": [{"id", "name", "fullname", "state",
        "stopped": when it was stopped because nobody used it, or None, "locked",
        "roles", "last_active"}]}

    ``ckanapi action jiangmen_account_list q=cataloguer``
    """
    tk.check_access("jiangmen_account_list", context, data_dict)
    limit = min(_number(data_dict, "limit", 50), LARGEST_PAGE)
    text = str(data_dict.get("q") or "").replace("\x00", "")
    return keeping.listing(text, limit, _number(data_dict, "offset", 0))


def jiangmen_account_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Create an account that waits for the security officer.

    :param name: letters, digits, - and _, two at least
    :type name: string
    :param fullname: department and duty, or the person's name
    :type fullname: string
    :param email: e-mail address
    :type email: string

    :returns: {"id", "name", "state": "pending", "one_time_password"}; the password is
        shown only here and changed by the owner at the first sign-in

    ``ckanapi action jiangmen_account_create name=d_reviewer fullname=… email=…``
    """
    tk.check_access("jiangmen_account_create", context, data_dict)
    wanted = [_text(data_dict, field) for field in ("name", "fullname", "email")]
    user, password = keeping.create(*wanted)
    return {
        "id": user.id,
        "name": user.name,
        "state": user.state,
        "one_time_password": password,
    }


def jiangmen_account_password_reset(
    context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Give an account a one-time password; it waits for the security officer then.

    Its sessions end at once. The owner learns of it: the old password stops working.

    :param id: name or id of the account
    :type id: string

    :returns: {"name", "state": "pending", "one_time_password"}

    ``ckanapi action jiangmen_account_password_reset id=c_reviewer``
    """
    tk.check_access("jiangmen_account_password_reset", context, data_dict)
    user = _kept(data_dict)
    with _refusals():
        password = keeping.reset(user)
    return {"name": user.name, "state": user.state, "one_time_password": password}


def jiangmen_account_close(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Close an account: its roles and tokens go, its sessions end.

    :param id: name or id of the account
    :type id: string

    :returns: {"name", "state": "deleted"}

    ``ckanapi action jiangmen_account_close id=c_reviewer``
    """
    tk.check_access("jiangmen_account_close", context, data_dict)
    user = _kept(data_dict)
    with _refusals():
        keeping.close(user)
    return {"name": user.name, "state": user.state}


def jiangmen_account_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let an account work: new, with a reset password, or stopped as not used.

    :param id: name or id of the account
    :type id: string

    :returns: {"name", "state": "active"}

    ``ckanapi action jiangmen_account_confirm id=d_reviewer``
    """
    tk.check_access("jiangmen_account_confirm", context, data_dict)
    user = _kept(data_dict)
    with _refusals():
        keeping.confirm(user)
    return {"name": user.name, "state": user.state}


def jiangmen_account_unlock(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Forget failed sign-ins of an account or of an address, so that it may try again.

    :param id: name or id of the account
    :type id: string
    :param address: an address instead of an account
    :type address: string

    :returns: {"unlocked": whether there was anything to forget}

    ``ckanapi action jiangmen_account_unlock id=c_reviewer``
    """
    tk.check_access("jiangmen_account_unlock", context, data_dict)
    if data_dict.get("address"):
        return {"unlocked": lockout.unlock_address(_text(data_dict, "address"))}
    return {"unlocked": lockout.unlock_account(_kept(data_dict).id)}


def jiangmen_role_grant(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give an account a role.

    :param id: name or id of the account
    :type id: string
    :param role: cataloguer, reviewer, leader (with `organization`); coordinator,
        city_approver, secrecy_reviewer, auditor, security_officer, system_operator,
        moderator, receiver
    :type role: string
    :param organization: name or id of the department
    :type organization: string

    :returns: {"name", "role", "organization"}

    ``ckanapi action jiangmen_role_grant id=d_reviewer role=reviewer organization=…``
    """
    tk.check_access("jiangmen_role_grant", context, data_dict)
    return _change_role(keeping.give_role, data_dict)


def jiangmen_role_revoke(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a role from an account; it is without effect from the next request on.

    :param id: name or id of the account
    :type id: string
    :param role: the role
    :type role: string
    :param organization: name or id of the department
    :type organization: string

    :returns: {"name", "role", "organization"}

    ``ckanapi action jiangmen_role_revoke id=d_reviewer role=reviewer organization=…``
    """
    tk.check_access("jiangmen_role_revoke", context, data_dict)
    return _change_role(keeping.take_role, data_dict)


def _change_role(change: Any, data_dict: DataDict) -> dict[str, Any]:
    user, role = _kept(data_dict), _role(data_dict)
    organization = str(data_dict.get("organization") or "") or None
    with _refusals("role"):
        change(user, role, organization)
    return {"name": user.name, "role": str(role), "organization": organization}


@tk.chained_action
def user_create(
    next_action: Action, context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Keep the new account's password; one that others chose is for one time."""
    made = next_action(context, data_dict)
    user = model.User.get(made["id"])
    if user is not None and user.password:
        passwords.record(user, one_time=not context.get(FINAL))
        model.Session.commit()
    return made


@tk.chained_action
def user_update(
    next_action: Action, context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Let passwords be changed by jiangmen_password_change only."""
    given = any(data_dict.get(name) for name in ("password", "password1"))
    if given and not context.get("ignore_auth"):
        raise tk.ValidationError(
            {"password": [tk._("Please change it by jiangmen_password_change.")]}
        )
    changed = next_action(context, data_dict)
    if given and not context.get("defer_commit"):
        user = model.User.get(changed["id"])
        if user is not None:
            passwords.record(user, one_time=not context.get(FINAL))
            model.Session.commit()
    return changed


def get_actions() -> dict[str, Any]:
    """Return every action by its name."""
    return {
        name: function
        for name, function in globals().items()
        if callable(function) and name.startswith(("jiangmen_", "user_"))
    }
