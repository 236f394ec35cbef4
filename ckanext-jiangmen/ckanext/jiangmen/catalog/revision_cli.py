"""`ckan jiangmen revision …`: the verbs of the review for operators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.catalog.survey_cli import uploaded
from ckanext.jiangmen.cli import jiangmen

IDS = click.argument("ids", nargs=-1, required=True)


@jiangmen.group()
def revision() -> None:
    """Revisions of entries on their way through the review."""


@revision.command("list")
@click.option("--state", default="", help="draft, submitted, returned, approved, open.")
@click.option("--organization", default="", help="Id or name of an organization.")
@click.option("--import-id", default="", help="Only those of one import.")
@click.option("--waiting", is_flag=True, help="Only what waits for the account.")
@AS_USER
def list_(
    state: str, organization: str, import_id: str, *, waiting: bool, user: str
) -> None:
    """List revisions: id, state, step, title."""
    found = call(
        "jiangmen_revision_list",
        user,
        state=state,
        organization=organization,
        import_id=import_id,
        waiting_for_me=waiting,
    )
    for row in found:
        click.echo(f"{row['id']} {row['state']} {row['step'] or '-'} {row['title']}")


@revision.command()
@IDS
@AS_USER
def submit(ids: tuple[str, ...], user: str) -> None:
    """Send drafts into the review."""
    _each("jiangmen_revision_submit", ids, user)


@revision.command()
@IDS
@click.option("--comment", default="", help="The reviewer's remark.")
@AS_USER
def approve(ids: tuple[str, ...], comment: str, user: str) -> None:
    """Take the step that is due."""
    _each("jiangmen_revision_approve", ids, user, comment=comment)


@revision.command("return")
@IDS
@click.option("--comment", required=True, help="What has to be mended.")
@AS_USER
def return_(ids: tuple[str, ...], comment: str, user: str) -> None:
    """Return revisions to their authors."""
    _each("jiangmen_revision_return", ids, user, comment=comment)


@revision.command()
@IDS
@AS_USER
def discard(ids: tuple[str, ...], user: str) -> None:
    """Give revisions up; what is in force stays in force."""
    _each("jiangmen_revision_discard", ids, user)


@revision.command()
@click.argument("id_", metavar="ID")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default="", help="Title of the file.")
@click.option("--only-good-rows", is_flag=True, help="Leave bad rows of a table out.")
@AS_USER
def attach(id_: str, file: Path, name: str, *, only_good_rows: bool, user: str) -> None:
    """Stage FILE for the revision ID."""
    answer = call(
        "jiangmen_revision_attach",
        user,
        id=id_,
        upload=uploaded(file),
        name=name,
        only_good_rows=only_good_rows,
    )
    click.echo(answer["resource"]["id"])
    if answer["resource"].get("rows_left_out"):
        click.echo(f"未载入 {answer['resource']['rows_left_out']} 行。", err=True)


def _each(action: str, ids: tuple[str, ...], user: str, **data: Any) -> None:
    """Do one verb on each revision and tell what became of it; exit 1 if one failed."""
    answers = call(action, user, id=list(ids), **data)
    for answer in answers:
        if answer["ok"]:
            step = answer["step"] or ""
            click.echo(f"{answer['id']} {answer['state']} {step}".rstrip())
        else:
            click.echo(f"{answer['id']} {_sentence(answer['error'])}", err=True)
    if not all(answer["ok"] for answer in answers):
        raise SystemExit(1)


def _sentence(error: dict[str, Any]) -> str:
    told = [value for key, value in error.items() if key != "__type"]
    texts = [t for each in told for t in (each if isinstance(each, list) else [each])]
    return " ".join(str(text) for text in texts)
