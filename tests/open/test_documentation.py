"""The page of actions knows the open site's."""

from pathlib import Path

from ckan.logic import _actions, get_action

from ckanext.jiangmen import documents
from ckanext.jiangmen.config import site

ROOT = Path(__file__).parents[2]


def test_the_page_has_every_action_of_this_site(app):
    get_action("status_show")
    loaded = {name for name in _actions if name.startswith("jiangmen_")}
    sites = documents.actions_by_site(ROOT / "config")
    assert set(sites["open"]) == loaded
    assert "jiangmen_portal_figures" in loaded
    assert site() == "open"


def test_the_page_is_the_same_from_either_site(app):
    page = (ROOT / "docs/api.md").read_text("utf-8")
    assert page == documents.api_page(documents.actions_by_site(ROOT / "config"))
