"""`jiangmen_desk`: the pages of the share site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jiangmen import pages
from ckanext.jiangmen.desk import (
    access_views,
    bulk_views,
    dialogue_views,
    duty_views,
    edition_views,
    editor_views,
    entry_views,
    guide_views,
    helpers,
    legal_basis_views,
    reference_views,
    stock_views,
    summary_views,
    survey_views,
    views,
)


class DeskPlugin(pages.SearchFilters, p.SingletonPlugin):
    """Templates, filters and addresses of 工作台."""

    p.implements(p.IConfigurer)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IBlueprint)

    def update_config(self, config: Any) -> None:
        """Register the templates; whoever signs in comes to the desk."""
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "jiangmen_desk")
        config["ckan.auth.route_after_login"] = "jiangmen_desk.index"

    def filters(self) -> dict[str, str]:
        """Return the filters of the share site's searches."""
        return helpers.facets()

    def get_helpers(self) -> dict[str, Callable[..., Any]]:
        """Return what the templates of this site call."""
        return {**pages.get_helpers(), **helpers.get_helpers()}

    def get_blueprint(self) -> Any:
        """Return the addresses of the desk."""
        return [
            views.desk,
            duty_views.duty,
            dialogue_views.inquiry,
            stock_views.stock,
            survey_views.survey,
            summary_views.summary,
            reference_views.reference,
            entry_views.entry,
            editor_views.editor,
            bulk_views.bulk,
            access_views.access,
            legal_basis_views.ground,
            edition_views.edition,
            guide_views.guide,
        ]
