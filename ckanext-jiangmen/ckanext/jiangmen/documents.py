"""The parts of `docs/` that follow from the code: actions and commands."""

from __future__ import annotations

import configparser
import inspect
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.config import SITE

Actions = Mapping[str, Callable[..., Any]]

SITES = {"share": "the share site", "open": "the open site"}

API_HEAD = """# Actions

Every action is called as `POST {site}/api/3/action/NAME` with a JSON body (a file as
multipart field `upload`) and an `Authorization` header that holds an API token, or with
`ckanapi action NAME -r SITE -a TOKEN key=value`. Core's own actions work unchanged and
are not listed. Each action says on which site it is. This page is written by
`ckan jiangmen document`.
"""

COMMANDS_HEAD = """# Command line

All commands are run as `ckan -c config/share.ini jiangmen …` (or `config/open.ini`) in
the folder of the project, after `make up`. This page is written by
`ckan jiangmen document`.
"""


def actions_by_site(config_folder: Path) -> dict[str, Actions]:
    """Return our actions of both sites, whichever this process serves.

    `config_folder` holds share.ini and open.ini, which name the plugins of each site.
    """
    ours = {
        found.name: found
        for found in entry_points(group="ckan.plugins")
        if found.value.startswith("ckanext.jiangmen.")
    }
    before, sites = tk.config[SITE], {}
    try:
        for site in SITES:
            tk.config[SITE] = site
            wanted = _plugins(config_folder / f"{site}.ini")
            sites[site] = _actions(ours[name] for name in wanted if name in ours)
    finally:
        tk.config[SITE] = before
    return sites


def _plugins(ini: Path) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(ini.read_text(encoding="utf-8"))
    return parser["app:main"]["ckan.plugins"].split()


def _actions(plugins: Iterator[Any]) -> Actions:
    found: dict[str, Callable[..., Any]] = {}
    for plugin in plugins:
        give = getattr(plugin.load()(), "get_actions", dict)
        found |= {k: v for k, v in give().items() if k.startswith("jiangmen_")}
    return found


def api_page(sites: Mapping[str, Actions]) -> str:
    """Return the text of docs/api.md: our actions, their sites and docstrings."""
    known = {
        name: action for actions in sites.values() for name, action in actions.items()
    }
    parts = [API_HEAD]
    for name in sorted(known):
        on = " and ".join(SITES[site] for site in SITES if name in sites[site])
        text = inspect.cleandoc(known[name].__doc__ or "")
        parts.append(f"## {name}\n\nOn {on}.\n\n{text}\n")
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
