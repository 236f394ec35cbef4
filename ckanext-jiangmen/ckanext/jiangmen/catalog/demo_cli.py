"""`ckan jiangmen demo …`: the demonstration of a new platform."""

from __future__ import annotations

from pathlib import Path

import click

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts_cli, config
from ckanext.jiangmen.catalog import demo as domain
from ckanext.jiangmen.catalog import organizations
from ckanext.jiangmen.cli import jiangmen

#: The checkout's demo/; a wheel has none.
FOLDER = Path(__file__).parents[4] / "demo"
STATE_PATH = "ckanext.jiangmen.state_path"


@jiangmen.group()
def demo() -> None:
    """Real and synthetic data to try the platform with."""


@demo.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=FOLDER,
    help="The folder demo/ of the source.",
)
@click.option(
    "--credentials",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where new passwords are written (0600); else into the state folder.",
)
@click.option("--without-accounts", is_flag=True, help="Leave accounts as they are.")
@click.pass_context
def load(
    context: click.Context,
    folder: Path,
    credentials: Path | None,
    without_accounts: bool,
) -> None:
    """Load bodies, libraries, accounts, and on the share site the entries.

    What is there stays; what was interrupted goes on.
    """
    loaded = organizations.load()
    click.echo(f"{len(loaded.created)} organizations and libraries created")
    if not without_accounts:
        context.invoke(
            accounts_cli.load,
            file=folder / "accounts.yaml",
            credentials=credentials or _credentials(),
            site=config.site(),
        )
    if config.is_open_site():
        return
    try:
        _load_entries(context, folder)
    except domain.DemonstrationStopped as err:
        tk.error_shout(str(err))
        raise SystemExit(1) from err


def _load_entries(context: click.Context, folder: Path) -> None:
    application = context.meta["flask_app"]
    with application.test_request_context():
        bodies = domain.bodies(folder)
    for number, body in enumerate(bodies, 1):
        # A context for each: accounts are looked up once per request.
        with application.test_request_context():
            done = domain.load_body(body)
        what = (
            "in force already"
            if done.already
            else f"{done.created} drafts, {done.attached} files, "
            f"{done.approved} entries in force"
        )
        click.echo(f"[{number:2}/{len(bodies)}] {body.title}: {what}")
    with application.test_request_context():
        listed = domain.load_references(folder)
    click.echo(f"{listed} references created")


def _credentials() -> Path:
    folder = tk.config.get(STATE_PATH)
    if not folder:
        raise click.UsageError(f"Give --credentials, or set {STATE_PATH}.")
    return Path(folder) / f"accounts-{config.site()}.json"
