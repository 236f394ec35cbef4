"""Tokens, and the loads that approvals leave to the worker."""

import pytest

from ckan import model


@pytest.fixture
def token(as_platform):
    """Return a function that gives the headers of an account's own token."""

    def make(name):
        made = as_platform("api_token_create", user=name, name="test")
        return {"Authorization": made["token"]}

    return make


@pytest.fixture
def load_tables():
    """Return a function that does the loads that approvals left to the worker."""
    from ckanext.jiangmen.catalog import jobs

    def run():
        jobs.run_due()
        model.Session.remove()

    return run
