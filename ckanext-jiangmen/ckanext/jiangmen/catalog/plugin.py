"""`jiangmen_catalog`: entries, revisions, codes, survey workbooks, files."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig
from ckan.types import Action, CKANApp, Context

from ckanext.jiangmen import daily
from ckanext.jiangmen.catalog import cli as cli  # noqa: PLC0414 - adds its verbs
from ckanext.jiangmen.catalog import demo_cli as demo_cli  # noqa: PLC0414
from ckanext.jiangmen.catalog import (
    helpers,
    index,
    jobs,
    legal_register,
    lists,
    logic,
    openness,
    uploads,
    views,
    web,
)
from ckanext.jiangmen.catalog import organizations_cli as organizations_cli  # noqa: PLC0414
from ckanext.jiangmen.catalog.editions import compiling
from ckanext.jiangmen.catalog.logic import auth, edition_auth, editor_auth, validators
from ckanext.jiangmen.catalog.search import timeliness
from ckanext.jiangmen.duties import book


@tk.blanket.config_declarations
class CatalogPlugin(p.SingletonPlugin):
    """The catalogue's actions, forms and place in the search index."""

    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IValidators)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IBlueprint)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IUploader, inherit=True)
    p.implements(p.IPackageController, inherit=True)

    def update_config(self, config: CKANConfig) -> None:
        """Register the forms of entries and their assets."""
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "jiangmen_catalog")
        if not config.get("licenses_group_url"):
            config["licenses_group_url"] = lists.licences_url()

        daily.every_day(timeliness.refresh)
        if config.get("ckanext.jiangmen.site") != "open":
            legal_register.listen()
            jobs.at_every_turn(book.remind)
            jobs.on_kind(compiling.KIND, compiling.run)

    def make_middleware(self, app: CKANApp, config: CKANConfig) -> CKANApp:
        """Mark requests from outside, so that the command line is told apart."""
        app.before_request(web.mark_request)
        return app

    def get_actions(self) -> dict[str, Action]:
        """Return the room's actions and core's writing ones, chained."""
        return logic.actions()

    def get_auth_functions(self) -> dict[str, Any]:
        """Return who may call them."""
        return {
            name: function
            for module in (auth, edition_auth, editor_auth)
            for name, function in vars(module).items()
            if name.startswith(("jiangmen_", "package_", "resource_"))
        }

    def get_validators(self) -> dict[str, Any]:
        """Return the validators that the schemas name."""
        return validators.get_validators()

    def get_helpers(self) -> dict[str, Any]:
        """Return the helpers of the catalogue's templates."""
        return helpers.get_helpers()

    def get_blueprint(self) -> Any:
        """Return the addresses of files of revisions."""
        return [views.catalog]

    def get_resource_uploader(self, resource: dict[str, Any]) -> Any:
        """Return the store's uploader for every resource."""
        return uploads.BlobUpload(resource)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Give the index names of items and departments instead of whole items."""
        return index.document(pkg_dict)

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        """Search Chinese, and close what tells of hidden entries."""
        return index.search_params(search_params)

    def after_dataset_show(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        """Show `version` as the number that it is, and the category of today."""
        if not context.get("jiangmen_whole") and "category_badge" in pkg_dict:
            # Stored as declared; shown as grounds, terms and decisions have it today.
            pkg_dict |= openness.derived_fields(openness.category_badge(pkg_dict))
        if str(pkg_dict.get("version") or "").isdigit():
            pkg_dict["version"] = int(pkg_dict["version"])
