"""What this instance chose once: ports, passwords, database numbers of Redis.

Kept in `etc/stack.json` (0600). Everything else can be made again from it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from layout import Layout, Wishes
from process import make_folder, write_file

# First choices; a port in use is passed over in steps of ten.
PORTS = {
    "share": 8701,
    "open": 8702,
    "share_app": 8711,
    "open_app": 8712,
    "postgres": 15432,
    "redis": 16379,
    "solr": 18983,
}
REDIS_DATABASES = 256
# The operator's own servers, remembered with the rest; this word takes one back.
GIVEN = ("JIANGMEN_POSTGRES_URL", "JIANGMEN_REDIS_URL", "JIANGMEN_SOLR_URL")
PRIVATE = "private"


class State:
    """The remembered choices; `with locked(layout) as state` writes them back."""

    def __init__(self, layout: Layout, kept: dict[str, Any]) -> None:
        self.layout = layout
        self.kept = kept

    def secret(self, name: str) -> str:
        """Return the secret of this name, made at the first call."""
        names = self.kept.setdefault("secrets", {})
        return names.setdefault(name, secrets.token_urlsafe(36))

    def port(self, name: str) -> int:
        """Return the port of this name: the environment's, or the one kept."""
        wished = Wishes().port(name)
        ports = self.kept.setdefault("ports", {})
        if wished:
            ports[name] = wished
        elif name not in ports:
            ports[name] = self._free(PORTS[name])
        return ports[name]

    def forget_port(self, name: str) -> None:
        """Drop a port that a stranger has taken meanwhile."""
        self.kept.get("ports", {}).pop(name, None)

    def redis_database(self, name: str) -> int:
        """Return the number of the Redis database called `name`."""
        numbers = self.kept.setdefault("redis_databases", {})
        if name not in numbers:
            taken = set(numbers.values())
            numbers[name] = next(n for n in range(REDIS_DATABASES) if n not in taken)
        return numbers[name]

    def remember_given(self) -> None:
        """Keep the addresses of the operator's own servers, which have answered."""
        self.kept["given"] = {name: os.environ[name] for name in GIVEN}

    def _free(self, first: int) -> int:
        taken = set(self.kept["ports"].values())
        for port in range(first, 65535, 10):
            if port not in taken and _can_bind(port):
                return port
        raise RuntimeError("no free port")


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - a probe, closed at once
        except OSError:
            return False
    return True


def _recall_given(kept: dict[str, Any]) -> None:
    """Bring back the addresses of the operator's own servers that `make up` kept.

    A later command without the variables would otherwise start empty private servers
    in their place.
    """
    for name in GIVEN:
        value = os.environ.get(name, "").strip() or kept.get("given", {}).get(name, "")
        os.environ[name] = "" if value == PRIVATE else value


@contextmanager
def locked(layout: Layout) -> Iterator[State]:
    """Hold the instance's choices; two commands never change them at once."""
    make_folder(layout.var, 0o755)
    make_folder(layout.etc, 0o755)
    path = layout.etc / "stack.json"
    with (layout.etc / ".stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = json.loads(path.read_text()) if path.exists() else {}
        _recall_given(kept)
        state = State(layout, kept)
        try:
            yield state
        finally:
            write_file(path, json.dumps(state.kept, indent=1, sort_keys=True) + "\n")
