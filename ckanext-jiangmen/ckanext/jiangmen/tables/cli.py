"""`ckan jiangmen table …`: load and remove tables as an operator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.cli import jiangmen
from ckanext.jiangmen.tables import config, crypto, keys, load, rotation
from ckanext.jiangmen.tables.errors import RowsRefused, TableError


@jiangmen.group()
def table() -> None:
    """Load, inspect and remove the tables of resources."""


def _fail(sentence: str) -> None:
    click.secho(sentence, fg="red", err=True)
    sys.exit(1)


def _show_bad(report: Any) -> None:
    for bad in report.bad_rows[:50]:
        where = f"第 {bad.row} 行" + (f"，{bad.column}" if bad.column else "")
        click.echo(f"{where}：{bad.reason} {bad.value}", err=True)


def _items_of(resource_id: str) -> list[dict[str, Any]]:
    """Return the information items of the entry that a resource belongs to."""
    first: Any = {"ignore_auth": True, "jiangmen_whole": True}
    second: Any = dict(first)
    resource = tk.get_action("resource_show")(first, {"id": resource_id})
    entry = tk.get_action("package_show")(second, {"id": resource["package_id"]})
    return entry.get("information_items") or []


@table.command("load")
@click.argument("resource")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--accept-bad-rows", is_flag=True, help="Load the good rows only.")
@click.option("--sheet", help="Name of the worksheet; else the one with the items.")
@click.option("--dry-run", is_flag=True, help="Check the file, change nothing.")
def load_command(
    resource: str, file: Path, accept_bad_rows: bool, sheet: str | None, dry_run: bool
) -> None:
    """Load FILE as the table of RESOURCE (an id), typed by the entry's items."""
    try:
        items = _items_of(resource)
        if dry_run:
            report = load.check_file(file, items, sheet=sheet)
        else:
            report = load.load_table(
                resource, file, items, accept_bad_rows=accept_bad_rows, sheet=sheet
            )
            _mark_active(resource, active=True)
    except tk.ObjectNotFound:
        _fail(f"没有资源 {resource}。")
        return
    except RowsRefused as err:
        _show_bad(err.report)
        _fail(str(err))
        return
    except TableError as err:
        _fail(str(err))
        return
    _show_bad(report)
    click.echo(
        f"{report.rows:,} 行，{len(report.columns)} 列，"
        f"{report.bad_count:,} 行有误，{report.seconds} 秒。"
    )


@table.command("remove")
@click.argument("resource")
def remove_command(resource: str) -> None:
    """Drop the table of RESOURCE with its keys, counts and registry row."""
    try:
        existed = load.remove_table(resource)
    except TableError as err:
        _fail(str(err))
        return
    _mark_active(resource, active=False)
    click.echo("已删除。" if existed else "没有数据表。")


@table.group("keys")
def keys_group() -> None:
    """Care for the keys of identity numbers."""


@keys_group.command("show")
def keys_show() -> None:
    """Print where the key file is and which key new values use; never a key."""
    ring = keys.keyring()
    click.echo(f"{config.key_file()}  {ring.active}")


@keys_group.command("rotate")
def keys_rotate() -> None:
    """Add a key and put every value under it, table by table.

    Can be stopped; `keys reseal` goes on. The old key stays until `keys forget`.
    """
    keys.keyring()
    click.echo(crypto.rotate(config.key_file()).active)
    _reseal()


@keys_group.command("reseal")
def keys_reseal() -> None:
    """Put values that lie under older keys under the current one."""
    _reseal()


def _reseal() -> None:
    done: dict[str, int] = {}
    for name, rows in rotation.reseal():
        done[name] = rows
        click.echo(f"{name}  {rows:,} 行", err=True)
    click.echo(f"已更换密钥：{len(done)} 个数据表。")


@keys_group.command("forget")
@click.argument("key")
def keys_forget(key: str) -> None:
    """Take an old KEY out of the file; refused while a value lies under it."""
    try:
        rotation.forget(key)
    except TableError as err:
        _fail(str(err))
        return
    click.echo("已删除。")


def _mark_active(resource_id: str, *, active: bool) -> None:
    """Tell CKAN's pages that the resource has a table, without a new version."""
    from ckan import model

    resource = model.Resource.get(resource_id)
    if resource is None or bool(resource.extras.get("datastore_active")) == active:
        return
    # A new dict: the column does not notice a change inside the old one.
    resource.extras = {**resource.extras, "datastore_active": active}
    model.Session.commit()
    from ckan.lib.search import rebuild

    rebuild(resource.package_id)
