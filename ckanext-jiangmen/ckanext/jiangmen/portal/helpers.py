"""Template helpers of the open site."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.portal import bodies, districts

LATEST = 6
WORDS = 6

# What the names of libraries end in; tiles show it small, or not at all.
LIBRARY_ENDINGS = ("基础信息资源库", "主题信息资源库")


def facets() -> dict[str, str]:
    """Return the filters by the name of their search field."""
    return {
        "organization": tk._("Department"),
        "groups": tk._("Library"),
        "content_kind": tk._("Kind of content"),
        "region": tk._("Region"),
        "format_class": tk._("Format class"),
        "update_cycle": tk._("Update cycle"),
        "timeliness": tk._("Timeliness"),
        "res_format": tk._("File format"),
        "tags": tk._("Subject"),
        "license_id": tk._("Licence"),
    }


def jiangmen_navigation() -> list[dict[str, Any]]:
    """Return the links under the header: [{label, url, active, count}]."""
    links = (
        ("home.index", tk._("Home"), ("home.index",)),
        (
            "dataset.search",
            tk._("Open data"),
            ("dataset.", "dataset_resource."),
        ),
        ("organization.index", tk._("Departments"), ("organization.",)),
        ("group.index", tk._("Libraries"), ("group.",)),
        (
            "jiangmen_portal_editions.index",
            tk._("Editions"),
            ("jiangmen_portal_editions.",),
        ),
        (
            "jiangmen_dialogue.index",
            tk._("Dialogue"),
            ("jiangmen_dialogue.", "jiangmen_moderation."),
        ),
        (
            "jiangmen_portal.statistics",
            tk._("Statistics"),
            ("jiangmen_portal.statistics",),
        ),
        (
            "jiangmen_portal.guide",
            tk._("Help"),
            ("jiangmen_portal.guide", "home.about", "jiangmen_portal.policies"),
        ),
    )
    endpoint = tk.request.endpoint or ""
    return [
        {
            "label": label,
            "url": tk.url_for(route),
            "active": any(endpoint.startswith(start) for start in starts),
            "count": 0,
        }
        for route, label, starts in links
    ]


def jiangmen_home() -> dict[str, Any]:
    """Return what the home page shows.

    {figures, libraries, map, departments, latest, words}; one search and two lists,
    whatever the size of the catalogue.
    """
    context = Context(user=tk.current_user.name)
    found = tk.get_action("package_search")(
        context,
        {
            "rows": LATEST,
            "sort": "metadata_modified desc",
            "facet.field": json.dumps(["organization", "tags", districts.REGION]),
            "facet.limit": 200,
        },
    )
    counts = found.get("search_facets", {})
    return {
        "figures": tk.get_action("jiangmen_portal_figures")(context, {}),
        "latest": found["results"],
        "departments": _by_count(counts, "organization"),
        "libraries": bodies.listed("group"),
        "map": districts.shown(counts),
        "words": _by_count(counts, "tags")[:WORDS],
    }


def jiangmen_bodies(kind: str, q: str = "") -> list[dict[str, Any]]:
    """Return departments (organization) or libraries (group) by title."""
    return bodies.listed(kind, q)


def jiangmen_leads(library: dict[str, Any]) -> list[str]:
    """Return the names of the departments that lead a library."""
    return bodies.leads(library)


def jiangmen_body_figures(kind: str, name: str) -> dict[str, int]:
    """Return the figures of one department (organization) or library (group)."""
    return tk.get_action("jiangmen_portal_figures")(
        Context(user=tk.current_user.name), {kind: name}
    )


def _by_count(counts: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = counts.get(name, {}).get("items", [])
    return sorted(items, key=lambda item: (-item["count"], item["display_name"]))


def jiangmen_short_title(title: str) -> tuple[str, str]:
    """Return a library's name and the ending that all of its kind have.

    >>> jiangmen_short_title("地理空间基础信息资源库")
    ('地理空间', '基础信息资源库')
    """
    for ending in LIBRARY_ENDINGS:
        if title.endswith(ending):
            return title.removesuffix(ending), ending
    return title, ""


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        name: function
        for name, function in globals().items()
        if name.startswith("jiangmen_") and callable(function)
    }
