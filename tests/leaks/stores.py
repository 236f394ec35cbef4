"""What a site keeps: its databases, index, files, Redis and log, searched for marks."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import redis
import requests
from leaks.marks import Marks
from psycopg2 import sql

ROWS_AT_ONCE = 2000


class Stores:
    """The stores that one site's ini file names."""

    def __init__(self, ini: Path) -> None:
        parser = configparser.RawConfigParser(strict=False)
        parser.read(ini, "utf-8")
        self.settings = dict(parser.items("app:main"))

    def holding(self, marks: Marks, *logs: Path) -> dict[str, set[str]]:
        """Return, by store, the places whose marks lie there."""
        found: dict[str, set[str]] = {}
        for store, body in self._bodies(logs):
            told = marks.in_body(body)
            if told:
                found.setdefault(store, set()).update(told)
        return found

    def _bodies(self, logs: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
        for name in ("sqlalchemy.url", "ckan.datastore.write_url"):
            yield from _database(self.settings[name])
        yield from _index(self.settings["solr_url"])
        yield from _files(Path(self.settings["ckan.storage_path"]))
        yield from _redis(self.settings["ckan.redis.url"])
        for log in logs:
            yield f"log {log.name}", log.read_bytes()


def _database(url: str) -> Iterator[tuple[str, bytes]]:
    """Yield every row of every table, as text."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
            " AND has_table_privilege("
            "format('%I.%I', table_schema, table_name), 'SELECT')"
        )
        for schema, table in cursor.fetchall():
            name = sql.SQL("{}.{}").format(
                sql.Identifier(schema), sql.Identifier(table)
            )
            yield f"table {table}", table.encode()
            cursor.execute(
                sql.SQL("SELECT row_to_json(t)::text FROM {} t").format(name)
            )
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield f"table {table}", "\n".join(row[0] for row in rows).encode()


def _index(url: str) -> Iterator[tuple[str, bytes]]:
    """Yield all documents as they are stored, and the terms of every field."""
    core = url.rstrip("/")
    asked: dict[str, Any] = {"q": "*:*", "fl": "*", "rows": 10_000, "wt": "json"}
    yield "index", requests.get(f"{core}/select", asked, timeout=60).content
    fields = requests.get(
        f"{core}/admin/luke", {"numTerms": 0, "wt": "json"}, timeout=60
    ).json()["fields"]
    for field in fields:
        counted = {"q": "*:*", "rows": 0, "facet": "true", "facet.limit": -1}
        counted |= {"facet.mincount": 0, "facet.field": field}
        yield (
            f"index {field}",
            requests.get(f"{core}/select", counted, timeout=60).content,
        )


def _files(storage: Path) -> Iterator[tuple[str, bytes]]:
    for path in storage.rglob("*"):
        if path.is_file() and "webassets" not in path.parts:
            yield f"file {path.name}", path.name.encode() + b"\n" + path.read_bytes()


def _redis(url: str) -> Iterator[tuple[str, bytes]]:
    with closing(redis.Redis.from_url(url)) as client:
        for key in client.scan_iter(count=1000):
            dumped = client.dump(key) or b""
            yield "redis", key + b"\n" + dumped
