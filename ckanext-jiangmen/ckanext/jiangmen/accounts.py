"""Accounts and their roles on the platform (江府办函〔2017〕82号, 三(四), 七(一)).

CKAN's three member roles are too few for 编目、审核、保密审查、统筹: a role here is a
row of `jiangmen_role`, for one organization or for the whole city. Department accounts
are members of their organization in CKAN as well, so that its pages know them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from flask import has_request_context
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import bearer


class Role(enum.StrEnum):
    """What an account may do; the value is the word used in files and answers."""

    COORDINATOR = "coordinator"
    CITY_APPROVER = "city_approver"
    SECRECY_REVIEWER = "secrecy_reviewer"
    AUDITOR = "auditor"
    SECURITY_OFFICER = "security_officer"
    SYSTEM_OPERATOR = "system_operator"
    CATALOGUER = "cataloguer"
    REVIEWER = "reviewer"
    LEADER = "leader"
    MODERATOR = "moderator"
    RECEIVER = "receiver"


DEPARTMENT_ROLES = frozenset({Role.CATALOGUER, Role.REVIEWER, Role.LEADER})

# Who run, permit and watch the platform (GB/T 22239-2019 8.1.5): an account with one
# of these roles has no other.
KEEPERS = frozenset({Role.SYSTEM_OPERATOR, Role.SECURITY_OFFICER, Role.AUDITOR})

# What the department's role is in CKAN's own membership: only a cataloguer edits.
MEMBER_CAPACITY = {
    Role.CATALOGUER: "editor",
    Role.REVIEWER: "member",
    Role.LEADER: "member",
}


class RoleRow(tk.BaseModel):
    """One role of one account; `organization_id` is None for a city-wide role."""

    __tablename__ = "jiangmen_role"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    user_id: Mapped[str]
    role: Mapped[str]
    organization_id: Mapped[str | None]


@dataclass(frozen=True)
class Caller:
    """Who calls: `name` is "" for an anonymous caller.

    `roles` holds pairs (role, organization id or None). `grants` is None for an
    account that acts with its own rights; a machine token acts with the rights of the
    grants it names and holds no role.
    """

    name: str
    user_id: str
    roles: frozenset[tuple[Role, str | None]]
    grants: frozenset[str] | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return not self.user_id

    @property
    def organizations(self) -> frozenset[str]:
        """Ids of the departments this account works for."""
        return frozenset(
            organization
            for role, organization in self.roles
            if organization and role in DEPARTMENT_ROLES
        )

    def has(self, role: Role, organization_id: str | None = None) -> bool:
        """Return whether the account holds `role`.

        With `organization_id` the role must be for that organization or city-wide.
        """
        return any(
            held == role
            and (
                organization_id is None
                or organization is None
                or organization == organization_id
            )
            for held, organization in self.roles
        )


NOBODY = Caller("", "", frozenset())


def acting_as(user: str, **more: Any) -> Context:
    """Return the context of a call made by the account `user` ("" for nobody)."""
    return cast(Context, {"user": user, **more})


def acting_as_platform() -> Context:
    """Return the context of a call that the platform itself makes."""
    site_user = tk.get_action("get_site_user")(cast(Context, {"ignore_auth": True}), {})
    return acting_as(site_user["name"], ignore_auth=True)


def caller(name: str | None) -> Caller:
    """Return the active account called `name` with its roles, `NOBODY` if none."""
    user = _user(name) if name else None
    if user is None or user.state != model.State.ACTIVE:
        return NOBODY
    # A role in a department that was closed is a role no more.
    rows = model.Session.execute(
        sa.select(RoleRow.role, RoleRow.organization_id)
        .outerjoin(model.Group, model.Group.id == RoleRow.organization_id)
        .where(
            RoleRow.user_id == user.id,
            sa.or_(
                RoleRow.organization_id.is_(None),
                model.Group.state == model.State.ACTIVE,
            ),
        )
    )
    return Caller(user.name, user.id, frozenset((Role(r), o) for r, o in rows))


def _user(name: str) -> model.User | None:
    # Who signed this request is known already, and read again after each commit.
    signed = tk.current_user if has_request_context() else None
    if isinstance(signed, model.User) and signed.name == name:
        return signed
    return model.User.get(name)


def caller_of(context: Any) -> Caller:
    """Return the caller an action's context names.

    Kept in the request, so that one request asks the database once. `ignore_auth`
    is not looked at: what may be read follows from the account alone, or from the
    grants of the machine token that signs the request for this account.
    """
    name = context.get("user") or ""
    if not has_request_context():
        return caller(name)
    known: dict[str, Caller] | None = getattr(tk.g, "jiangmen_callers", None)
    if known is None:
        known = tk.g.jiangmen_callers = {}
    if name not in known:
        known[name] = _bound(caller(name))
    return known[name]


def _bound(account: Caller) -> Caller:
    """Return the account as the request's machine token binds it."""
    token = bearer.current()
    if token is None or token.grants is None or token.user_id != account.user_id:
        return account
    return Caller(account.name, account.user_id, frozenset(), token.grants)


def grant_role(user_id: str, role: Role, organization_id: str | None = None) -> None:
    """Give an account a role; holding it already changes nothing.

    Raise ValueError where a department's role comes without a department, or where
    one of the three keepers' roles would meet another role.
    """
    if (role in DEPARTMENT_ROLES) != (organization_id is not None):
        raise ValueError(f"role {role} and organization {organization_id} do not fit")
    held = {
        Role(each)
        for each in model.Session.scalars(
            sa.select(RoleRow.role).where(RoleRow.user_id == user_id)
        )
    }
    if (held - {role}) and (KEEPERS & (held | {role})):
        raise ValueError(f"role {role} does not go together with {', '.join(held)}")
    exists = model.Session.scalar(
        sa.select(RoleRow.id).where(
            RoleRow.user_id == user_id,
            RoleRow.role == role,
            RoleRow.organization_id.is_not_distinct_from(organization_id),
        )
    )
    if exists is None:
        model.Session.add(
            RoleRow(user_id=user_id, role=str(role), organization_id=organization_id)
        )
        model.Session.flush()
