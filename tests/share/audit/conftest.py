"""The rows that a test has caused; the trail itself is never emptied."""

import pytest
import sqlalchemy as sa


@pytest.fixture
def trail(platform):
    """Return a function that gives the rows noted since the test began, as dicts."""
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
    from pathlib import Path

    import psycopg2

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


@pytest.fixture
def no_trail(as_admin):
    """Take the function away from the site, and give it back at the end."""
    import ckan.plugins.toolkit as tk

    role = sa.make_url(tk.config["sqlalchemy.url"]).username
    verb = "{} EXECUTE ON FUNCTION audit.note(jsonb) {} " + role
    as_admin(verb.format("REVOKE", "FROM"))
    yield
    as_admin(verb.format("GRANT", "TO"))


@pytest.fixture
def token(people, as_platform):
    def make(name):
        return as_platform("api_token_create", user=name, name="t")["token"]

    return make
