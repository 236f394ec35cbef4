"""Published heads: this site's own, and those that came from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.jiangmen.audit import reading

Head = dict[str, Any]
# What a head shows, and nothing else crosses to the open site.
PUBLIC = (
    "site",
    "day",
    "number",
    "first",
    "last",
    "previous",
    "link",
    "at",
    "key",
    "public_key",
    "signature",
)

_received: list[Callable[[], list[Head]]] = []


def on_listing(source: Callable[[], list[Head]]) -> None:
    """Have the heads of `source` listed beside this site's own."""
    if source not in _received:
        _received.append(source)


def own() -> list[Head]:
    """Return this site's heads, the newest first."""
    with reading.connect() as connection:
        return [public(head) for head in reading.heads(connection)]


def listed() -> list[Head]:
    """Return every head known here, the newest day first."""
    found = own()
    for source in _received:
        found += [public(head) for head in source()]
    return sorted(found, key=lambda h: (h["day"], h["site"], h["number"]), reverse=True)


def public(head: Head) -> Head:
    """Return a head with its public parts only."""
    return {name: head[name] for name in PUBLIC if name in head}
