"""`jiangmen_sharing`: who may read what, on every channel."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts, config
from ckanext.jiangmen.sharing import labels, token_hooks, token_views, views
from ckanext.jiangmen.sharing import token_cli as token_cli  # noqa: PLC0414 - its verb
from ckanext.jiangmen.sharing.logic import (
    action,
    auth,
    explain_action,
    grant_action,
    lists,
    token_actions,
)


class SharingPlugin(token_hooks.TokenHooks, p.SingletonPlugin):
    """Labels for searches, the projection for data, doors for downloads."""

    p.implements(p.IPermissionLabels)
    p.implements(p.IBlueprint)
    p.implements(p.IAuthFunctions)
    p.implements(p.IActions)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IApiToken, inherit=True)
    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        """Register the templates of this room."""
        tk.add_template_directory(config, "templates")

    def get_dataset_labels(self, dataset_obj: Any) -> list[str]:
        """Return the labels of one package."""
        return labels.of_package(dataset_obj)

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
        """Return the labels a caller searches with."""
        if config.is_open_site():
            return [labels.PUBLIC]
        name = getattr(user_obj, "name", None)
        return labels.of_caller(accounts.caller_of({"user": name}))

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Stand before core's downloads, behind the wall that `jiangmen` put up."""
        app.before_request(token_hooks.stand_before_machines)
        app.before_request(views.stand_before_downloads)
        app.after_request(token_hooks.note_refusal)
        return app

    def get_auth_functions(self) -> Any:
        """Return the doors that stock CKAN leaves open."""
        return {**auth.get_auth_functions(), **token_actions.get_auth_functions()}

    def get_actions(self) -> Any:
        """Return core's reading actions, answered by who the caller is."""
        return {
            **auth.get_actions(),
            **action.get_actions(),
            **lists.get_actions(),
            **grant_action.get_actions(),
            **explain_action.get_actions(),
            **token_actions.get_actions(),
        }

    def get_blueprint(self) -> Any:
        """Return the routes of downloads and exports."""
        return [views.sharing, token_views.tokens]
