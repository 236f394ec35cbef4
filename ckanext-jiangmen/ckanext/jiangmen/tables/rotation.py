"""Giving identity numbers the current key: what a rotation leaves under older ones.

Batches are committed one by one, so that a run can be stopped and goes on where it
stopped; readers find every value under whichever key it is (architecture: crypto).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg2.extras import execute_values

from ckanext.jiangmen.tables import config, crypto, keys, store
from ckanext.jiangmen.tables.crypto import PREFIX, Keyring
from ckanext.jiangmen.tables.errors import TableError
from ckanext.jiangmen.tables.projection import Column, quoted
from ckanext.jiangmen.tables.store import identifier

BATCH_ROWS = 5_000


def encrypted_tables() -> dict[str, list[Column]]:
    """Return the encrypted columns of every table that has some, prepared ones too."""
    with store.writing() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        names = [name for (name,) in cursor.fetchall()]
        found = {name: store.stored_columns(cursor, name) for name in names}
        connection.rollback()
    sealed = {t: [c for c in cs if c.is_encrypted] for t, cs in found.items()}
    return {table: columns for table, columns in sealed.items() if columns}


def values_by_key() -> Counter[str]:
    """Return how many values lie under each key; all tables are read."""
    counted: Counter[str] = Counter()
    with store.writing() as connection, connection.cursor() as cursor:
        for table, columns in encrypted_tables().items():
            for column in columns:
                name = identifier(column.name)
                cursor.execute(
                    f"SELECT split_part({name}, ':', 2), count(*) "  # noqa: S608
                    f"FROM public.{identifier(table)} "
                    f"WHERE {name} IS NOT NULL GROUP BY 1"
                )
                counted.update(dict(cursor.fetchall()))
            connection.rollback()
    return counted


def reseal() -> Iterator[tuple[str, int]]:
    """Put every value under the current key; yield (table, rows done) per batch."""
    ring = keys.keyring()
    for table, columns in encrypted_tables().items():
        for column in columns:
            yield from _reseal_column(ring, table, column)


def _reseal_column(
    ring: Keyring, table: str, column: Column
) -> Iterator[tuple[str, int]]:
    current = f"{PREFIX}{ring.active}:"
    name, where = quoted(column.name), f"public.{quoted(table)}"
    select = (
        f'SELECT "_id", {name} FROM {where} WHERE "_id" > %s '  # noqa: S608 (quoted)
        f"AND {name} IS NOT NULL AND NOT starts_with({name}, %s) "
        f'ORDER BY "_id" LIMIT {BATCH_ROWS} FOR UPDATE'
    )
    update = (
        f"UPDATE {where} AS t SET {name} = v.sealed, "  # noqa: S608 (quoted)
        f"{quoted(column.blind or '')} = v.blind "
        f'FROM (VALUES %s) AS v(id, sealed, blind) WHERE t."_id" = v.id'
    )
    last, done = 0, 0
    with store.writing() as connection, connection.cursor() as cursor:
        while True:
            cursor.execute(select, (last, current))
            rows: Sequence[tuple[int, str]] = cursor.fetchall()
            if not rows:
                break
            numbers = ring.decrypt_all(value for _, value in rows)
            sealed, blinds = ring.encrypt_all(numbers), ring.blind_all(numbers)
            changed: list[Any] = [
                (row_id, value, blind)
                for (row_id, _), value, blind in zip(rows, sealed, blinds, strict=True)
            ]
            execute_values(cursor, update, changed, page_size=len(changed))
            connection.commit()
            last, done = rows[-1][0], done + len(rows)
            yield table, done
        connection.rollback()
        if done:
            store.vacuum(connection, table)


def forget(key_id: str) -> None:
    """Take a key out of the file; raise `TableError` while a value needs it."""
    ring = keys.keyring()
    if key_id == ring.active:
        raise TableError(f"密钥 {key_id} 正在使用，不能删除。")
    left = values_by_key()[key_id]
    if left:
        raise TableError(
            f"还有 {left:,} 个值使用密钥 {key_id}，请先运行 table keys reseal。"
        )
    crypto.forget(config.key_file(), key_id)
