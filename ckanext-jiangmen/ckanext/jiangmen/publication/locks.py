"""Advisory locks: one call at a time for an entry, or for an organization."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from ckan import model

# The first key of the advisory locks of this room, the second is the thing's id.
LOCK_FAMILY = 0x4A4D50


@contextmanager
def exclusive(thing_id: str) -> Iterator[None]:
    """Wait until nobody else holds the thing; the lock ends with its connection."""
    keys = {"family": LOCK_FAMILY, "thing": thing_id}
    with model.ensure_engine().connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(
            sa.text("SELECT pg_advisory_lock(:family, hashtext(:thing))"), keys
        )
        try:
            yield
        finally:
            connection.execute(
                sa.text("SELECT pg_advisory_unlock(:family, hashtext(:thing))"), keys
            )


@contextmanager
def taken(thing_id: str) -> Iterator[bool]:
    """Hold the thing if nobody else does; yield False where another one has it."""
    keys = {"family": LOCK_FAMILY, "thing": thing_id}
    with model.ensure_engine().connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        locked = connection.scalar(
            sa.text("SELECT pg_try_advisory_lock(:family, hashtext(:thing))"), keys
        )
        try:
            yield bool(locked)
        finally:
            if locked:
                connection.execute(
                    sa.text("SELECT pg_advisory_unlock(:family, hashtext(:thing))"),
                    keys,
                )
