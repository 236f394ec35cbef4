"""`jiangmen`: what both sites and every capability share."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation

from ckanext.jiangmen import (
    accounts_cli,
    daily,
    guard,
    helpers,
    odd_calls,
    outages,
    unhandled,
    unmarked,
    valid_html,
    views,
)
from ckanext.jiangmen.login import keeping, passwords, signing_in
from ckanext.jiangmen.login import views as login_views
from ckanext.jiangmen.login.logic import action, auth, validators


@tk.blanket.config_declarations
class JiangmenPlugin(p.SingletonPlugin, DefaultTranslation):
    """Translations, base templates, signing in, the wall and `ckan jiangmen`."""

    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.ITranslation)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IAuthenticator, inherit=True)
    p.implements(p.IValidators)

    def update_config(self, config: Any) -> None:
        """Register the templates and assets that both sites share."""
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "jiangmen")
        tk.add_public_directory(config, "public")
        passwords.harden()
        daily.every_day(keeping.stop_idle)

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Put the wall and the CSRF guard before every request."""
        guarded = unhandled.install(outages.install(guard.install(app)))
        return valid_html.install(unmarked.install(odd_calls.install(guarded)))

    def get_blueprint(self) -> Any:
        """Return the addresses every site has."""
        return [views.jiangmen, login_views.login]

    def get_commands(self) -> Any:
        """Return the one group of commands; rooms add their verbs to it."""
        # The accounts' verbs are attached to the group where they are defined.
        accounts_cli.guard_sysadmins()
        return [accounts_cli.jiangmen]

    def i18n_locales(self) -> list[str]:
        """Return the locales of our catalogue; its parts lie beside them."""
        return ["zh_Hans_CN"]

    def get_helpers(self) -> dict[str, Any]:
        """Return the helpers that templates of every room use."""
        return helpers.get_helpers() | login_views.get_helpers()

    def get_actions(self) -> dict[str, Any]:
        """Return the actions of passwords and of keeping accounts."""
        return action.get_actions()

    def get_auth_functions(self) -> dict[str, Any]:
        """Return who may call them."""
        return auth.get_auth_functions()

    def get_validators(self) -> dict[str, Any]:
        """Return CKAN's validator of passwords, by our policy."""
        return validators.get_validators()

    def login(self) -> Any:
        """Carry out the login form: locks, policy, a session of its own."""
        return signing_in.login()

    def logout(self) -> Any:
        """End the session on the server."""
        return signing_in.logout()

    def authenticate(self, identity: Any) -> Any:
        """Count the passwords that CKAN's own pages ask for."""
        return signing_in.authenticate(dict(identity))
