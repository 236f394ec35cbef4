"""Keeping accounts, by two persons: one creates and closes, another gives rights.

The system operator creates an account or resets its password: it is pending then. It
works only after the security officer has confirmed it, and its one-time password is
changed by the owner at the first sign-in: nobody alone can act as somebody else, and
an owner whose password no longer works knows that it was reset. An account that is not
used for long waits for the officer as well (GB/T 22239-2019 8.1.4.2 c).
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import accounts, clock
from ckanext.jiangmen.accounts import (
    DEPARTMENT_ROLES,
    KEEPERS,
    MEMBER_CAPACITY,
    Role,
    RoleRow,
    acting_as_platform,
)
from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.login import config, lockout, passwords
from ckanext.jiangmen.login.policy import generate

log = logging.getLogger(__name__)

# In the account's `plugin_extras`: when it was stopped, or let work again after that.
STOPPED, RESUMED = "jiangmen_stopped", "jiangmen_resumed"
LAST_ACTIVE = model.User.__table__.c.last_active  # type: ignore[attr-defined]


class KeepingRefused(JiangmenError):
    """An account cannot be kept in this way."""


def account(name_or_id: str) -> model.User:
    """Return the account. Raise `KeepingRefused` if nobody has this name or id."""
    user = model.User.get(name_or_id)
    if user is None or user.name == tk.config["ckan.site_id"]:
        raise KeepingRefused(
            tk._("No account is called {name}.").format(name=name_or_id)
        )
    return user


def listing(text: str = "", limit: int = 50, offset: int = 0) -> dict[str, Any]:
    """Return {count, accounts}: name, full name, state, roles, locks, last use."""
    wanted = [model.User.name != tk.config["ckan.site_id"]]
    if text:
        part = f"%{text}%"
        wanted.append(model.User.name.ilike(part) | model.User.fullname.ilike(part))
    count = model.Session.scalar(
        sa.select(sa.func.count()).select_from(model.User).where(*wanted)
    )
    users = model.Session.scalars(
        sa.select(model.User)
        .where(*wanted)
        .order_by(model.User.name)
        .limit(limit)
        .offset(offset)
    ).all()
    held = _roles([user.id for user in users])
    locked = lockout.locked_accounts()
    return {
        "count": count,
        "accounts": [
            {
                "id": user.id,
                "name": user.name,
                "fullname": user.fullname or "",
                "state": user.state,
                "stopped": (user.plugin_extras or {}).get(STOPPED),
                "locked": user.id in locked,
                "roles": held.get(user.id, []),
                "last_active": _iso(user.last_active),  # type: ignore[attr-defined]
            }
            for user in users
        ],
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _roles(ids: list[str]) -> dict[str, list[dict[str, str | None]]]:
    """Return the roles of accounts: {id: [{role, organization, title}]}."""
    rows = model.Session.execute(
        sa.select(RoleRow.user_id, RoleRow.role, model.Group.name, model.Group.title)
        .outerjoin(model.Group, model.Group.id == RoleRow.organization_id)
        .where(RoleRow.user_id.in_(ids))
        .order_by(RoleRow.role, model.Group.title)
    )
    found: dict[str, list[dict[str, str | None]]] = {}
    for user_id, role, name, title in rows:
        found.setdefault(user_id, []).append(
            {"role": role, "organization": name, "title": title}
        )
    return found


def create(name: str, fullname: str, email: str) -> tuple[model.User, str]:
    """Create a pending account; return it and its one-time password."""
    password = generate(config.policy())
    fields = {"name": name, "fullname": fullname, "email": email, "password": password}
    made = tk.get_action("user_create")(acting_as_platform(), fields)
    user = account(made["id"])
    user.set_pending()
    model.Session.commit()
    return user, password


def reset(user: model.User) -> str:
    """Give the account a one-time password and let it wait for its confirmation."""
    if user.is_deleted():
        raise KeepingRefused(tk._("This account is closed."))
    password = generate(config.policy())
    user.set_pending()
    passwords.put(user, password, one_time=True)
    return password


def confirm(user: model.User) -> None:
    """Let a pending account work."""
    if not user.is_pending():
        raise KeepingRefused(tk._("This account does not wait for a confirmation."))
    extras = dict(user.plugin_extras or {})
    if extras.pop(STOPPED, None):
        user.plugin_extras = extras | {RESUMED: clock.now().isoformat()}
    user.activate()
    model.Session.commit()


def stop_idle() -> list[str]:
    """Let accounts wait that were not used for the policy's days; return their names.

    The last active account of a keeper's role goes on: it lets the others work again.
    """
    days, moment = config.policy().idle_days, clock.now()
    if not days:
        return []
    stopped = []
    for user in _unused_since(moment - dt.timedelta(days=days)):
        try:
            for row in _roles([user.id]).get(user.id, []):
                _keep_one_keeper(Role(str(row["role"])), user)
        except KeepingRefused:
            log.warning("account %s is idle, and the last keeper of its kind", user.id)
            continue
        extras = dict(user.plugin_extras or {})
        user.plugin_extras = extras | {STOPPED: moment.isoformat()}
        user.set_pending()
        model.Session.commit()
        stopped.append(user.name)
    if stopped:
        log.info("%d idle accounts wait for the security officer", len(stopped))
    return stopped


def _unused_since(limit: dt.datetime) -> list[model.User]:
    """Return active accounts that were neither made, used nor resumed after `limit`."""
    users = model.Session.scalars(
        sa.select(model.User)
        .where(
            model.User.state == model.State.ACTIVE,
            model.User.name != tk.config["ckan.site_id"],
            # Core keeps these without a zone, in UTC.
            sa.func.greatest(model.User.created, LAST_ACTIVE)
            < limit.replace(tzinfo=None),
        )
        .order_by(model.User.name)
    )
    return [
        user
        for user in users
        if (user.plugin_extras or {}).get(RESUMED, "") < limit.isoformat()
    ]


def close(user: model.User) -> None:
    """End the account: its roles, memberships and tokens go; its sessions stop."""
    for row in _roles([user.id]).get(user.id, []):
        _keep_one_keeper(Role(str(row["role"])), user)
    model.Session.execute(sa.delete(RoleRow).where(RoleRow.user_id == user.id))
    model.Session.execute(
        sa.delete(model.ApiToken).where(model.ApiToken.user_id == user.id)
    )
    tk.get_action("user_delete")(acting_as_platform(), {"id": user.id})


def give_role(user: model.User, role: Role, organization: str | None) -> None:
    """Give a role; a department's makes the account a member there as well."""
    if user.is_deleted():
        raise KeepingRefused(tk._("This account is closed."))
    group = _organization(role, organization)
    try:
        accounts.grant_role(user.id, role, group.id if group else None)
    except ValueError as err:
        raise KeepingRefused(
            tk._(
                "System operator, security officer and auditor are three persons, and"
                " none of them has another role."
            )
        ) from err
    if group is not None:
        _be_member(user, group)
    model.Session.commit()


def take_role(user: model.User, role: Role, organization: str | None) -> None:
    """Take a role away, and the membership that followed from it."""
    group = _organization(role, organization)
    _keep_one_keeper(role, user)
    gone = model.Session.scalars(
        sa.delete(RoleRow)
        .where(
            RoleRow.user_id == user.id,
            RoleRow.role == role,
            RoleRow.organization_id.is_not_distinct_from(group.id if group else None),
        )
        .returning(RoleRow.id)
    ).all()
    if not gone:
        raise KeepingRefused(tk._("The account does not have this role."))
    if group is not None:
        _be_member(user, group)
    model.Session.commit()


def _organization(role: Role, name_or_id: str | None) -> model.Group | None:
    """Return the department that the role is for, None for a city-wide role."""
    if role not in DEPARTMENT_ROLES:
        if name_or_id:
            raise KeepingRefused(tk._("This role is not a department's."))
        return None
    group = model.Group.get(name_or_id) if name_or_id else None
    if group is None or not group.is_organization or group.state != "active":
        raise KeepingRefused(tk._("This role needs a department that exists."))
    return group


def _be_member(user: model.User, group: model.Group) -> None:
    """Make CKAN's membership follow from the roles that the account has left."""
    left = model.Session.scalars(
        sa.select(RoleRow.role).where(
            RoleRow.user_id == user.id, RoleRow.organization_id == group.id
        )
    )
    capacities = {MEMBER_CAPACITY[Role(role)] for role in left}
    named = {"id": group.id, "username": user.name}
    if not capacities:
        tk.get_action("organization_member_delete")(acting_as_platform(), named)
        return
    capacity = "editor" if "editor" in capacities else "member"
    tk.get_action("organization_member_create")(
        acting_as_platform(), {**named, "role": capacity}
    )


def _keep_one_keeper(role: Role, user: model.User) -> None:
    """Refuse to take away the last active account of one of the three roles."""
    if role not in KEEPERS:
        return
    others = model.Session.scalar(
        sa.select(sa.func.count())
        .select_from(RoleRow)
        .join(model.User, model.User.id == RoleRow.user_id)
        .where(
            RoleRow.role == role,
            RoleRow.user_id != user.id,
            model.User.state == model.State.ACTIVE,
        )
    )
    if not others:
        raise KeepingRefused(
            tk._("This is the last account with this role; please appoint another.")
        )
