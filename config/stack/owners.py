"""Whose databases these are: what a server brought by the operator already holds.

Two instances on one server, or one that lost its keys by `make clean`, would otherwise
take over databases that belong to somebody else.
"""

from __future__ import annotations

import secrets
from contextlib import closing

import given
import postgres
import psycopg2
import solr
from layout import StackError, Wishes
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from state import State

COMMENT = """
    SELECT shobj_description(oid, 'pg_database')
    FROM pg_database WHERE datname = %s
"""


def _mark(state: State) -> str:
    """Return the comment that this instance leaves at its databases."""
    number = state.kept.setdefault("instance", secrets.token_hex(8))
    return f"jiangmen instance {number}"


def check(state: State, names: postgres.SiteDatabases) -> None:
    """Look whether the operator's PostgreSQL holds databases of somebody else.

    :raises StackError: it does; nothing was changed.
    """
    wished = Wishes().postgres_url
    if not wished:
        return
    mark = _mark(state)
    with closing(psycopg2.connect(postgres.admin_url(state))) as connection:
        for database in (names.main, names.datastore):
            with connection.cursor() as cursor:
                cursor.execute(COMMENT, [database])
                found = cursor.fetchone()
            if found and found[0] != mark:
                raise StackError(
                    f"Your PostgreSQL ({given.place('POSTGRES', wished)}) holds a"
                    f" database {database} that this instance did not make. If it is"
                    " left from an instance that you deleted, remove it with"
                    f" `DROP DATABASE {database}`; if you restored it for this one,"
                    f" say so with `COMMENT ON DATABASE {database} IS '{mark}'`; if"
                    " another instance uses it, give this one a server of its own."
                )


def sign(state: State, names: postgres.SiteDatabases) -> None:
    """Write down at the databases on the operator's server that they are ours."""
    if not Wishes().postgres_url:
        return
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    with closing(psycopg2.connect(postgres.admin_url(state))) as connection:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with connection.cursor() as cursor:
            for name in (names.main, names.datastore):
                cursor.execute(
                    statement.format(sql.Identifier(name), sql.Literal(_mark(state)))
                )


def check_core(state: State, core: str) -> None:
    """Look whether a core for a fresh database is empty on the operator's Solr.

    :raises StackError: it holds documents of somebody else.
    """
    wished = Wishes().solr_url
    if not wished:
        return
    count = solr.documents(state, core)
    if count:
        raise StackError(
            f"The core {core} of your Solr ({given.place('SOLR', wished)}) holds"
            f" {count} documents of another instance. If that one is deleted, empty the"
            " core with a query that deletes *:*; if it is in use, give this one a"
            " Solr of its own."
        )


def left_behind(state: State, databases: list[postgres.SiteDatabases]) -> list[str]:
    """Return what `make clean` leaves on the operator's servers, a sentence each."""
    wishes, sentences = Wishes(), []
    if wishes.postgres_url:
        names = [name for of in databases for name in (of.main, of.datastore)]
        roles = [role for of in databases for role in of.roles]
        sentences.append(
            f"Your PostgreSQL ({given.place('POSTGRES', wishes.postgres_url)}) keeps"
            f" the databases {', '.join(names)}. To delete them for good:"
            f" {' '.join(f'DROP DATABASE IF EXISTS {name};' for name in names)}"
            f" {' '.join(f'DROP ROLE IF EXISTS {role};' for role in roles)}"
        )
    if wishes.solr_url:
        cores = ", ".join(of.prefix for of in databases)
        sentences.append(
            f"Your Solr ({given.place('SOLR', wishes.solr_url)}) keeps the cores"
            f" {cores}; unload them with deleteInstanceDir=true, or empty them."
        )
    if wishes.redis_url:
        first = int(given.parse("REDIS", wishes.redis_url).path.strip("/") or 0)
        numbers = sorted(state.kept.get("redis_databases", {}).values())
        numbered = ", ".join(str(first + number) for number in numbers) or str(first)
        sentences.append(
            f"Your Redis ({given.place('REDIS', wishes.redis_url)}) keeps the sessions"
            f" and jobs in its database {numbered}; empty it with FLUSHDB."
        )
    return sentences
