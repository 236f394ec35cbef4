"""The pages that follow from the code are up to date."""

from pathlib import Path

import pytest

from ckan.logic import _actions, get_action

from ckanext.jiangmen import documents
from ckanext.jiangmen.cli import jiangmen

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.usefixtures("app")
def test_the_page_of_actions_is_what_the_code_says():
    get_action("status_show")
    assert (DOCS / "api.md").read_text("utf-8") == documents.api_page(_actions)


def test_every_action_says_what_it_takes_gives_and_how_it_is_called():
    get_action("status_show")
    for name, action in _actions.items():
        if name.startswith("jiangmen_"):
            text = action.__doc__ or ""
            assert ":returns:" in text, name
            assert "ckanapi action" in text, name


def test_the_page_of_commands_is_what_the_code_says():
    page = documents.commands_page(jiangmen)
    assert (DOCS / "command-line.md").read_text("utf-8") == page
