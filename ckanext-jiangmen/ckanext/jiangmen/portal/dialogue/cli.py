"""`ckan jiangmen dialogue …`: letters and subscriptions of the open site."""

from __future__ import annotations

import sys

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
