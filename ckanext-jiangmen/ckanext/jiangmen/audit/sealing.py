"""The sealer: chains what is committed, signs each batch, publishes a head a day.

It works under a role of its own that may read the trail and add links and seals. Rows
are linked in the order in which they are seen committed: a transaction that ends late
is linked late, and nothing is passed over. `settled` keeps the search short: every
row up to that id is linked or was never committed. It moves on when all transactions
have ended that ran when it was marked.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from psycopg2.extras import execute_values
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from ckanext.jiangmen import clock
from ckanext.jiangmen.audit import rows, verify
from ckanext.jiangmen.audit.keys import SigningKey

log = logging.getLogger(__name__)

PERIOD_S = 1.0
BATCH = 5000
ONE_SEALER = 7_302_026  # The number of the advisory lock.

NEWEST = sa.text("SELECT * FROM audit.jiangmen_audit_seal ORDER BY number DESC LIMIT 1")
UNLINKED = sa.text(
    "SELECT r.* FROM audit.jiangmen_audit r WHERE r.id > :settled AND NOT EXISTS"
    " (SELECT FROM audit.jiangmen_audit_link l WHERE l.id = r.id)"
    " ORDER BY r.id LIMIT :batch"
)
HORIZON = sa.text(
    "SELECT pg_snapshot_xmin(s)::text::bigint AS oldest,"
    " pg_snapshot_xmax(s)::text::bigint AS next,"
    " (SELECT coalesce(max(id), 0) FROM audit.jiangmen_audit) AS id"
    " FROM pg_current_snapshot() AS s"
)
SEAL = sa.text(
    "INSERT INTO audit.jiangmen_audit_seal VALUES"
    " (:number, :first, :last, :settled, :at, :link, :key, :signature)"
)


@dataclass
class _Mark:
    """All ids up to `id` are settled once no transaction before `next` runs."""

    id: int
    next: int


class Sealer:
    """Seals the trail of one site, batch by batch."""

    def __init__(self, engine: sa.Engine, key: SigningKey, site: str) -> None:
        self.engine = engine
        self.key = key
        self.site = site
        self._mark: _Mark | None = None
        self._settled = 0

    def work(self, stop: threading.Event, then: Callable[[], object]) -> None:
        """Seal every second until `stop` is set, and call `then` after each turn."""
        log.info("audit: sealer started, key %s", self.key.name)
        while not stop.is_set():
            sealed = 0
            try:
                sealed = self.step()
                self.publish_days()
                then()
            except SQLAlchemyError as err:
                log.warning("audit: sealing failed: %s", type(err).__name__)
                self.engine.dispose()
            if sealed < BATCH:
                stop.wait(PERIOD_S)
        log.info("audit: sealer stopped")

    def step(self) -> int:
        """Seal what is committed, at most a batch; return how many rows."""
        with self.engine.begin() as connection:
            lock = sa.text("SELECT pg_try_advisory_xact_lock(:number)")
            if not connection.scalar(lock, {"number": ONE_SEALER}):
                return 0
            newest = connection.execute(NEWEST).mappings().first()
            self._settled = max(self._settled, newest["settled"] if newest else 0)
            horizon = connection.execute(HORIZON).mappings().one()
            found = connection.execute(
                UNLINKED, {"settled": self._settled, "batch": BATCH}
            )
            batch = [dict(row) for row in found.mappings()]
            if len(batch) < BATCH:
                self._move_on(horizon)
            if batch:
                self._seal(connection, newest, batch)
            return len(batch)

    def _move_on(self, horizon: Any) -> None:
        if self._mark and horizon["oldest"] >= self._mark.next:
            self._settled = max(self._settled, self._mark.id)
            self._mark = None
        if self._mark is None:
            self._mark = _Mark(horizon["id"], horizon["next"])

    def _seal(self, connection: Connection, newest: Any, batch: list[Any]) -> None:
        previous = bytes(newest["link"]) if newest else verify.genesis(self.site)
        first = newest["last"] + 1 if newest else 1
        link, links = previous, []
        for seq, row in enumerate(batch, start=first):
            digest = verify.digest_of(rows.as_hashed(row))
            link = verify.next_link(link, digest)
            links.append((seq, row["id"], digest, link))
        raw = connection.connection.cursor()
        execute_values(
            raw,
            "INSERT INTO audit.jiangmen_audit_link (seq, id, digest, link) VALUES %s",
            links,
            page_size=1000,
        )
        at = clock.now()
        seal = {
            "site": self.site,
            "number": newest["number"] + 1 if newest else 1,
            "first": first,
            "last": links[-1][0],
            "previous": previous.hex(),
            "link": link.hex(),
            "at": rows.moment(at),
            "key": self.key.name,
        }
        stored = {"settled": self._settled, "at": at, "link": link}
        signature = self.key.sign(verify.statement(seal))
        connection.execute(SEAL, seal | stored | {"signature": signature})

    def publish_days(self) -> None:
        """Make the last seal of each day that is over a head.

        The first seal under a key is one at once: heads tell the public the key.
        """
        today = clock.today()
        with self.engine.begin() as connection:
            known = connection.execute(
                sa.text(
                    "SELECT max(day), bool_or(head ->> 'key' = :key)"
                    " FROM audit.jiangmen_audit_head"
                ),
                {"key": self.key.name},
            ).one()
            if not known[1]:
                self._publish(connection, today)
            elif known[0] < today - dt.timedelta(days=1):
                self._publish(connection, today - dt.timedelta(days=1))

    def publish_now(self) -> dict[str, Any] | None:
        """Make the newest seal a head at once; return it, None without any seal."""
        with self.engine.begin() as connection:
            return self._publish(connection, clock.today())

    def _publish(self, connection: Connection, day: dt.date) -> dict[str, Any] | None:
        end = dt.datetime.combine(day, dt.time.max, clock.SHANGHAI)
        found = connection.execute(
            sa.text(
                "SELECT * FROM audit.jiangmen_audit_seal WHERE at <= :end"
                " ORDER BY number DESC LIMIT 1"
            ),
            {"end": end},
        )
        stored = found.mappings().first()
        if stored is None:
            return None
        head = seal_dict(connection, self.site, stored)
        head["day"] = day.isoformat()
        head["public_key"] = self._public_key(connection, head["key"])
        statement = sa.text(
            "INSERT INTO audit.jiangmen_audit_head VALUES"
            " (:day, :number, CAST(:head AS jsonb)) ON CONFLICT DO NOTHING"
        )
        text = verify.canonical(head).decode()
        connection.execute(
            statement, {"day": day, "number": head["number"], "head": text}
        )
        return head

    def _public_key(self, connection: Connection, name: str) -> str:
        """Return the public half of the key that signed, an earlier one perhaps."""
        if name == self.key.name:
            return self.key.public
        return connection.scalar(
            sa.text(
                "SELECT head ->> 'public_key' FROM audit.jiangmen_audit_head"
                " WHERE head ->> 'key' = :key LIMIT 1"
            ),
            {"key": name},
        )


def seal_dict(connection: Connection, site: str, stored: Any) -> dict[str, Any]:
    """Return a stored seal as it was signed, with its signature."""
    before = connection.scalar(
        sa.text("SELECT link FROM audit.jiangmen_audit_link WHERE seq = :seq"),
        {"seq": stored["first"] - 1},
    )
    previous = bytes(before) if before else verify.genesis(site)
    return {
        "site": site,
        "number": stored["number"],
        "first": stored["first"],
        "last": stored["last"],
        "previous": previous.hex(),
        "link": bytes(stored["link"]).hex(),
        "at": rows.moment(stored["at"]),
        "key": stored["key"],
        "signature": bytes(stored["signature"]).hex(),
    }
