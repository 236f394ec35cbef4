"""`ckan jiangmen accounts …`: give people and machines their accounts and roles."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, cast

import click
import sqlalchemy as sa
import yaml

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.cli.sysadmin import sysadmin
from ckan.types import Context

from ckanext.jiangmen import config
from ckanext.jiangmen.accounts import (
    DEPARTMENT_ROLES,
    KEEPERS,
    MEMBER_CAPACITY,
    Role,
    RoleRow,
    acting_as_platform,
    grant_role,
)
from ckanext.jiangmen.cli import jiangmen
from ckanext.jiangmen.login import keeping, lockout
from ckanext.jiangmen.login.keeping import KeepingRefused
from ckanext.jiangmen.login.logic.action import FINAL


@jiangmen.group()
def accounts() -> None:
    """Create accounts and give them roles."""


@accounts.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--credentials",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where the new passwords and tokens are written (mode 0600).",
)
@click.option("--site", "site", required=True, help="The part of FILE to load.")
def load(file: Path, credentials: Path, site: str) -> None:
    """Create the accounts that FILE (YAML) lists for SITE; known ones stay as they are.

    Passwords and tokens are random and only written to the credentials file.
    """
    wanted = yaml.safe_load(file.read_text(encoding="utf-8"))[site]
    known = json.loads(credentials.read_text("utf-8")) if credentials.exists() else {}
    for key, account in wanted.items():
        known[key] = _ensure(account, known.get(key))
        write_credentials(credentials, known)
    click.echo(f"{len(wanted)} accounts of the {site} site are in place.")


@accounts.command()
@click.argument("account")
def unlock(account: str) -> None:
    """Forget failed sign-ins of ACCOUNT, or of an address, so that it may try again."""
    try:
        gone = lockout.unlock_account(keeping.account(account).id)
    except KeepingRefused:
        gone = lockout.unlock_address(account)
    click.echo("Unlocked." if gone else "There was nothing to forget.")


@accounts.command()
@click.argument("account")
def confirm(account: str) -> None:
    """Let ACCOUNT work: a new one, or one with a reset password."""
    try:
        keeping.confirm(keeping.account(account))
    except KeepingRefused as err:
        tk.error_shout(str(err))
        raise click.Abort from err
    click.echo("Confirmed.")


@accounts.command()
def idle() -> None:
    """Stop accounts that were not used for long, as is done every day by itself."""
    for name in keeping.stop_idle():
        click.echo(name)


@accounts.command()
def check() -> None:
    """List people with CKAN's sysadmin flag, and keepers that are missing; exit 1."""
    flagged = model.Session.scalars(
        sa.select(model.User.name).where(
            model.User.sysadmin.is_(True),
            model.User.state == model.State.ACTIVE,
            model.User.name != tk.config["ckan.site_id"],
        )
    ).all()
    for name in flagged:
        click.echo(f"{name}: has CKAN's sysadmin flag, which passes every check.")
    held = set(model.Session.scalars(sa.select(RoleRow.role)))
    missing = [] if config.is_open_site() else sorted(KEEPERS - held)
    for role in missing:
        click.echo(f"{role}: no account has this role.")
    if flagged or missing:
        raise click.exceptions.Exit(1)
    click.echo("No person has CKAN's sysadmin flag; all keepers are appointed.")


def _refuse_sysadmin(username: str) -> None:
    """Refuse to make USERNAME a sysadmin."""
    tk.error_shout(
        f"{username} stays as it is: CKAN's sysadmin flag passes every check, and no"
        " person has it here. Roles are given by the security officer."
    )
    raise click.Abort


def guard_sysadmins() -> None:
    """Put a refusal in the place of `ckan sysadmin add`."""
    refused = click.command("add", help="Refused on this platform.")(
        click.argument("username")(_refuse_sysadmin)
    )
    sysadmin.add_command(refused)


def write_credentials(path: Path, content: dict[str, Any]) -> None:
    """Write `content` as JSON that only this user reads, whole or not at all."""
    staged = path.with_suffix(".new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream, ensure_ascii=False, indent=2)
    staged.replace(path)


def _ensure(account: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any]:
    """Create one account if it is missing, give it its role, return its credentials."""
    name, role = account["name"], Role(account["role"])
    organization = _organization(account.get("organization"))
    user = model.User.get(name)
    if user is None or known is None:
        known = _create(account, user)
        user = cast(model.User, model.User.get(name))
    if organization is not None and role in DEPARTMENT_ROLES:
        tk.get_action("organization_member_create")(
            acting_as_platform(),
            {
                "id": organization.id,
                "username": name,
                "role": MEMBER_CAPACITY[role],
            },
        )
    of = organization.id if organization and role in DEPARTMENT_ROLES else None
    grant_role(user.id, role, of)
    model.Session.commit()
    return {**known, "organization": organization.name if organization else None}


def _create(account: dict[str, Any], user: Any) -> dict[str, Any]:
    """Create the account, or give a known one a new password, and a token."""
    password = secrets.token_urlsafe(15) + "aA1!"
    fields = {
        "name": account["name"],
        "fullname": account["fullname"],
        "email": f"{account['name']}@example.invalid",
        "password": password,
    }
    # Random, and told to its owner only by the credentials file: nothing to change.
    context = cast(Context, {**acting_as_platform(), FINAL: True})
    if user is None:
        tk.get_action("user_create")(context, fields)
    else:
        tk.get_action("user_update")(context, {"id": user.id, **fields})
    asked = {"user": account["name"], "name": "accounts load"}
    if account["role"] == Role.RECEIVER:
        # A service that nobody watches day by day.
        asked["days"] = config.token_longest_days()
    token = tk.get_action("api_token_create")(acting_as_platform(), asked)["token"]
    return {"name": account["name"], "password": password, "token": token}


def _organization(title: str | None) -> Any:
    """Return the organization called `title`, None without one."""
    if title is None:
        return None
    found = (
        model.Session.query(model.Group)
        .filter_by(title=title, is_organization=True, state=model.State.ACTIVE)
        .one_or_none()
    )
    if found is None:
        tk.error_shout(f"No organization is called {title}; load organizations first.")
        raise click.Abort
    return found
