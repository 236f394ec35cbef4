"""`ckan jiangmen legal-basis …`: grounds for 不予共享, for operators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ckan import model

from ckanext.jiangmen.catalog import legal_register, stored
from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.catalog.survey_cli import uploaded
from ckanext.jiangmen.cli import jiangmen

ID = click.argument("id")
COMMENT = click.option("--comment", default="", help="The opinion.")
FIELDS = {
    "--door": "a (law), b (approval by the city), c (refusal by the superior).",
    "--title": "Name of the document.",
    "--document-number": "Its number, 文号.",
    "--article": "Article or clause.",
    "--authority": "Who made or issued it.",
    "--issued": "Its date, as 2017-04-05.",
    "--valid-until": "Last day of its term.",
    "--next-check": "Day of the next yearly check.",
    "--reason": "Why the department may not share.",
    "--organization": "Id or name of the department.",
}


def _fields(command: Any) -> Any:
    for name, help_text in reversed(FIELDS.items()):
        command = click.option(name, help=help_text)(command)
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--file", type=file, help="The document itself.")(command)


@jiangmen.group("legal-basis")
def legal_basis() -> None:
    """Grounds for withholding: three doors, each with its document."""


@legal_basis.command("list")
@click.option("--state", default="", help="draft, submitted, in_force, refused, ended.")
@click.option("--organization", default="", help="Id or name of a department.")
@click.option("--waiting", is_flag=True, help="Only what waits for the account.")
@AS_USER
def list_(state: str, organization: str, *, waiting: bool, user: str) -> None:
    """List grounds: number, door, standing, title."""
    found = call(
        "jiangmen_legal_basis_list",
        user,
        state=state,
        organization=organization,
        waiting_for_me=waiting,
        limit=1000,
    )
    for row in found["results"]:
        _tell(row)


@legal_basis.command()
@ID
@AS_USER
def show(id: str, user: str) -> None:
    """Show one ground and what it still lacks."""
    row = call("jiangmen_legal_basis_show", user, id=id)
    _tell(row)
    for sentence in row["missing"]:
        click.echo(f"  {sentence}")
    for entry in row["used_by"]:
        click.echo(f"  {entry['id']} {entry['title']}")


@legal_basis.command()
@_fields
@AS_USER
def create(user: str, file: Path | None, **fields: Any) -> None:
    """Register a ground; complete, it waits for its decision."""
    _tell(_sent("jiangmen_legal_basis_create", user, file, fields))


@legal_basis.command()
@ID
@_fields
@AS_USER
def update(id: str, user: str, file: Path | None, **fields: Any) -> None:
    """Mend or renew a ground; it is decided anew."""
    _tell(_sent("jiangmen_legal_basis_update", user, file, {"id": id, **fields}))


@legal_basis.command()
@ID
@click.argument("decision", type=click.Choice(["approve", "refuse"]))
@COMMENT
@click.option("--document-number", default="", help="Number of the decision.")
@AS_USER
def decide(
    id: str, decision: str, comment: str, document_number: str, user: str
) -> None:
    """Decide about a ground."""
    _tell(
        call(
            "jiangmen_legal_basis_decide",
            user,
            id=id,
            decision=decision,
            comment=comment,
            document_number=document_number,
        )
    )


@legal_basis.command()
@ID
@click.argument("result", type=click.Choice(["valid", "ended"]))
@COMMENT
@AS_USER
def check(id: str, result: str, comment: str, user: str) -> None:
    """Write down the yearly check of a ground."""
    _tell(
        call("jiangmen_legal_basis_check", user, id=id, result=result, comment=comment)
    )


@legal_basis.command()
@click.option("--days", default=30, help="Look so many days ahead.")
@AS_USER
def due(days: int, user: str) -> None:
    """List the grounds that need somebody."""
    for row in call("jiangmen_legal_basis_due", user, days=days):
        click.echo(f"{row['number']} {row['why']} {row['date']} {row['title']}")


@legal_basis.command()
def sweep() -> None:
    """Bring the index to what terms and yearly checks say today."""
    click.echo(f"{legal_register.sweep()} entries indexed")


@legal_basis.command()
def rebuild() -> None:
    """Find out anew which entries lean on which grounds."""
    session = model.Session()
    packages = session.scalars(legal_register.entries_in_force()).all()
    for package_id in packages:
        legal_register.note_use(session, package_id, 0, stored.whole_entry(package_id))
    session.commit()
    click.echo(f"{len(packages)} entries looked at")


def _sent(action: str, user: str, file: Path | None, fields: dict[str, Any]) -> Any:
    given = {name: value for name, value in fields.items() if value is not None}
    if file is None:
        return call(action, user, **given)
    return call(action, user, **given, upload=uploaded(file))


def _tell(row: dict[str, Any]) -> None:
    click.echo(f"{row['number']} {row['door']} {row['standing']} {row['title']}")
