"""The pages that follow from the code are up to date."""

from pathlib import Path

import pytest

from ckan.logic import _actions, get_action

from ckanext.jiangmen import documents
from ckanext.jiangmen.cli import jiangmen

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture
def sites(app):
    """Our actions of both sites."""
    return documents.actions_by_site(ROOT / "config")


def test_the_page_of_actions_is_what_the_code_says(sites):
    assert (DOCS / "api.md").read_text("utf-8") == documents.api_page(sites)


def test_the_page_has_every_action_of_this_site(sites):
    get_action("status_show")
    loaded = {name for name in _actions if name.startswith("jiangmen_")}
    assert set(sites["share"]) == loaded


def test_the_page_names_the_site_of_an_action(sites):
    page = documents.api_page(sites)
    assert "## jiangmen_portal_figures\n\nOn the open site.\n" in page
    assert "## jiangmen_publication_list\n\nOn the share site.\n" in page


def test_every_action_says_what_it_takes_gives_and_how_it_is_called(sites):
    for actions in sites.values():
        for name, action in actions.items():
            text = action.__doc__ or ""
            assert ":returns:" in text, name
            assert "ckanapi action" in text, name


def test_the_page_of_commands_is_what_the_code_says():
    page = documents.commands_page(jiangmen)
    assert (DOCS / "command-line.md").read_text("utf-8") == page
