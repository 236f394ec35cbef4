"""`ckan jiangmen …`: one group of commands; every room adds its own verbs."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def jiangmen() -> None:
    """Operate the platform: catalogue, tables, publication, accounts."""


@jiangmen.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def document(folder: Path) -> None:
    """Write the pages of FOLDER that follow from the code: api.md, command-line.md."""
    from ckanext.jiangmen import documents

    sites = documents.actions_by_site(folder.resolve().parent / "config")
    pages = {
        "api.md": documents.api_page(sites),
        "command-line.md": documents.commands_page(jiangmen),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(f"{folder / name}: {text.count(chr(10))} lines")
