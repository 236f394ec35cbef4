"""The parts of `docs/` that follow from the code: actions and commands."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

API_HEAD = """# Actions

Every action is called as `POST {site}/api/3/action/NAME` with a JSON body (a file as
multipart field `upload`) and an `Authorization` header that holds an API token, or with
`ckanapi action NAME -r SITE -a TOKEN key=value`. Core's own actions work unchanged and
are not listed. This page is written by `ckan jiangmen document`.
"""

COMMANDS_HEAD = """# Command line

All commands are run as `ckan -c config/share.ini jiangmen …` (or `config/open.ini`) in
the folder of the project, after `make up`. This page is written by
`ckan jiangmen document`.
"""


def api_page(actions: Mapping[str, Callable[..., Any]]) -> str:
    """Return the text of docs/api.md: our actions with their docstrings."""
    parts = [API_HEAD]
    for name in sorted(name for name in actions if name.startswith("jiangmen_")):
        text = inspect.cleandoc(actions[name].__doc__ or "")
        parts.append(f"## {name}\n\n{text}\n")
    return "\n".join(parts)


def commands_page(root: click.Group) -> str:
    """Return the text of docs/command-line.md: every command with its options."""
    parts = [COMMANDS_HEAD]
    for path, command in _commands(root, (root.name or "",)):
        context = click.Context(command, info_name=f"ckan {' '.join(path)}")
        text = command.get_help(context)
        parts.append(f"## {' '.join(path)}\n\n```\n{text}\n```\n")
    return "\n".join(parts)


def _commands(
    group: click.Group, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in sorted(group.commands):
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command
