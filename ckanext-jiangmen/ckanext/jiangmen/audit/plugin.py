"""`jiangmen_audit`: 全程留痕 of both sites."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib import signals

from ckanext.jiangmen.audit import (
    changes,
    cli,  # noqa: F401 - registers its verbs
    refusals,
)


@tk.blanket.config_declarations
class AuditPlugin(p.SingletonPlugin):
    """Notes refusals and logins, tells the database who changes it."""

    p.implements(p.IConfigurer)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ISignal)

    def update_config(self, config: Any) -> None:
        """Begin to tell the database's triggers who acts."""
        changes.listen()

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
