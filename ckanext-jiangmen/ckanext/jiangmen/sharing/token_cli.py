"""`ckan jiangmen accounts renew`: personal tokens that end soon, made again."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click
import jwt

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts_cli, clock, config
from ckanext.jiangmen.accounts import Role, acting_as_platform, caller
from ckanext.jiangmen.sharing import token_model

# Days before its end from which a token is made again.
WITHIN_DAYS = 30


@accounts_cli.accounts.command()
@click.option(
    "--credentials",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The file that `accounts load` has written; new tokens are written into it.",
)
@click.option(
    "--within",
    "days",
    default=WITHIN_DAYS,
    show_default=True,
    help="Renew tokens that end within so many days.",
)
def renew(credentials: Path, days: int) -> None:
    """Make the tokens of a credentials file again that end soon or were revoked.

    The old ones work until their end, so nothing that uses them stands still.
    """
    known = json.loads(credentials.read_text("utf-8"))
    limit = clock.now() + dt.timedelta(days=days)
    names = []
    for account in known.values():
        if _ends(account.get("token", "")) < limit:
            account["token"] = _new_token(account["name"])
            names.append(account["name"])
    if names:
        accounts_cli.write_credentials(credentials, known)
    click.echo(f"{len(names)} of {len(known)} tokens renewed.")


def _ends(token: str) -> dt.datetime:
    """Return when a token ends; in the past for one that is not in force."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        claims = {}
    row = token_model.get(str(claims.get("jti", "")))
    if row is None or row.revoked is not None or "exp" not in claims:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return row.valid_until


def _new_token(name: str) -> str:
    """Make a token; the receiver is a service and gets the longest term."""
    asked: dict[str, Any] = {"user": name, "name": "accounts renew"}
    if caller(name).has(Role.RECEIVER):
        asked["days"] = config.token_longest_days()
    return tk.get_action("api_token_create")(acting_as_platform(), asked)["token"]
