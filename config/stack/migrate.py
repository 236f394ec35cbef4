"""Bring a site's database to the newest schema in one process: `migrate.py INI`.

Does what `ckan db init`, `ckan db pending-migrations --apply` and `ckan datastore
set-permissions` do, with one start of CKAN instead of three; prints the statements of
the last for an administrator.
"""

from __future__ import annotations

import sys

from ckan import model
from ckan.cli import load_config
from ckan.cli.db import _get_pending_plugins, _run_migrations
from ckan.config.middleware import make_app
from ckan.model import parse_db_config
from ckanext.datastore.cli import permissions_sql


def migrate() -> None:
    """Create and upgrade the tables of CKAN and of the loaded plugins."""
    model.repo.init_db()
    for plugin, number in _get_pending_plugins().items():
        if number:
            _run_migrations(plugin)


def permissions() -> str:
    """Return the statements that give the DataStore's roles their rights."""
    main = parse_db_config("sqlalchemy.url")
    write = parse_db_config("ckan.datastore.write_url")
    read = parse_db_config("ckan.datastore.read_url")
    return permissions_sql(
        maindb=main["db_name"],
        datastoredb=write["db_name"],
        mainuser=main["db_user"],
        writeuser=write["db_user"],
        readuser=read["db_user"],
    )


if __name__ == "__main__":
    # Plugins print while they load; only the statements may reach the caller.
    sys.stdout, answer = sys.stderr, sys.stdout
    application = make_app(load_config(sys.argv[1]))
    with application._wsgi_app.test_request_context():
        migrate()
        answer.write(permissions())
