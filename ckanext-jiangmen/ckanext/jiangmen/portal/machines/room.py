"""What this part of the portal adds to its plugin."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable
from typing import Any

import yaml

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import daily
from ckanext.jiangmen.portal.logic import mqa_action
from ckanext.jiangmen.portal.machines import (
    api_views,
    dcat_views,
    helpers,
    maps_views,
    quality,
    quality_views,
)

BLUEPRINTS = (
    dcat_views.dcat,
    maps_views.maps,
    api_views.api,
    quality_views.quality,
)
ACTIONS = ("jiangmen_mqa_show", "jiangmen_mqa_statistics")


def declare(declaration: Any) -> None:
    """Declare what ckanext-dcat's serializer looks up; its plugin is not loaded."""
    source = importlib.resources.files("ckanext.dcat") / "config_declaration.yml"
    declaration.load_dict(yaml.safe_load(source.read_text("utf-8")))


def begin() -> None:
    """Register the script of the page of interfaces, and the count of quality."""
    tk.add_resource("assets", "jiangmen_machines")
    daily.every_day(quality.count_daily)


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    return {name: getattr(mqa_action, name) for name in ACTIONS}


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call them: everybody."""
    return dict.fromkeys(ACTIONS, everybody)


@tk.auth_allow_anonymous_access
def everybody(context: Any, data_dict: dict[str, Any]) -> dict[str, bool]:
    """Allow everybody: the figures are of what everybody may read."""
    return {"success": True}


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers of the pages' heads."""
    return helpers.get_helpers()
