"""`ckan jiangmen guide …`: versions of the guide, and moving entries to another."""

from __future__ import annotations

from typing import Any

import click

from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.cli import jiangmen

VERSION = click.argument("version")


@jiangmen.group()
def guide() -> None:
    """Versions of the guide that entries are filed under."""


@guide.command("list")
@AS_USER
def list_(user: str) -> None:
    """List the versions: since when, how many entries."""
    for row in call("jiangmen_guide_list", user):
        mark = "*" if row["current"] else " "
        click.echo(
            f"{mark} {row['version']} {row['in_force_from']} {row['entries']} "
            f"{row['title']}"
        )


@guide.command()
@VERSION
@AS_USER
def preview(version: str, user: str) -> None:
    """Say which entries would not be right under VERSION; nothing is written."""
    _go_through("jiangmen_guide_preview", version, user)


@guide.command()
@VERSION
@AS_USER
def apply(version: str, user: str) -> None:
    """Move the entries to VERSION; those that would not be right stay, listed."""
    _go_through("jiangmen_guide_apply", version, user)


def _go_through(action: str, version: str, user: str) -> None:
    after: str | None = ""
    right = wrong = 0
    while after is not None:
        told: dict[str, Any] = call(action, user, version=version, after=after)
        right, wrong = right + told["right"], wrong + told["wrong"]
        for entry in told["entries"]:
            click.echo(f"{entry['id']} {entry['organization']} {entry['title']}")
            for problem in entry["problems"]:
                for message in problem["messages"]:
                    click.echo(f"    {problem['label']}: {message}")
        after = told["next"]
        click.echo(f"{right} right, {wrong} wrong, {told['left']} left", err=True)
