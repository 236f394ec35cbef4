"""How the catalogue's commands call actions: as an account, errors as sentences."""

from __future__ import annotations

from typing import Any

import click

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts

AS_USER = click.option(
    "--user", required=True, help="The account in whose name this is done."
)


def call(action: str, user: str, **data: Any) -> Any:
    """Call an action as `user`; what it refuses ends the command with exit 1."""
    try:
        return tk.get_action(action)(accounts.acting_as(user), data)
    except tk.ValidationError as err:
        for field, sentences in err.error_dict.items():
            for sentence in sentences if isinstance(sentences, list) else [sentences]:
                tk.error_shout(f"{field}: {sentence}")
    except (tk.NotAuthorized, tk.ObjectNotFound) as err:
        tk.error_shout(str(err.message or err))
    raise click.Abort
