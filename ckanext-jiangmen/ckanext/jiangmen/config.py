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


def supervisor_socket() -> str:
    """Return the control socket of this instance's supervisor, "" without one."""
    return str(tk.config["ckanext.jiangmen.supervisor_socket"])


def token_default_days() -> int:
    """Return how many days a new token is valid where nobody says otherwise."""
    return tk.config["ckanext.jiangmen.tokens.default_days"]


def token_longest_days() -> int:
    """Return how many days a new token may be valid at most."""
    return tk.config["ckanext.jiangmen.tokens.longest_days"]


def limits_enabled() -> bool:
    """Return whether requests are counted and limited."""
    return tk.config["ckanext.jiangmen.rate_limit.enabled"]


def limit_window_s() -> int:
    """Return the seconds that the limits are for."""
    return tk.config["ckanext.jiangmen.rate_limit.window_s"]


def limit_requests(
    of: Literal["token", "account", "address", "login"],
) -> int:
    """Return how many requests per window are let through; 0 is no limit."""
    return tk.config[f"ckanext.jiangmen.rate_limit.{of}_requests"]
