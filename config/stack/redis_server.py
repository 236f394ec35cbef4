"""Redis: sessions and job queues, on loopback, with a password, written to disk."""

from __future__ import annotations

import given
import redis
from layout import Layout, Wishes
from process import make_folder, write_file
from state import REDIS_DATABASES, State

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
databases {databases}
dir {folder}
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
save ""
daemonize no
pidfile {run}/redis.pid
set-proc-title no
"""


def url(state: State, name: str) -> str:
    """Return the URL of the database called `name`."""
    number = state.redis_database(name)
    wished = Wishes().redis_url
    if wished:
        parts = given.parse("REDIS", wished)
        first = int(parts.path.strip("/") or 0)
        return parts._replace(path=f"/{first + number}").geturl()
    return f"redis://:{state.secret('redis')}@127.0.0.1:{state.port('redis')}/{number}"


def prepare(layout: Layout, state: State) -> bool:
    """Write the server's configuration; return whether it changed."""
    text = CONFIGURATION.format(
        port=state.port("redis"),
        password=state.secret("redis"),
        databases=REDIS_DATABASES,
        folder=make_folder(layout.var / "redis"),
        run=layout.run,
    )
    return write_file(layout.etc / "redis.conf", text)


def command(layout: Layout) -> str:
    """Return the server's command line for the supervisor."""
    return f"/usr/bin/redis-server {layout.etc / 'redis.conf'}"


def answers(state: State) -> bool:
    """Return whether the server takes our password."""
    try:
        return bool(redis.Redis.from_url(url(state, "share"), socket_timeout=2).ping())
    except redis.RedisError:
        return False


def empty(state: State, name: str) -> None:
    """Empty the database called `name` (test environments only)."""
    redis.Redis.from_url(url(state, name)).flushdb()
