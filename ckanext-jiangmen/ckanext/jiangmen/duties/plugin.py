"""`jiangmen_duties`: who owes what by which working day."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins as p

from ckanext.jiangmen import clock, health
from ckanext.jiangmen.duties import working_days
from ckanext.jiangmen.duties.logic import action, auth

log = logging.getLogger(__name__)


class DutiesPlugin(p.SingletonPlugin):
    """The list of duties; rooms above write them through `book`."""

    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)

    def update_config(self, config: Any) -> None:
        """Say at the start, and in /health, which years are not announced yet."""
        health.NOTES["calendar"] = lambda: working_days.warning(clock.today())
        if sentence := working_days.warning(clock.today()):
            log.warning(sentence)

    def get_actions(self) -> dict[str, Any]:
        """Return the list of duties."""
        return {"jiangmen_duty_list": action.jiangmen_duty_list}

    def get_auth_functions(self) -> dict[str, Any]:
        """Return who may call it."""
        return {"jiangmen_duty_list": auth.jiangmen_duty_list}
