"""What the tests of both sites stand on: real servers, emptied before each test.

Nothing of CKAN is imported at the head: `tests/pure` runs without it.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

_migrated = False

# Rows of these tables are the schema's history and its constants, not data.
KEPT = ("alembic_version", "jiangmen_alembic_version", "spatial_ref_sys")


def pytest_configure(config) -> None:
    """Give every worker its own servers; let CKAN's fixtures copy the configuration.

    `ckan_config` deep-copies everything, and the sessions' Redis client has locks.
    """
    import redis

    redis.Redis.__deepcopy__ = lambda self, _memo: self
    number = getattr(config, "workerinput", {}).get("workerid", "gw0")[2:]
    if number != "0" and config.getoption("ckan_ini", None):
        ini = Path(config.option.ckan_ini)
        config.option.ckan_ini = str(ini.with_stem(ini.stem + number))


def _migrate_once(migrate_db_for) -> None:
    """Bring the test database to the newest schema, once per process."""
    global _migrated
    if not _migrated:
        from ckan import model

        model.repo.init_db()
        migrate_db_for("jiangmen")
        _migrated = True


def _empty_main_database() -> None:
    """Truncate every table that holds rows, in one statement."""
    import sqlalchemy as sa
    from sqlalchemy.orm.session import close_all_sessions

    from ckan import model

    close_all_sessions()
    model.Session.remove()
    with model.ensure_engine().begin() as connection:
        names = [
            name
            for name in sa.inspect(connection).get_table_names()
            if not name.endswith("alembic_version") and name not in KEPT
        ]
        probe = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names
        )
        filled = [row[0] for row in connection.execute(sa.text(probe))]
        if filled:
            listed = ", ".join(f'"{name}"' for name in filled)
            connection.execute(sa.text(f"TRUNCATE {listed} RESTART IDENTITY CASCADE"))


def _empty_datastore() -> None:
    """Drop the tables of resources and layers, keep the DataStore's own."""
    import sqlalchemy as sa

    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().begin() as connection:
        inspector = sa.inspect(connection)
        for schema in ("public", "layers"):
            views = inspector.get_view_names(schema=schema)
            tables = inspector.get_table_names(schema=schema)
            for kind, names in (("VIEW", views), ("TABLE", tables)):
                for name in names:
                    if name not in {"_table_metadata", "_table_stats", *KEPT}:
                        statement = f'DROP {kind} IF EXISTS {schema}."{name}" CASCADE'
                        connection.execute(sa.text(statement))
        if "_table_stats" in inspector.get_table_names():
            connection.execute(sa.text("DELETE FROM _table_stats"))


def _empty_files(storage: Path) -> None:
    for folder in storage.iterdir():
        if folder.name != "webassets":
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def loaded_plugins():
    """Load the plugins that the site's ini names, once: all tests want them all."""
    import ckan.plugins as p

    p.load_all()


@pytest.fixture(scope="session")
def site_app(loaded_plugins):
    """Build the site's application once; it keeps nothing between requests."""
    from ckan.tests.helpers import _get_test_app

    return _get_test_app()


@pytest.fixture
def app(site_app):
    """Return the test client's application (replaces CKAN's, built per test)."""
    return site_app


@pytest.fixture
def clean_db(loaded_plugins, migrate_db_for):
    """Empty both databases (replaces CKAN's fixture).

    Core's drops all tables once per run and with them those of our migrations.
    """
    from ckan.tests import factories

    factories.fake.unique.clear()
    _migrate_once(migrate_db_for)
    _empty_main_database()
    _empty_datastore()


@pytest.fixture
def platform(app, clean_db, clean_index, reset_redis):
    """A site as after its first start: no data, index, files or sessions.

    Yields the test client's application.
    """
    import ckan.plugins.toolkit as tk

    reset_redis()
    with contextlib.suppress(FileNotFoundError):
        _empty_files(Path(tk.config["ckan.storage_path"]))
    return app


@pytest.fixture
def act():
    """Call an action as an account: act("package_show", user="x", id=…).

    Authorization is checked (CKAN's own `call_action` skips it). Without `user` the
    caller is anonymous.
    """
    import ckan.plugins.toolkit as tk

    def call(action: str, *, user: str = "", **data):
        context = {"user": user, "ignore_auth": False}
        return tk.get_action(action)(context, data)

    return call


@pytest.fixture
def as_platform():
    """Call an action as the site user, past authorization, as operators do."""
    import ckan.plugins.toolkit as tk

    def call(action: str, **data):
        site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        return tk.get_action(action)({"user": site_user, "ignore_auth": True}, data)

    return call


@pytest.fixture
def trail(platform):
    """Return a function that gives the rows noted since the test began, as dicts.

    The trail itself is never emptied.
    """
    import sqlalchemy as sa

    from ckan import model

    def connect():
        return model.ensure_engine().connect()

    with connect() as connection:
        last = connection.scalar(
            sa.text("SELECT coalesce(max(id), 0) FROM audit.jiangmen_audit")
        )

    def rows(**wanted):
        with connect() as connection:
            found = connection.execute(
                sa.text(
                    "SELECT * FROM audit.jiangmen_audit WHERE id > :last ORDER BY id"
                ),
                {"last": last},
            ).mappings()
            return [
                dict(row)
                for row in found
                if all(row[key] == value for key, value in wanted.items())
            ]

    return rows


@pytest.fixture
def as_admin():
    """Run statements as the database's administrator, past every right."""
    import json

    import psycopg2
    import sqlalchemy as sa

    import ckan.plugins.toolkit as tk

    state = json.loads(
        (Path(tk.config["ckanext.jiangmen.state_path"]) / "stack.json").read_text()
    )
    address = sa.make_url(tk.config["sqlalchemy.url"])

    def run(statement):
        with (
            psycopg2.connect(
                host=address.host,
                port=address.port,
                dbname=address.database,
                user="postgres",
                password=state["secrets"]["postgres"],
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    return run
