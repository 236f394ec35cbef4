"""`jiangmen_portal`: the pages of the open site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jiangmen import pages
from ckanext.jiangmen.portal import edition_views, entry_page, helpers, views
from ckanext.jiangmen.portal.dialogue import parts as dialogue
from ckanext.jiangmen.portal.logic import (
    action,
    auth,
    edition_action,
    entry_action,
)
from ckanext.jiangmen.portal.machines import room as machines

ACTIONS = {
    "jiangmen_portal_figures": action,
    "jiangmen_portal_statistics": action,
    "jiangmen_portal_withheld": action,
    "jiangmen_portal_version_list": entry_action,
    "jiangmen_portal_edition_list": edition_action,
    "jiangmen_portal_edition_show": edition_action,
}


class PortalPlugin(pages.SearchFilters, p.SingletonPlugin):
    """Templates, facets and figures of 开放门户."""

    p.implements(p.IConfigurer)
    p.implements(p.IConfigDeclaration)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)

    def update_config(self, config: Any) -> None:
        """Register the templates of the open site."""
        tk.add_template_directory(config, "templates")
        machines.begin()
        dialogue.listen()

    def declare_config_options(self, declaration: Any, key: Any) -> None:
        """Declare what other extensions and parts of the portal look up."""
        machines.declare(declaration)
        dialogue.declare(declaration)

    def filters(self) -> dict[str, str]:
        """Return the filters of the open site's searches."""
        return helpers.facets()

    def get_helpers(self) -> dict[str, Callable[..., Any]]:
        """Return what the templates of this site call."""
        return {
            **pages.get_helpers(),
            **helpers.get_helpers(),
            **entry_page.get_helpers(),
            **machines.get_helpers(),
            **dialogue.get_helpers(),
        }

    def get_actions(self) -> dict[str, Callable[..., Any]]:
        """Return the actions of the open site's pages."""
        own = {name: getattr(module, name) for name, module in ACTIONS.items()}
        return own | machines.get_actions() | dialogue.get_actions()

    def get_auth_functions(self) -> dict[str, Callable[..., Any]]:
        """Return who may call them: everybody, but for the dialogue's moderation."""
        own = {name: getattr(auth, name) for name in ACTIONS}
        return own | machines.get_auth_functions() | dialogue.get_auth_functions()

    def get_blueprint(self) -> Any:
        """Return the pages that core has none for."""
        return [
            views.portal,
            edition_views.editions,
            *machines.BLUEPRINTS,
            *dialogue.BLUEPRINTS,
        ]
