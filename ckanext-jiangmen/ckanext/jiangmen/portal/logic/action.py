"""Figures of the open site."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal import figures
from ckanext.jiangmen.portal.remembered import remembered
from ckanext.jiangmen.publication import withheld

Context = Any


@tk.side_effect_free
def jiangmen_portal_figures(
    context: Context, data_dict: dict[str, Any]
) -> dict[str, int]:
    """Return how much the open site holds.

    ``ckanapi action jiangmen_portal_figures -r https://open.example``

    :returns: numbers of ``entries``, ``departments``, ``items``, ``files``,
        ``tables``, ``rows`` and of entries ``published_this_month``
    """
    tk.check_access("jiangmen_portal_figures", context, data_dict)
    return remembered("figures", figures.platform)


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
