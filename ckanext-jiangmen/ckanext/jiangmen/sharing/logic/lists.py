"""Core's word lists, counted over what the caller finds and nothing else.

Core reads tags and formats from its tables, whoever asks: here they are facets of a
search with the caller's labels.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.accounts import acting_as
from ckanext.jiangmen.parameters import number

DataDict = dict[str, Any]


def _values(context: Context, field: str) -> dict[str, int]:
    """Return the values of a search field with their numbers of visible entries."""
    found = tk.get_action("package_search")(
        acting_as(context.get("user", ""), auth_user_obj=context.get("auth_user_obj")),
        {"q": "*:*", "rows": 0, "facet.field": [field], "facet.limit": 5000},
    )
    items = found["search_facets"].get(field, {}).get("items", [])
    return {item["name"]: item["count"] for item in items}


def _matching(values: dict[str, int], query: str, limit: int) -> list[str]:
    wanted = query.casefold().strip()
    hits = [name for name in values if wanted in name.casefold()]
    return sorted(hits, key=lambda name: (-values[name], name))[:limit]


def _query(data_dict: DataDict) -> str:
    query = data_dict.get("q") or data_dict.get("query") or ""
    return str(query[0] if isinstance(query, list) else query)[:100]


@tk.side_effect_free
@tk.chained_action
def tag_list(next_action: Any, context: Context, data_dict: DataDict) -> list[str]:
    """Return the tags of entries that the caller finds."""
    tk.check_access("tag_list", context, data_dict)
    return sorted(_matching(_values(context, "tags"), _query(data_dict), 1000))


@tk.side_effect_free
@tk.chained_action
def tag_search(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Return tags of visible entries that contain the query."""
    tk.check_access("tag_search", context, data_dict)
    limit = number(data_dict, "limit", 20)
    names = _matching(_values(context, "tags"), _query(data_dict), limit)
    return {"count": len(names), "results": [{"name": name} for name in names]}


@tk.side_effect_free
@tk.chained_action
def tag_autocomplete(
    next_action: Any, context: Context, data_dict: DataDict
) -> list[str]:
    """Return names of tags of visible entries that contain the query."""
    tk.check_access("tag_autocomplete", context, data_dict)
    limit = number(data_dict, "limit", 10)
    return _matching(_values(context, "tags"), _query(data_dict), limit)


@tk.side_effect_free
@tk.chained_action
def tag_show(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Return a tag of visible entries, never the entries themselves."""
    tk.check_access("tag_show", context, data_dict)
    name = str(tk.get_or_bust(data_dict, "id"))
    if name not in _values(context, "tags"):
        raise tk.ObjectNotFound(tk._("There is no such tag."))
    return {"name": name, "display_name": name}


@tk.side_effect_free
@tk.chained_action
def format_autocomplete(
    next_action: Any, context: Context, data_dict: DataDict
) -> list[str]:
    """Return formats of the files of visible entries that contain the query."""
    tk.check_access("format_autocomplete", context, data_dict)
    found = _values(context, "res_format")
    names = _matching(found, _query(data_dict), number(data_dict, "limit", 5))
    return [name.lower() for name in names]


@tk.side_effect_free
@tk.chained_action
def status_show(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Return what clients need to know of a site, without versions and addresses."""
    status = next_action(context, data_dict)
    keep = ("site_title", "site_description", "site_url", "locale_default")
    return {key: status[key] for key in keep if key in status}


def get_actions() -> dict[str, Any]:
    """Return the actions of this module by name."""
    chained = (
        tag_list,
        tag_search,
        tag_autocomplete,
        tag_show,
        format_autocomplete,
        status_show,
    )
    return {action.__name__: action for action in chained}
