"""Tables in the DataStore database: their shape, their comments, their replacement.

A table of ours differs from core's in four things: no trigger for `_full_text` (the
column stays, empty, because core's own statements name it), `_id` as an identity
column, column comments that also hold what the platform knows of a column, and a
column ``_blind_…`` beside every encrypted one.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.errors

from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.jiangmen.tables import config
from ckanext.jiangmen.tables.columns import TableColumn
from ckanext.jiangmen.tables.errors import TableBusy, TableMissing
from ckanext.jiangmen.tables.projection import Column

PREPARED = "_new_"
LOCK_WAIT_MS = 100
RETRY_S = 0.3
READ_TIMEOUT_MS = 60_000
_COLUMNS = """
SELECT a.attname, t.typname, col_description(c.oid, a.attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relname = %s AND c.relkind = 'r'
ORDER BY a.attnum
"""


def identifier(name: str) -> str:
    """Return `name` as an SQL identifier in a statement without parameters."""
    return '"' + name.replace('"', '""').replace("\0", "") + '"'


def blind_name(column: str) -> str:
    """Return the name of the blind index beside `column`, 23 bytes whatever it is."""
    return "_blind_" + hashlib.sha256(column.encode()).hexdigest()[:16]


@contextmanager
def writing() -> Iterator[Any]:
    """Yield a connection of the writing role; rolled back unless committed."""
    connection = psycopg2.connect(config.write_dsn())
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def snapshot(resource_id: str, timeout_ms: int = READ_TIMEOUT_MS) -> Iterator[Any]:
    """Yield a cursor that reads one state of the table, as the reading role.

    The lock comes before the snapshot: a snapshot older than a swap would find the
    new table empty. Raise `TableMissing`.
    """
    raw = get_read_engine().raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout TO %s", (timeout_ms,))
        try:
            table = identifier(resource_id)
            cursor.execute(f"LOCK TABLE public.{table} IN ACCESS SHARE MODE")
        except (
            psycopg2.errors.UndefinedTable,
            psycopg2.errors.WrongObjectType,
            psycopg2.errors.InsufficientPrivilege,
        ) as err:
            raise TableMissing(f"没有数据表 {resource_id}。") from err
        yield raw
    finally:
        raw.rollback()
        raw.close()


def stored_columns(cursor: Any, resource_id: str) -> list[Column]:
    """Return the table's columns without the internal ones; [] if there is no table."""
    cursor.execute(_COLUMNS, (resource_id,))
    columns: list[Column] = []
    for name, kind, comment in cursor.fetchall():
        if name.startswith("_"):
            continue
        said = _said(comment)
        info = said.get("_info") or {}
        own = said.get("jiangmen") or {}
        columns.append(
            Column(
                name=name,
                label=str(info.get("label") or name),
                type=kind,
                blind=own.get("blind"),
                info=tuple(info.items()),
            )
        )
    return columns


def _said(comment: str | None) -> dict[str, Any]:
    try:
        said = json.loads(comment or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def comments(table: str, columns: Sequence[TableColumn]) -> str:
    """Return the statements that write the dictionary into column comments.

    Core's shape: a blank before the JSON, `_info` for what `datastore_info` shows.
    """
    statements: list[str] = []
    for column in columns:
        info = {"label": column.label, "notes": column.notes}
        said: dict[str, Any] = {"_info": {k: v for k, v in info.items() if v}}
        said["jiangmen"] = {"item": column.item}
        if column.identity:
            said["jiangmen"]["blind"] = blind_name(column.name)
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        literal = "E'" + (" " + text).replace("\\", "\\\\").replace("'", "''") + "'"
        statements.append(
            f"COMMENT ON COLUMN public.{identifier(table)}.{identifier(column.name)} "
            f"IS {literal}"
        )
    return "; ".join(statements)


def create(cursor: Any, table: str, columns: Sequence[TableColumn]) -> None:
    """Create an empty table without keys and indexes (they come after the rows)."""
    parts = ['"_id" integer NOT NULL', '"_full_text" tsvector']
    parts += [f"{identifier(c.name)} {c.type}" for c in columns]
    parts += [f"{identifier(blind_name(c.name))} text" for c in columns if c.identity]
    cursor.execute(f"CREATE TABLE public.{identifier(table)} ({', '.join(parts)})")
    cursor.execute(comments(table, columns))
    reader = identifier(config.read_role())
    cursor.execute(f"GRANT SELECT ON public.{identifier(table)} TO {reader}")


def finish(
    cursor: Any, table: str, columns: Sequence[TableColumn], last_id: int
) -> None:
    """Add the key, the numbering of `_id` and the indexes to a filled table."""
    name = identifier(table)
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    cursor.execute(
        f'ALTER TABLE public.{name} ADD PRIMARY KEY ("_id"), ALTER COLUMN "_id" '
        f"ADD GENERATED BY DEFAULT AS IDENTITY (START WITH {last_id + 1})"
    )
    for column in columns:
        if column.identity:
            on = identifier(blind_name(column.name))
        elif column.is_key:
            on = identifier(column.name)
        else:
            continue
        cursor.execute(f"CREATE INDEX ON public.{name} ({on})")
    cursor.execute(f"ANALYZE public.{name}")


def is_alike(
    cursor: Any, resource_id: str, columns: Sequence[TableColumn]
) -> bool | None:
    """Return whether the table has these columns and no trigger; None: no table."""
    stored = stored_columns(cursor, resource_id)
    cursor.execute("SELECT to_regclass(%s)", (f"public.{identifier(resource_id)}",))
    if cursor.fetchone()[0] is None:
        return None
    cursor.execute(
        "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = "
        "%s::regclass",
        (f"public.{identifier(resource_id)}",),
    )
    wanted = [
        (c.name, c.type, blind_name(c.name) if c.identity else None) for c in columns
    ]
    is_same = [(c.name, c.type, c.blind) for c in stored] == wanted
    return is_same and cursor.fetchone()[0] == 0


def row_estimate(cursor: Any, resource_id: str) -> int:
    """Return about how many rows the table has, by the server's statistics."""
    cursor.execute(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s::regclass",
        (f"public.{identifier(resource_id)}",),
    )
    return cursor.fetchone()[0]


def empty(cursor: Any, resource_id: str) -> None:
    """Delete all rows; readers go on with the old ones until the commit."""
    cursor.execute(f"DELETE FROM public.{identifier(resource_id)}")  # noqa: S608 (names quoted, values bound)


def renumber(cursor: Any, resource_id: str, last_id: int) -> None:
    """Let `_id` go on behind the last row."""
    # Not ALTER TABLE … RESTART: that would lock the readers out.
    cursor.execute(
        "SELECT setval(pg_get_serial_sequence(%s, '_id'), %s, false)",
        (f"public.{identifier(resource_id)}", last_id + 1),
    )


def forget_counts(cursor: Any, resource_id: str) -> None:
    """Delete core's cached number of rows."""
    cursor.execute("SELECT to_regclass('public._table_stats')")
    if cursor.fetchone()[0] is not None:
        cursor.execute(
            "DELETE FROM public._table_stats WHERE resource_id = %s", (resource_id,)
        )


def drop_prepared(cursor: Any, resource_id: str) -> None:
    """Drop what an interrupted load left behind."""
    cursor.execute(f"DROP TABLE IF EXISTS public.{identifier(PREPARED + resource_id)}")


def swap(connection: Any, resource_id: str) -> int:
    """Put the prepared table in the old one's place; return how many tries it took.

    A lock that waits stops new readers, so it waits 100 ms and tries again. Raise
    `TableBusy` after `swap_timeout_s`.
    """
    name, fresh = identifier(resource_id), identifier(PREPARED + resource_id)
    return _patiently(
        connection,
        resource_id,
        [
            f"LOCK TABLE public.{name} IN ACCESS EXCLUSIVE MODE",
            f"DROP TABLE public.{name} CASCADE",
            f"ALTER TABLE public.{fresh} RENAME TO {name}",
        ],
    )


def drop(connection: Any, resource_id: str) -> None:
    """Drop the table with keys, sequence and cached counts. Raise `TableBusy`."""
    _patiently(
        connection,
        resource_id,
        [
            f"DROP TABLE IF EXISTS public.{identifier(PREPARED + resource_id)}",
            f"DROP TABLE IF EXISTS public.{identifier(resource_id)} CASCADE",
        ],
    )


def _patiently(connection: Any, resource_id: str, statements: Sequence[str]) -> int:
    deadline = time.monotonic() + config.swap_timeout_s()
    tries = 0
    while True:
        tries += 1
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT_MS}ms'")
                for statement in statements:
                    cursor.execute(statement)
                forget_counts(cursor, resource_id)
        except psycopg2.errors.LockNotAvailable as err:
            if time.monotonic() > deadline:
                raise TableBusy(
                    f"数据表 {resource_id} 一直有人在读取，未能替换，请稍后再试。"
                ) from err
            time.sleep(RETRY_S)
        else:
            return tries


def vacuum(connection: Any, resource_id: str) -> None:
    """Free the space of deleted rows; never shortens the file, which would lock."""
    connection.autocommit = True
    with connection.cursor() as cursor:
        name = identifier(resource_id)
        cursor.execute(f"VACUUM (ANALYZE, TRUNCATE FALSE) public.{name}")
    connection.autocommit = False
