"""What the site needs to work, looked at one by one: servers and its own processes.

The report must come when something is broken, so it does not wait for what stands
before other requests (sessions in Redis, settings in the database).
"""

from __future__ import annotations

import json
import xmlrpc.client
from collections.abc import Callable, Iterable
from typing import Any

import requests
import sqlalchemy as sa
from supervisor.xmlrpc import SupervisorTransport

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.jiangmen import config, rate_limit

PATH = "/health"


class ProcessesDown(Exception):
    """Processes of the site do not run; the message names them and their state."""


def _database() -> None:
    try:
        model.Session.execute(sa.text("SELECT 1"))
    finally:
        model.Session.remove()


def _tables() -> None:
    from ckanext.datastore.backend.postgres import get_read_engine

    with get_read_engine().connect() as connection:
        connection.execute(sa.text("SELECT 1"))


def _queue() -> None:
    connect_to_redis().ping()


def _index() -> None:
    answer = requests.get(
        f"{tk.config['solr_url'].rstrip('/')}/admin/ping",
        params={"wt": "json"},
        timeout=3,
    )
    answer.raise_for_status()


def _processes() -> None:
    """Look at the site's workers, which answer no request themselves."""
    transport = SupervisorTransport(None, None, f"unix://{config.supervisor_socket()}")
    api = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    rows: Any = api.supervisor.getAllProcessInfo()
    down = [
        f"{row['name']} {str(row['statename']).lower()}"
        for row in rows
        if _is_ours(row["name"]) and row["statename"] != "RUNNING"
    ]
    if down:
        raise ProcessesDown(", ".join(sorted(down)))


def _is_ours(name: str) -> bool:
    worker = name.startswith(f"{config.site()}_")
    return worker or (name == "publication" and not config.is_open_site())


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "tables": _tables,
    "queue": _queue,
    "index": _index,
    "limits": rate_limit.probe,
}

# What needs somebody's attention though the site works: a sentence each, "" for none.
NOTES: dict[str, Callable[[], str]] = {}


def report() -> tuple[dict[str, Any], int]:
    """Return what to answer and its status: 200, or 503 if a part is not well.

    The answer names the part and the kind of failure, never an address.
    """
    checks = dict(CHECKS)
    if config.supervisor_socket():
        checks["processes"] = _processes
    parts = {}
    for name, check in checks.items():
        try:
            check()
            parts[name] = "ok"
        except ProcessesDown as err:
            parts[name] = f"failed: {err}"
        except Exception as err:  # noqa: BLE001 - any failure is what is reported
            parts[name] = f"failed: {type(err).__name__}"
    well = all(state == "ok" for state in parts.values())
    answer = {"site": config.site(), "ok": well, "parts": parts}
    if notes := {name: text for name, note in NOTES.items() if (text := note())}:
        answer["notes"] = notes
    return answer, 200 if well else 503


class First:
    """WSGI: answer /health before the application looks at the request."""

    def __init__(self, application: Any, flask_app: Any) -> None:
        self.application = application
        self.flask_app = flask_app

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Answer, or pass the request on."""
        reading = environ.get("REQUEST_METHOD") in {"GET", "HEAD"}
        if environ.get("PATH_INFO") != PATH or not reading:
            return self.application(environ, start)
        with self.flask_app.app_context():
            answer, status = report()
        body = json.dumps(answer).encode() + b"\n"
        start(
            "200 OK" if status == 200 else "503 Service Unavailable",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
            ],
        )
        return [body] if environ["REQUEST_METHOD"] == "GET" else []
