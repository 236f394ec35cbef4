"""Settings of the whole product, each read through one typed function."""

from __future__ import annotations

from typing import Literal

import ckan.plugins.toolkit as tk

SITE = "ckanext.jiangmen.site"


def site() -> Literal["share", "open"]:
    """Return which of the two sites this process serves."""
    return "open" if tk.config[SITE] == "open" else "share"


def is_open_site() -> bool:
    """Return whether this process serves the public."""
    return site() == "open"
