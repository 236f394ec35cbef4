"""Counting tries to sign in, so that guessing stops (GB/T 22239-2019 8.1.4.1 b).

A try is counted before its password is looked at, in one statement and a transaction
of its own: of fifty parallel tries five are looked at, and all fifty are counted. The
rows lie in PostgreSQL (`jiangmen_attempt`): a restart forgets nothing. A row's `key` is
"account:" and an id (of names that nobody has, a sum), or "address:" and an address;
`failures` counts the refused tries of a locked key as well.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.login import config

# A row is of no use any more once window and lock are over.
KEPT_HOURS = 24

# `failures` and `locked_until` are those before this try; a lock or window that is
# over begins anew.
COUNT = sa.text(
    """
    INSERT INTO jiangmen_attempt AS known (key, failures, since, seen, locked_until)
    VALUES (:key, 1, now(), now(), NULL)
    ON CONFLICT (key) DO UPDATE SET
        seen = now(),
        failures = CASE WHEN over.yes THEN 1 ELSE known.failures + 1 END,
        since = CASE WHEN over.yes THEN now() ELSE known.since END,
        locked_until = CASE
            WHEN over.yes THEN NULL
            WHEN known.locked_until IS NOT NULL THEN known.locked_until
            WHEN known.failures + 1 >= :limit THEN now() + :lock * interval '1 minute'
        END
    RETURNING failures
    """.replace(
        "over.yes",
        "coalesce(known.locked_until <= now(),"
        " known.since <= now() - :window * interval '1 minute')",
    )
)

TAKE_BACK = sa.text(
    """
    UPDATE jiangmen_attempt
    SET failures = greatest(failures - 1, 0),
        locked_until = CASE WHEN failures - 1 >= :limit THEN locked_until END
    WHERE key = :key
    """
)

LOCKED = sa.text(
    "SELECT 1 FROM jiangmen_attempt WHERE key = :key AND locked_until > now()"
)

FORGET = sa.text("DELETE FROM jiangmen_attempt WHERE key = :key")

PRUNE = sa.text(
    "DELETE FROM jiangmen_attempt WHERE seen < now() - :hours * interval '1 hour'"
)


@dataclass(frozen=True)
class Keys:
    """What one try is counted for."""

    account: str
    address: str


def keys(account: str, address: str) -> Keys:
    """Return the keys of a try: of a user's id or an unknown name, from `address`.

    Unknown names are kept as a sum: people type their password into the wrong field.
    """
    return Keys(f"account:{account}", f"address:{_network(address)}")


def unknown(name: str) -> str:
    """Return what stands for a name that no account has."""
    return hashlib.sha256(name.strip().lower().encode()).hexdigest()[:32]


def _network(address: str) -> str:
    """Return the address, of IPv6 the /64 that one customer holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(parsed)


def reserve(of: Keys) -> bool:
    """Count one try; return whether its password may be looked at.

    A locked address is not counted for the account: it could lock others out. A
    locked account is not counted for the address.
    """
    rule = config.policy().lockout
    with model.ensure_engine().begin() as connection:
        if connection.scalar(LOCKED, {"key": of.address}):
            return False
        figures = {"lock": rule.lock_minutes, "window": rule.window_minutes}
        account = {"key": of.account, "limit": rule.account_failures, **figures}
        if connection.scalar(COUNT, account) > rule.account_failures:
            return False
        address = {"key": of.address, "limit": rule.address_failures, **figures}
        connection.execute(PRUNE, {"hours": KEPT_HOURS})
        return connection.scalar(COUNT, address) <= rule.address_failures


def succeeded(of: Keys) -> None:
    """Take back what `reserve` counted: the password was right."""
    limit = config.policy().lockout.address_failures
    with model.ensure_engine().begin() as connection:
        connection.execute(FORGET, {"key": of.account})
        connection.execute(TAKE_BACK, {"key": of.address, "limit": limit})


def unlock(key: str) -> bool:
    """Forget the tries counted under `key`; return whether there were any."""
    with model.ensure_engine().begin() as connection:
        return connection.execute(FORGET, {"key": key}).rowcount > 0


def unlock_account(user_id: str) -> bool:
    """Forget the failures of one account."""
    return unlock(f"account:{user_id}")


def unlock_address(address: str) -> bool:
    """Forget the failures from one address."""
    return unlock(f"address:{_network(address)}")


def locked_accounts() -> set[str]:
    """Return the ids of the accounts that are locked now."""
    with model.ensure_engine().connect() as connection:
        rows = connection.scalars(
            sa.text(
                "SELECT substr(key, 9) FROM jiangmen_attempt"
                " WHERE key LIKE 'account:%' AND locked_until > now()"
            )
        )
        return set(rows)
