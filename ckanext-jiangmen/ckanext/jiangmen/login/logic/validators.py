"""CKAN's validator of passwords, by our policy."""

from __future__ import annotations

from typing import Any

import click

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.login import passwords
from ckanext.jiangmen.login.passwords import PasswordRefused


def user_password_validator(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Refuse a password that the policy refuses, in one sentence.

    Not where the platform itself creates an account past authorization, outside a
    command: such a password is for one time and opens nothing but its change.
    """
    value = data.get(key)
    if value is None or value is tk.missing or value == "":
        return
    if not isinstance(value, str):
        errors[("password",)].append(tk._("Passwords must be strings"))
        return
    if context.get("ignore_auth") and click.get_current_context(silent=True) is None:
        return
    own = [data.get((name,)) for name in ("name", "fullname", "email")]
    said = [word if isinstance(word, str) else "" for word in own]
    try:
        passwords.check(value, passwords.names_of(*said))
    except PasswordRefused as err:
        errors[("password",)].append(str(err))


def get_validators() -> dict[str, Any]:
    """Return the validator under core's name."""
    return {"user_password_validator": user_password_validator}
