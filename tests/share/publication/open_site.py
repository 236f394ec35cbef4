"""Serve the open site's test configuration as a process of its own.

``python open_site.py INI PORT CREDENTIALS [--empty]`` writes the receiver's token to
CREDENTIALS (a file) once the site answers; with --empty the site begins without data.
"""

from __future__ import annotations

import importlib.util
import os
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


def receiver_token() -> str:
    """Return a token of the service account, created if it is missing."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.jiangmen import accounts

    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"user": site, "ignore_auth": True}
    if model.User.get("publication") is None:
        fields = {
            "name": "publication",
            "email": "publication@example.invalid",
            "password": "Zhongwen-2026",
        }
        user = tk.get_action("user_create")(dict(context), fields)
        accounts.grant_role(user["id"], accounts.Role.RECEIVER)
        model.Session.commit()
    fields = {"user": "publication", "name": "test"}
    return tk.get_action("api_token_create")(dict(context), fields)["token"]


def main(ini: str, port: str, credentials: str, *options: str) -> None:
    """Start the site and serve until killed."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(ini))
    import ckan.plugins.toolkit as tk
    from ckan import model

    with app._wsgi_app.test_request_context():
        if "--empty" in options:
            emptied(Path(tk.config["ckan.storage_path"]))
        token = receiver_token()
        model.Session.remove()
    server = make_server("127.0.0.1", int(port), app, threaded=True)
    staged = Path(credentials + ".new")
    staged.write_text(token)
    os.replace(staged, credentials)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
