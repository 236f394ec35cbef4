"""Machine tokens: bound to grants, a term and address ranges (五(六)).

Plain values: what a token claims, where it may be used, what is wrong with one.
"""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.jiangmen.errors import JiangmenError

CLAIM = "jiangmen"
MAX_RANGES = 20
# Wider ranges name no organization's network.
SHORTEST_PREFIX = {4: 8, 6: 32}


class RangeRefused(JiangmenError):
    """An address range is wrong; `text` is what was written, `why` the reason."""

    def __init__(self, text: str, why: Why) -> None:
        super().__init__(f"{text}: {why}")
        self.text, self.why = text, why


class Why(enum.StrEnum):
    """What is wrong with an address range."""

    NO_RANGE = "no address range"
    HOST_BITS = "not the first address of its network"
    TOO_WIDE = "too wide"


class Problem(enum.StrEnum):
    """Why a token is refused."""

    FORGED = "forged"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CLOSED = "account closed"
    LEFT = "account left the department"
    ADDRESS = "wrong address"
    ENDED = "grants ended"
    WRITING = "not a reading action"


@dataclass(frozen=True)
class Claims:
    """What a machine token says of itself; `expires` is its term as first given."""

    grants: tuple[str, ...]
    ranges: tuple[str, ...]
    expires: dt.datetime

    def as_json(self) -> dict[str, Any]:
        """Return the claim as it stands in the signed token."""
        return {
            "grants": list(self.grants),
            "ranges": list(self.ranges),
            "exp": int(self.expires.timestamp()),
        }


def parse_ranges(texts: Iterable[str]) -> list[str]:
    """Return networks in their usual form; a plain address is a network of its own.

    Raise `RangeRefused` naming the first that is wrong.

    >>> parse_ranges(["10.2.0.0/16", "192.0.2.7"])
    ['10.2.0.0/16', '192.0.2.7/32']
    """
    found = [str(_network(str(text).strip())) for text in texts]
    return list(dict.fromkeys(found))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as err:
        raise RangeRefused(text, Why.NO_RANGE) from err
    if network.prefixlen < SHORTEST_PREFIX[network.version]:
        raise RangeRefused(text, Why.TOO_WIDE)
    if "/" in text and ipaddress.ip_interface(text).ip != network.network_address:
        raise RangeRefused(text, Why.HOST_BITS)
    return network


def is_inside(address: str | None, ranges: Sequence[str]) -> bool:
    """Return whether `address` lies in one of the ranges; no address lies in none.

    >>> is_inside("::ffff:10.2.3.4", ["10.2.0.0/16"])
    True
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in ipaddress.ip_network(text) for text in ranges)


def claims_agree(
    claim: Any, grants: Sequence[str] | None, ranges: Sequence[str] | None
) -> bool:
    """Return whether the signed claim says what the row says (None: no claim)."""
    if grants is None:
        return claim is None
    return (
        isinstance(claim, Mapping)
        and claim.get("grants") == list(grants)
        and claim.get("ranges") == list(ranges or ())
    )
