"""`ckan jiangmen survey …`: the verbs of survey workbooks for operators."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import click
from werkzeug.datastructures import FileStorage

from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.cli import jiangmen

WORKBOOK = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


def uploaded(path: Path) -> FileStorage:
    """Return a file of this machine as an upload."""
    return FileStorage(stream=io.BytesIO(path.read_bytes()), filename=path.name)


@jiangmen.group()
def survey() -> None:
    """Survey workbooks 《江门市政务信息资源调查表》."""


@survey.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--filled", is_flag=True, help="With the account's own entries in it.")
@AS_USER
def template(file: Path, *, filled: bool, user: str) -> None:
    """Write the survey workbook to FILE."""
    found = call("jiangmen_survey_template", user, filled=filled)
    file.write_bytes(base64.b64decode(found["content_base64"]))
    click.echo(str(file))


@survey.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--id", "id_", multiple=True, help="Entry or revision; again for more.")
@click.option("--organization", help="Id or name of an organization.")
@click.option("--import-id", help="The entries of this import.")
@click.option("--query", "q", help="A search, as in the catalogue.")
@click.option("--state", help="Entries with a revision in this state.")
@AS_USER
def export(file: Path, user: str, *, id_: tuple[str, ...], **chosen: str) -> None:
    """Write a selection of entries to FILE, to be edited and imported again."""
    found = call("jiangmen_survey_export", user, id=list(id_), **chosen)
    file.write_bytes(base64.b64decode(found["content_base64"]))
    click.echo(f"{found['entries']} entries in {file}")


@survey.command()
@WORKBOOK
@AS_USER
def preview(file: Path, user: str) -> None:
    """Say what an import of FILE would do; exit 1 if a cell is wrong."""
    seen = call("jiangmen_survey_preview", user, upload=uploaded(file))
    for row in seen["rows"]:
        for each in row["cells"]:
            where = f"{each['sheet']}!{each['cell']} {each['item']}{each['label']}"
            click.echo(f"{where}: {each['before']} → {each['after']}")
    for each in seen["missing"]:
        click.echo(f"missing, stays: {each['title']}")
    _tell(seen)


@survey.command("import")
@WORKBOOK
@click.option("--only-good-rows", is_flag=True, help="Leave wrong entries out.")
@AS_USER
def import_(file: Path, *, only_good_rows: bool, user: str) -> None:
    """Store the entries of FILE as drafts; exit 1 if a cell is wrong."""
    answer = call(
        "jiangmen_survey_import",
        user,
        upload=uploaded(file),
        only_good_rows=only_good_rows,
    )
    click.echo(f"import {answer['import_id']}")
    _tell(answer)


@survey.command()
@click.argument("import_id")
@click.option("--force", multiple=True, help="Id of an entry to undo whatever it is.")
@AS_USER
def undo(import_id: str, *, force: tuple[str, ...], user: str) -> None:
    """Take the import IMPORT_ID back; exit 1 if something was changed again since."""
    done = call("jiangmen_survey_undo", user, import_id=import_id, force=list(force))
    click.echo(
        ", ".join(f"{done[key]} {key}" for key in ("discarded", "restored", "proposed"))
    )
    for each in done["conflicts"]:
        values = f": {each['imported']} → {each['now']}" if each["field"] else ""
        where = f"{each['item']}{each['label']}{values}"
        click.echo(f"{each['package_id']} {each['title']} {where} {each['message']}")
    if done["conflicts"]:
        raise SystemExit(1)


def _tell(answer: dict[str, Any]) -> None:
    click.echo(
        ", ".join(
            f"{answer[key]} {key}"
            for key in ("created", "changed", "unchanged", "refused")
        )
    )
    for error in answer["errors"]:
        click.echo(
            f"{error['sheet']}!{error['cell']} {error['field']}: {error['message']}"
        )
    if answer["errors"]:
        raise SystemExit(1)
