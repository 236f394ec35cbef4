"""`ckan jiangmen …`: one group of commands; every room adds its own verbs."""

from __future__ import annotations

import click


@click.group()
def jiangmen() -> None:
    """Operate the platform: catalogue, tables, publication, accounts."""
