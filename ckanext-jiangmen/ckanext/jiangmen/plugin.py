"""`jiangmen`: what both sites and every capability share."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.jiangmen import accounts_cli, guard, helpers, views


@tk.blanket.config_declarations
class JiangmenPlugin(p.SingletonPlugin, DefaultTranslation):
    """Translations, base templates, the wall, health and `ckan jiangmen`."""

    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.ITranslation)
    p.implements(p.ITemplateHelpers)

    def update_config(self, config: Any) -> None:
        """Register the templates and assets that both sites share."""
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "jiangmen")
        tk.add_public_directory(config, "public")

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Put the wall and the CSRF guard before every request."""
        return guard.install(app)

    def get_blueprint(self) -> Any:
        """Return the addresses every site has."""
        return [views.jiangmen]

    def get_commands(self) -> Any:
        """Return the one group of commands; rooms add their verbs to it."""
        # The accounts' verbs are attached to the group where they are defined.
        return [accounts_cli.jiangmen]

    def i18n_locales(self) -> list[str]:
        """Return the locales of our catalogue; its parts lie beside them."""
        return ["zh_Hans_CN"]

    def get_helpers(self) -> dict[str, Any]:
        """Return the helpers that templates of every room use."""
        return helpers.get_helpers()
