"""`ckan jiangmen jobs …`, `files …`, `entry …`; survey and revision lie beside."""

from __future__ import annotations

import time

import click

from ckanext.jiangmen.catalog import (
    collection,
    edition_cli,
    guide_cli,
    legal_basis_cli,
    reference_cli,
    revision_cli,
    survey_cli,
)
from ckanext.jiangmen.catalog import jobs as domain
from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.cli import jiangmen

__all__ = [
    "edition_cli",
    "entry",
    "files",
    "guide_cli",
    "jobs",
    "legal_basis_cli",
    "reference_cli",
    "revision_cli",
    "survey_cli",
]


@jiangmen.group()
def jobs() -> None:
    """Work that follows approvals: the index and the tables."""


@jobs.command()
@click.option("--forever", is_flag=True, help="Go on until stopped, every 2 seconds.")
def work(*, forever: bool) -> None:
    """Do all work that is due."""
    click.echo(f"{domain.run_due()} jobs done")
    while forever:
        time.sleep(2)
        domain.run_due()


@jobs.command("list")
def list_() -> None:
    """List the work that waits, with the last failure."""
    for job in domain.waiting():
        click.echo(
            f"{job['id']} {job['kind']} {job['package_id']} "
            f"attempts {job['attempts']} {job['last_error']}".rstrip()
        )


@jiangmen.group()
def files() -> None:
    """Look after the store of files."""


@files.command()
@click.option("--older-than-days", default=7, show_default=True, help="Age in days.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
def collect(older_than_days: int, *, dry_run: bool) -> None:
    """Remove files that no version and no open revision names."""
    done = collection.collect(older_than_days * 86400, dry_run=dry_run)
    click.echo(f"{done.removed} removed ({done.size_bytes} bytes), {done.kept} kept")


@jiangmen.group()
def entry() -> None:
    """Entries in force."""


@entry.command()
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="Why; the public reads it.")
@AS_USER
def withdraw(id_: str, reason: str, user: str) -> None:
    """Take the entry ID out of the catalogue and off the open site."""
    done = call("jiangmen_entry_withdraw", user, id=id_, reason=reason)
    click.echo(f"{done['id']} withdrawn")
