"""What the pages of searches tell and offer; no result page is a dead end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog.search import asking

# Where the open site takes requests for data, if it does.
REQUESTS = "/dialogue/new"


def jiangmen_search_told() -> dict[str, str]:
    """Return how this page's search was answered: {how, instead}; empty if as asked."""
    return getattr(tk.g, asking.TOLD, {})


def jiangmen_search_parts(query: str) -> list[str]:
    """Return the words of a query that can be searched for alone."""
    found = asking.parts(query)
    return found if len(found) > 1 else []


def jiangmen_request_url(query: str) -> str:
    """Return the address where anyone may ask for data; empty where there is none."""
    rules = (rule.rule for rule in current_app.url_map.iter_rules())
    if not any(rule.rstrip("/") == REQUESTS for rule in rules):
        return ""
    return tk.url_for(REQUESTS, kind="request", q=query)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        function.__name__: function
        for function in (
            jiangmen_search_told,
            jiangmen_search_parts,
            jiangmen_request_url,
        )
    }
