"""`ckan jiangmen reference …` and `summary …`: 参考内容 and 汇总表 for operators."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import click

from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.catalog.survey_cli import WORKBOOK, uploaded
from ckanext.jiangmen.cli import jiangmen

TARGET = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
ORGANIZATION = click.option("--organization", help="Id or name of an organization.")


@jiangmen.group()
def reference() -> None:
    """Keep what departments are expected to file: 参考内容."""


@reference.command()
@TARGET
@click.option("--filled", is_flag=True, help="With the present list in it.")
@AS_USER
def template(file: Path, *, filled: bool, user: str) -> None:
    """Write the workbook of expected entries to FILE."""
    _save(file, call("jiangmen_reference_template", user, filled=filled))


@reference.command("import")
@WORKBOOK
@click.option("--dry-run", is_flag=True, help="Say what would change.")
@click.option("--drop-missing", is_flag=True, help="Drop what has no row in FILE.")
@AS_USER
def import_(file: Path, *, dry_run: bool, drop_missing: bool, user: str) -> None:
    """Store the list of FILE; exit 1 and store nothing if a cell is wrong."""
    action = "jiangmen_reference_preview" if dry_run else "jiangmen_reference_import"
    done = call(action, user, upload=uploaded(file), drop_missing=drop_missing)
    names = ("created", "changed", "unchanged", "refused")
    click.echo(", ".join(f"{done[name]} {name}" for name in names))
    for error in done["errors"]:
        where = f"{error['sheet']}!{error['cell']} {error['field']}"
        click.echo(f"{where}: {error['message']}")
    if done["errors"]:
        raise SystemExit(1)


@reference.command("list")
@ORGANIZATION
@click.option("--state", help="missing, under_way or filed.")
@AS_USER
def list_(user: str, **asked: str) -> None:
    """List references: state, department, title, the entry that answers it, why."""
    for row in call("jiangmen_reference_list", user, **asked)["references"]:
        found = f" ← {row['entry_title']}（{row['why']}）" if row["entry_id"] else ""
        click.echo(f"{row['state']} {row['organization']} {row['title']}{found}")


@reference.command()
@AS_USER
def coverage(user: str) -> None:
    """Tell filed / expected for each department, the best first."""
    found = call("jiangmen_reference_coverage", user)
    for row in (*found["departments"], {"title": "合计", **found["total"]}):
        share = row["coverage"] or 0
        click.echo(f"{share:6.1%} {row['filed']}/{row['reference']} {row['title']}")


@jiangmen.group()
def summary() -> None:
    """Count the entries in force: the summary table 汇总表."""


@summary.command()
@TARGET
@ORGANIZATION
@AS_USER
def export(file: Path, user: str, **asked: str) -> None:
    """Write the summary table to FILE."""
    _save(file, call("jiangmen_summary_export", user, **asked))


@summary.command()
@WORKBOOK
@AS_USER
def compare(file: Path, user: str) -> None:
    """Hold the typed table of FILE against the count; exit 1 if they differ."""
    found = call("jiangmen_summary_compare", user, upload=uploaded(file))
    for each in found["differences"]:
        where = f"{each['cell']} {each['organization']} {each['column']}"
        values = f"{each['typed'] or '—'} / {each['counted']}"
        click.echo(f"{where}: {values} {each['message']}".rstrip())
    if found["differences"]:
        raise SystemExit(1)


def _save(file: Path, found: dict[str, Any]) -> None:
    file.write_bytes(base64.b64decode(found["content_base64"]))
    click.echo(str(file))
