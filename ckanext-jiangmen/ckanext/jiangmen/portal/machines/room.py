"""What this part of the portal adds to its plugin."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable
from typing import Any

import yaml

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.machines import (
    api_views,
    dcat_views,
    helpers,
    maps_views,
)

BLUEPRINTS = (dcat_views.dcat, maps_views.maps, api_views.api)


def declare(declaration: Any) -> None:
    """Declare what ckanext-dcat's serializer looks up; its plugin is not loaded."""
    source = importlib.resources.files("ckanext.dcat") / "config_declaration.yml"
    declaration.load_dict(yaml.safe_load(source.read_text("utf-8")))


def add_assets() -> None:
    """Register the script of the page of interfaces."""
    tk.add_resource("assets", "jiangmen_machines")


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers of the pages' heads."""
    return helpers.get_helpers()
