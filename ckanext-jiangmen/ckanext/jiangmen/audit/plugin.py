"""`jiangmen_audit`: 全程留痕 of both sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib import signals

from ckanext.jiangmen import health as site_health
from ckanext.jiangmen.audit import (
    changes,
    cli,  # noqa: F401 - registers its verbs
    health,
    helpers,
    refusals,
    views,
)
from ckanext.jiangmen.audit.logic import action, auth


@tk.blanket.config_declarations
class AuditPlugin(p.SingletonPlugin):
    """Notes refusals and logins, tells the database who changes it, shows the trail."""

    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ISignal)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.ITemplateHelpers)

    def update_config(self, config: Any) -> None:
        """Begin to tell the database's triggers who acts; report on the trail."""
        tk.add_template_directory(config, "templates")
        changes.listen()
        site_health.CHECKS["trail"] = health.probe

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Look at every answer."""
        return refusals.install(app)

    def get_signal_subscriptions(self) -> Any:
        """Return what is noted when people come and go."""
        return {
            signals.user_logged_in: [refusals.logged_in],
            signals.user_logged_out: [refusals.logged_out],
            signals.failed_login: [refusals.failed],
        }

    def get_actions(self) -> dict[str, Callable[..., Any]]:
        """Return the auditor's search and the public heads."""
        return action.get_actions()

    def get_auth_functions(self) -> dict[str, Callable[..., Any]]:
        """Return who may call them."""
        return {name: getattr(auth, name) for name in action.get_actions()}

    def get_blueprint(self) -> list[Any]:
        """Return the pages of the trail."""
        return [views.audit]

    def get_helpers(self) -> dict[str, Callable[..., Any]]:
        """Return what the pages call."""
        return helpers.get_helpers()
