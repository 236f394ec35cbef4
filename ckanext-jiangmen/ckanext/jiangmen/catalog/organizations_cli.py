"""`ckan jiangmen organizations …`: the bodies and libraries of the plan."""

from __future__ import annotations

import click

from ckanext.jiangmen.catalog import organizations as domain
from ckanext.jiangmen.cli import jiangmen


@jiangmen.group()
def organizations() -> None:
    """Departments, districts and libraries that the plan names."""


@organizations.command()
@click.option("--overwrite", is_flag=True, help="Undo what was changed on the site.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, write nothing.")
def load(*, overwrite: bool, dry_run: bool) -> None:
    """Create what is missing from organizations.yaml and libraries.yaml.

    Can be run again at any time. On the open site only the libraries are loaded.
    """
    loaded = domain.load(overwrite=overwrite, dry_run=dry_run)
    for verb, names in (("created", loaded.created), ("changed", loaded.changed)):
        for name in names:
            click.echo(f"{verb} {name}")
    click.echo(
        f"{len(loaded.created)} created, {len(loaded.changed)} changed, "
        f"{loaded.unchanged} unchanged"
    )
