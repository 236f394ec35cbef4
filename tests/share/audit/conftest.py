"""A site without its trail, and tokens."""

import pytest
import sqlalchemy as sa


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
