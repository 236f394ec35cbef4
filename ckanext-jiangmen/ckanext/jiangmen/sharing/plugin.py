"""`jiangmen_sharing`: who may read what, on every channel."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from ckanext.jiangmen import accounts, config
from ckanext.jiangmen.sharing import labels, views
from ckanext.jiangmen.sharing.logic import action, auth, lists


class SharingPlugin(p.SingletonPlugin):
    """Labels for searches, the projection for data, doors for downloads."""

    p.implements(p.IPermissionLabels)
    p.implements(p.IBlueprint)
    p.implements(p.IAuthFunctions)
    p.implements(p.IActions)
    p.implements(p.IMiddleware, inherit=True)

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
        app.before_request(views.stand_before_downloads)
        return app

    def get_auth_functions(self) -> Any:
        """Return the doors that stock CKAN leaves open."""
        return auth.get_auth_functions()

    def get_actions(self) -> Any:
        """Return core's reading actions, answered by who the caller is."""
        return {**action.get_actions(), **lists.get_actions()}

    def get_blueprint(self) -> Any:
        """Return the routes of downloads and exports."""
        return [views.sharing]
