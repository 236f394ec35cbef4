"""`ckan jiangmen audit …`: sealing, verifying and exporting the trail."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

import click
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ckanext.jiangmen import daily
from ckanext.jiangmen.audit import config, reading, verify
from ckanext.jiangmen.audit.keys import load_or_make
from ckanext.jiangmen.audit.sealing import Sealer
from ckanext.jiangmen.cli import jiangmen
from ckanext.jiangmen.errors import JiangmenError


@jiangmen.group()
def audit() -> None:
    """Seal, verify and export the audit trail."""


def _fail(sentence: str) -> NoReturn:
    click.secho(sentence, fg="red", err=True)
    sys.exit(2)


def _sealer() -> Sealer:
    try:
        engine = sa.create_engine(config.sealer_url(), pool_size=1, pool_pre_ping=True)
        return Sealer(engine, load_or_make(config.key_file()), config.site())
    except (OSError, JiangmenError) as err:
        _fail(f"无法启动留痕封存：{err}")


@audit.command()
@click.option("--once", is_flag=True, help="Seal what is there and end.")
def seal(*, once: bool) -> None:
    """Chain and sign new rows every second until stopped."""
    sealer = _sealer()
    if once:
        count = 0
        while found := sealer.step():
            count += found
        sealer.publish_days()
        click.echo(f"已封存 {count} 行。")
        return
    logging.getLogger("ckanext.jiangmen.audit").setLevel(logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sealer.work(stop, daily.Day().run_if_due)


@audit.command()
def head() -> None:
    """Make the newest seal a public head now, not only at the end of the day."""
    made = _sealer().publish_now()
    if made is None:
        _fail("留痕中尚无封存记录，无法发布链头。")
    click.echo(verify.canonical(made).decode())


@audit.command()
def status() -> None:
    """Print rows without a seal and tables without triggers; exit 1 on an alarm."""
    with reading.connect() as connection:
        count, age_s = reading.unsealed(connection)
        missing = list(connection.scalars(sa.text("SELECT audit.uncovered()")))
    click.echo(f"未封存 {count} 行，最早 {age_s:.0f} 秒前。")
    for name in missing:
        click.echo(f"数据表 {name} 的变更没有留痕，请重新执行 make up。")
    if missing or age_s > config.unsealed_limit_s():
        sys.exit(1)


@audit.command("verify")
@click.option(
    "--export",
    "export_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Verify this export instead of the database.",
)
@click.option(
    "--heads",
    "heads_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The published heads, as the open site gives them; else the database's own.",
)
@click.option("--first", type=click.IntRange(1), default=1, help="Begin at this link.")
@click.option("--until", type=int, default=0, help="The export ends at this link.")
def verify_chain(
    export_file: Path | None, heads_file: Path | None, first: int, until: int
) -> None:
    """Verify the chain; exit 1 at the first broken link."""
    try:
        if export_file is None:
            report = reading.verify_database(first)
        else:
            report = verify.verify_file(export_file, _heads(heads_file), until)
    except verify.Broken as broken:
        click.secho(_in_words(broken), fg="red")
        sys.exit(1)
    except (ValueError, KeyError, TypeError, SQLAlchemyError) as err:
        _fail(f"无法核验：{err}")
    click.echo(
        f"核验通过：第 {report.first} 至 {report.last} 环，封存 {report.seals} 次，"
        f"公开链头 {report.heads} 个。"
    )


def _heads(path: Path | None) -> list[dict]:
    if path is not None:
        return verify.read_heads(json.loads(path.read_text(encoding="utf-8")))
    with reading.connect() as connection:
        return reading.heads(connection)


KINDS = {
    "altered": "内容被改动",
    "deleted": "记录被删除",
    "inserted": "记录被插入",
    "reordered": "顺序被调换",
    "truncated": "末尾被截断",
    "rewritten": "链条被重写",
    "unreadable": "无法读取",
}


def _in_words(broken: verify.Broken) -> str:
    return (
        f"链条在第 {broken.at} 环断裂：{KINDS[broken.kind]}；"
        f"第 {broken.proven} 环及以前已核实。"
    )


@audit.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--first", type=click.IntRange(1), default=1, help="From this link on.")
@click.option("--last", type=click.IntRange(0), default=0, help="Up to this link.")
def export(file: Path, first: int, last: int) -> None:
    """Write the sealed trail to FILE, which verify.py verifies by itself."""
    try:
        with file.open("w", encoding="utf-8") as stream:
            count = reading.write_export(stream, first, last)
    except OSError as err:
        _fail(f"无法写入“{file}”：{err.strerror}。")
    click.echo(f"已导出 {count} 行：{file}")
