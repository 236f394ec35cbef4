"""`ckan jiangmen dialogue …`: letters and subscriptions of the open site."""

from __future__ import annotations

import signal
import sys
import threading

import click

from ckanext.jiangmen.cli import jiangmen
from ckanext.jiangmen.config import is_open_site


@jiangmen.group()
def dialogue() -> None:
    """Send letters to those who wrote or subscribed (open site)."""


def _open_only() -> None:
    if not is_open_site():
        click.secho("这是共享平台的配置；请用 config/open.ini。", fg="red", err=True)
        sys.exit(1)


@dialogue.command("send")
def send() -> None:
    """Send every letter that is due, once."""
    from ckanext.jiangmen.portal.dialogue import mails

    _open_only()
    click.echo(f"发出邮件 {mails.send_due()} 封。")


@dialogue.command("tell")
@click.argument("pace", type=click.Choice(["daily", "immediate"]))
def tell(pace: str) -> None:
    """Queue letters to subscribers of PACE for whom something changed."""
    from ckanext.jiangmen.portal.dialogue import subscriptions

    _open_only()
    click.echo(f"待发邮件 {subscriptions.tell(pace)} 封。")


@dialogue.command("work")
def work() -> None:
    """Tell subscribers and send letters until stopped."""
    from ckanext.jiangmen.portal.dialogue import work as worker

    _open_only()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.work(stop)
