"""`ckan jiangmen revision …`, `survey …`, `jobs …`: the catalogue's verbs."""

from __future__ import annotations

import time

import click

from ckanext.jiangmen.catalog import jobs as domain
from ckanext.jiangmen.cli import jiangmen


@jiangmen.group()
def jobs() -> None:
    """Work that follows approvals: the index and the tables."""


@jobs.command()
@click.option("--forever", is_flag=True, help="Go on until stopped, every 2 seconds.")
def work(*, forever: bool) -> None:
    """Do all work that is due."""
    done = domain.run_due()
    click.echo(f"{done} jobs done")
    while forever:
        time.sleep(2)
        domain.run_due()
