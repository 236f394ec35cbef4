"""A workbook between its preview and its confirmation.

It is kept for half an hour in Redis, for the account that sent it only. A workbook in
which a row is not 非涉密 is never kept (江府办函〔2017〕82号, 七): only its annotated
copy is, from which such rows have been removed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import cast

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

KEEP_S = 1800
MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Kept:
    """A file's name and its content."""

    name: str
    content: bytes


def keep(name: str, content: bytes) -> str:
    """Keep a file for the signed-in account; return the word it is asked for by."""
    token = secrets.token_urlsafe(16)
    connection = connect_to_redis()
    connection.hset(_key(token), mapping={"name": name, "content": content})
    connection.expire(_key(token), KEEP_S)
    return token


def recall(token: str) -> Kept | None:
    """Return the file kept under `token`; None if it was another's or is gone."""
    # CKAN's client does not decode: keys and values are bytes.
    found = cast("dict[bytes, bytes]", connect_to_redis().hgetall(_key(token)))
    if not found:
        return None
    return Kept(found[b"name"].decode("utf-8"), found[b"content"])


def forget(token: str) -> None:
    """Drop what was kept."""
    connect_to_redis().delete(_key(token))


def _key(token: str) -> str:
    site = tk.config["ckan.site_id"]
    return f"{site}:workbook:{tk.current_user.id}:{token}"
