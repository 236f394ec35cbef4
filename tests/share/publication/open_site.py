"""Serve the open site's test configuration in processes that may be killed.

``python open_site.py INI PORT`` empties the site, prints "token TOKEN" (the
receiver's), "moderator TOKEN" and then, for every line "start POINT" on its input,
serves in a fresh child: "ready PID". POINT names where the child dies, "-" is nowhere.
The application is loaded once; children are forked before any connection is open.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

TESTS = Path(__file__).parents[2]


def emptied(storage: Path) -> None:
    """Empty databases, index and files by the helpers that every test uses."""
    spec = importlib.util.spec_from_file_location("helpers", TESTS / "conftest.py")
    helpers: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(helpers)
    from ckan.lib.search import clear_all

    helpers._empty_main_database()
    helpers._empty_datastore()
    clear_all()
    storage.mkdir(parents=True, exist_ok=True)
    helpers._empty_files(storage)


def token_of(name: str, role: str) -> str:
    """Return a token of an account with a role, created if it is missing."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.jiangmen import accounts

    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"user": site, "ignore_auth": True}
    if model.User.get(name) is None:
        fields = {
            "name": name,
            "email": f"{name}@example.invalid",
            "password": "Zhongwen-2026",
        }
        user = tk.get_action("user_create")(dict(context), fields)
        accounts.grant_role(user["id"], accounts.Role(role))
        model.Session.commit()
    fields = {"user": name, "name": "test"}
    return tk.get_action("api_token_create")(dict(context), fields)["token"]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def serve(app: Any, port: int, point: str) -> None:
    """Serve until killed; the parent's connections are left alone."""
    from ckan import model
    from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine

    os.environ["JIANGMEN_DIE_AT"] = point
    for engine in (model.ensure_engine(), get_read_engine(), get_write_engine()):
        engine.dispose(close=False)
    server = make_server("127.0.0.1", port, app, threaded=True)
    _say(f"ready {os.getpid()}")
    server.serve_forever()


def main(ini: str, port: str) -> None:
    """Load and empty the site, then fork a server for each line of the input."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(ini))
    import ckan.plugins.toolkit as tk
    from ckan import model

    with app._wsgi_app.test_request_context():
        emptied(Path(tk.config["ckan.storage_path"]))
        token = token_of("publication", "receiver")
        moderator = token_of("moderator", "moderator")
        model.Session.remove()
    # Killed children leave no zombies: their ids are free at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _say(f"token {token}")
    _say(f"moderator {moderator}")
    for line in sys.stdin:
        if os.fork() == 0:
            serve(app, int(port), line.split()[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
