"""`ckan jiangmen edition …`: editions of the catalogue for operators."""

from __future__ import annotations

import time
from typing import Any

import click

from ckan import model

from ckanext.jiangmen.catalog import jobs
from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.catalog.editions import compiling
from ckanext.jiangmen.cli import jiangmen

UNFINISHED = ("waiting", "running")


@jiangmen.group()
def edition() -> None:
    """Editions of 《江门市政务信息资源目录》."""


@edition.command()
@click.option("--organization", help="Id or name of a department; else the city's.")
@AS_USER
def create(organization: str | None, user: str) -> None:
    """Compile an edition and wait for it; exit 1 if it cannot be made."""
    made = call("jiangmen_edition_create", user, organization=organization)
    while made["state"] in UNFINISHED:
        # Whoever comes first does it: a worker, or this command.
        jobs.run_of(made["id"], compiling.KIND)
        model.Session.remove()
        time.sleep(1)
        made = call("jiangmen_edition_show", user, id=made["id"])
    _tell(made)
    if made["state"] == "failed":
        raise click.Abort


@edition.command()
@click.argument("id_", metavar="ID")
@AS_USER
def show(id_: str, user: str) -> None:
    """Say how far the edition ID is, with files and sums."""
    _tell(call("jiangmen_edition_show", user, id=id_))


@edition.command("list")
@click.option("--organization", help="Id or name of a department, or city.")
@AS_USER
def list_(organization: str | None, user: str) -> None:
    """List the editions, the newest first."""
    found = call("jiangmen_edition_list", user, organization=organization)
    for row in found["results"]:
        number = row["address"] or row["id"]
        click.echo(f"{number} {row['date']} {row['title']} {row['state_title']}")


def _tell(made: dict[str, Any]) -> None:
    number = made["address"] or made["id"]
    click.echo(f"{number} {made['date']} {made['title']} {made['state_title']}")
    if made["message"]:
        click.echo(made["message"])
    for text in made["texts"]:
        for file in text["files"]:
            click.echo(f"{file['sha256']} {file['size']} {file['file_name']}")
