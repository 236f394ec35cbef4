"""`ckan jiangmen accounts …`: give people and machines their accounts and roles."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, cast

import click
import yaml

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.accounts import (
    DEPARTMENT_ROLES,
    MEMBER_CAPACITY,
    Role,
    acting_as_platform,
    grant_role,
)
from ckanext.jiangmen.cli import jiangmen


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
        _write(credentials, known)
    click.echo(f"{len(wanted)} accounts of the {site} site are in place.")


def _write(path: Path, content: dict[str, Any]) -> None:
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
    if user is None:
        tk.get_action("user_create")(acting_as_platform(), fields)
    else:
        tk.get_action("user_update")(acting_as_platform(), {"id": user.id, **fields})
    token = tk.get_action("api_token_create")(
        acting_as_platform(), {"user": account["name"], "name": "accounts load"}
    )["token"]
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
