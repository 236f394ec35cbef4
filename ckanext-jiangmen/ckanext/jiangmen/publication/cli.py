"""`ckan jiangmen publication …`: the sender of the share site and its verbs."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import click
import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog.cli_calls import AS_USER, call
from ckanext.jiangmen.catalog.edition_cli import edition
from ckanext.jiangmen.cli import jiangmen
from ckanext.jiangmen.config import is_open_site
from ckanext.jiangmen.errors import JiangmenError


@jiangmen.group()
def publication() -> None:
    """Send approved entries to the open site, and compare both sites."""


def _share_only() -> None:
    if is_open_site():
        click.secho("这是开放门户的配置；请用 config/share.ini。", fg="red", err=True)
        sys.exit(1)


@edition.command()
@click.argument("address")
@click.option("--reason", required=True, help="Why; the public reads it.")
@AS_USER
def withdraw(address: str, reason: str, user: str) -> None:
    """Take the public text of the edition ADDRESS off the open site, for good."""
    _share_only()
    done = call("jiangmen_edition_withdraw", user, id=address, reason=reason)
    state = "已从开放门户撤下" if done["done"] else "一分钟内从开放门户撤下"
    click.echo(f"{done['address']} {done['withdrawn']} {state}：{done['reason']}")


@publication.command()
def work() -> None:
    """Send what becomes due until stopped; several may run side by side."""
    from ckanext.jiangmen.publication import worker

    _share_only()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.work(stop)


@publication.command("run-once")
def run_once() -> None:
    """Try every crossing and document that is due now, and pull messages, once."""
    from ckanext.jiangmen.publication import documents, worker
    from ckanext.jiangmen.publication.dialogue import pulling

    _share_only()
    click.echo(f"处理 {worker.run_once()} 项。")
    try:
        click.echo(f"取回公众来信 {pulling.pull()} 件。")
        click.echo(f"发布文档 {documents.send_due()} 份。")
    except JiangmenError as err:
        click.secho(str(err), fg="red", err=True)
        sys.exit(2)


@publication.command()
@click.option("--all", "everything", is_flag=True, help="Look at every message again.")
def pull(*, everything: bool) -> None:
    """Pull what the public wrote from the open site, once."""
    from ckanext.jiangmen.publication.dialogue import pulling

    _share_only()
    try:
        count = pulling.pull(after=0 if everything else None)
    except JiangmenError as err:
        click.secho(str(err), fg="red", err=True)
        sys.exit(2)
    click.echo(f"取回公众来信 {count} 件。")


@publication.command()
def status() -> None:
    """Print how many crossings stand where, and what does not go on."""
    from ckanext.jiangmen.publication.model import DONE, SUPERSEDED, Publication

    _share_only()
    counts = model.Session.execute(
        sa.select(Publication.state, sa.func.count()).group_by(Publication.state)
    )
    for state, count in counts:
        click.echo(f"{state:>12} {count}")
    rows = model.Session.scalars(
        sa.select(Publication)
        .where(Publication.state.not_in((DONE, SUPERSEDED)))
        .order_by(Publication.id)
    )
    for row in rows:
        sent = f" {row.bytes_sent}/{row.bytes_total} B" if row.bytes_total else ""
        click.echo(f"{row.package_id} v{row.version} {row.verb} {row.state}{sent}")
        click.echo(f"    {row.title} {row.error}")
    _print_last()


def _print_last() -> None:
    """Tell what the last comparison by the worker found."""
    from ckanext.jiangmen.publication import nightly

    found = nightly.last()
    if found.get("error"):
        click.echo(f"夜间对账 {found['at']} 未完成：{found['error']}")
    elif "compared" in found:
        click.echo(
            f"夜间对账 {found['at']}：{found['compared']} 个条目，"
            f"不一致 {found['drift_count']}，修复 {found['repaired']}。{found['left']}"
        )


@publication.command()
@click.argument("package_id", required=False)
def retry(package_id: str | None) -> None:
    """Try the crossing of PACKAGE_ID at once, or every one that waits or is blocked."""
    from ckanext.jiangmen.publication import outbox
    from ckanext.jiangmen.publication.model import Publication

    _share_only()
    query = sa.select(Publication).where(Publication.state.in_(outbox.UNSENT))
    if package_id:
        query = query.where(Publication.package_id == package_id)
    rows = list(model.Session.scalars(query))
    for row in rows:
        outbox.retry(model.Session(), row)
    click.echo(f"{len(rows)} 项将立即重试。")


@publication.command()
@click.option("--repair", is_flag=True, help="End every difference by new crossings.")
@click.option("--verify", is_flag=True, help="Compute the sums of files again.")
def reconcile(*, repair: bool, verify: bool) -> None:
    """Compare both sites; exit 1 if they differ and are not repaired."""
    from ckanext.jiangmen.publication import reconcile as comparison
    from ckanext.jiangmen.publication import worker

    _share_only()
    try:
        report = comparison.compare(verify=verify)
        _print(report)
        if repair and not report.agrees:
            click.echo(f"修复 {comparison.repair(report)} 项。")
            worker.run_once()
            report = comparison.compare(verify=verify)
            _print(report)
    except JiangmenError as err:
        click.secho(str(err), fg="red", err=True)
        sys.exit(2)
    if not report.agrees:
        sys.exit(1)


def _print(report: Any) -> None:
    for drift in report.drifts:
        click.echo(f"{drift.kind} {drift.package_id} {drift.title}：{drift.message}")
    for kind, names in report.strays.items():
        for name in names:
            click.echo(f"stray {kind} {name}")
    click.echo(
        f"对账 {report.compared} 个条目：不一致 {len(report.drifts)}，"
        f"在途 {len(report.pending)}，已拦截 {len(report.blocked)}。"
    )
