"""Reading the trail: its chain as lines of an export, its state, its heads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.audit import config, rows, verify
from ckanext.jiangmen.audit.sealing import NEWEST, seal_dict

Line = dict[str, Any]

CHAIN = sa.text(
    "SELECT l.seq, l.digest, l.link, r.* FROM audit.jiangmen_audit_link l"
    " LEFT JOIN audit.jiangmen_audit r ON r.id = l.id"
    " WHERE l.seq BETWEEN :first AND :last ORDER BY l.seq"
)
SEALS = sa.text(
    "SELECT * FROM audit.jiangmen_audit_seal"
    " WHERE last BETWEEN :first AND :last ORDER BY number"
)
UNSEALED = sa.text(
    "SELECT count(*) AS rows,"
    " coalesce(extract(epoch FROM clock_timestamp() - min(r.at)), 0)::float8 AS age_s"
    " FROM audit.jiangmen_audit r WHERE r.id > coalesce((SELECT settled"
    " FROM audit.jiangmen_audit_seal ORDER BY number DESC LIMIT 1), 0)"
    " AND NOT EXISTS (SELECT FROM audit.jiangmen_audit_link l WHERE l.id = r.id)"
)
STREAM = {"stream_results": True, "max_row_buffer": 2000}


def connect() -> Connection:
    """Return a connection that sees one state of the trail, apart from the session."""
    connection = model.ensure_engine().connect()
    return connection.execution_options(isolation_level="REPEATABLE READ")


def heads(connection: Connection) -> list[dict[str, Any]]:
    """Return this site's published heads, the newest first."""
    found = connection.scalars(
        sa.text("SELECT head FROM audit.jiangmen_audit_head ORDER BY number DESC")
    )
    return list(found)


def unsealed(connection: Connection) -> tuple[int, float]:
    """Return how many rows have no seal yet, and the age of the oldest in seconds."""
    found = connection.execute(UNSEALED).one()
    return int(found[0]), float(found[1])


def lines(connection: Connection, first: int = 1, last: int = 0) -> Iterator[Line]:
    """Yield an export: its heading, then rows, each batch with its seal, and no more.

    It ends at the last seal; `first` must be the first row of a batch.
    """
    site = config.site()
    newest = connection.execute(NEWEST).mappings().first()
    sealed = newest["last"] if newest else 0
    bounds = {"first": first, "last": min(last or sealed, sealed)}
    before = connection.scalar(
        sa.text("SELECT link FROM audit.jiangmen_audit_link WHERE seq = :seq"),
        {"seq": first - 1},
    )
    yield {
        "format": verify.FORMAT,
        "site": site,
        "first": first,
        "previous": bytes(before).hex() if before else verify.genesis(site).hex(),
        "exported": rows.moment(clock.now()),
    }
    seals = iter(connection.execute(SEALS, bounds).mappings().all())
    seal = next(seals, None)
    with connection.execution_options(**STREAM).execute(CHAIN, bounds) as chain:
        for found in chain.mappings():
            yield _line(dict(found))
            while seal is not None and seal["last"] <= found["seq"]:
                yield {"seal": seal_dict(connection, site, seal)}
                seal = next(seals, None)


def _line(found: dict[str, Any]) -> Line:
    seq, digest, link = (found.pop(name) for name in ("seq", "digest", "link"))
    line = {"seq": seq, "digest": bytes(digest).hex(), "link": bytes(link).hex()}
    return line | {"row": rows.as_hashed(found)} if found["id"] else line


def write_export(stream: IO[str], first: int = 1, last: int = 0) -> int:
    """Write an export to `stream`, a JSON object a line; return how many rows."""
    count = 0
    with connect() as connection:
        for line in lines(connection, first, last):
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += "seq" in line
    return count


def verify_database(first: int = 1) -> verify.Report:
    """Verify this site's chain as it lies in the database, from link `first` on.

    Raise `verify.Broken` at the first broken link, ValueError where no published head
    ends before `first`.
    """
    with connect() as connection:
        published = heads(connection)
        chain = lines(connection, first)
        previous = bytes.fromhex(next(chain)["previous"])
        known = [head for head in published if head["last"] >= first]
        if first > 1 and not any(head["last"] == first - 1 for head in published):
            raise ValueError(f"第 {first - 1} 环不是已公布的链头。")
        keys = verify.trusted_keys(published)
        return verify.Verifier(config.site(), known, keys, first, previous).run(chain)
