"""Figures of the open site."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.portal import figures
from ckanext.jiangmen.portal.remembered import remembered
from ckanext.jiangmen.publication import withheld

Context = Any

STATISTICS = [
    "organization",
    "groups",
    "res_format",
    "update_cycle",
    "content_kind",
    "license_id",
]


@tk.side_effect_free
def jiangmen_portal_figures(
    context: Context, data_dict: dict[str, Any]
) -> dict[str, int]:
    """Return how much the open site holds, or one department or library on it.

    ``ckanapi action jiangmen_portal_figures -r https://open.example``

    :param organization: name or id of a department; optional
    :param group: name or id of a library; optional
    :returns: numbers of ``entries``, ``departments``, ``items``, ``files``,
        ``tables``, ``rows`` and of entries ``published_this_month``
    """
    tk.check_access("jiangmen_portal_figures", context, data_dict)
    chosen = {"organization": "", "library": ""}
    if data_dict.get("organization"):
        chosen["organization"] = _id("organization", data_dict["organization"])
    elif data_dict.get("group"):
        chosen["library"] = _id("group", data_dict["group"])
    name = f"figures:{chosen['organization']}:{chosen['library']}"
    return remembered(name, lambda: figures.counted(**chosen))


def _id(kind: str, name: Any) -> str:
    found = model.Group.get(str(name))
    if found is None or found.type != kind or found.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(tk._("There is no such department or library."))
    return found.id


@tk.side_effect_free
def jiangmen_portal_statistics(
    context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Return numbers of published entries by department, library, format and time.

    ``ckanapi action jiangmen_portal_statistics -r https://open.example``

    :returns: ``{"figures", "months": [{"month", "new", "total"}], "by": {FIELD:
        [{"name", "title", "count"}]}}``; ``figures`` as `jiangmen_portal_figures`
        answers, FIELD a field of the search, the largest number first
    """
    tk.check_access("jiangmen_portal_statistics", context, data_dict)
    found = tk.get_action("package_search")(
        context,
        {"rows": 0, "facet.field": json.dumps(STATISTICS), "facet.limit": 500},
    )
    return {
        "figures": tk.get_action("jiangmen_portal_figures")(context, {}),
        "months": remembered("months", figures.months),
        "by": {
            field: [
                {
                    "name": item["name"],
                    "title": item["display_name"],
                    "count": item["count"],
                }
                for item in sorted(
                    found["search_facets"][field]["items"],
                    key=lambda item: (-item["count"], item["name"]),
                )
            ]
            for field in STATISTICS
        },
    }


@tk.side_effect_free
def jiangmen_portal_withheld(
    context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Return how many entries the departments withhold, by department and ground.

    ``ckanapi action jiangmen_portal_withheld -r https://open.example``

    :returns: ``{"as_of", "total", "results": [{"department", "door", "ground",
        "entries"}]}``; ``as_of`` is None until the numbers have arrived once
    """
    tk.check_access("jiangmen_portal_withheld", context, data_dict)
    return withheld.latest() or {"as_of": None, "total": 0, "results": []}
