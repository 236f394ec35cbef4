"""The city's districts as the home page draws them, with their numbers of entries."""

from __future__ import annotations

import functools
import importlib.resources
import json
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import lists

REGION = "region"


@functools.cache
def drawing() -> dict[str, Any]:
    """Return the outlines: {width, height, districts: [{code, path, label}]}."""
    source = importlib.resources.files("ckanext.jiangmen.portal") / "city_map.json"
    return json.loads(source.read_text("utf-8"))


def shown(counts: dict[str, Any]) -> dict[str, Any]:
    """Return the drawing with names, numbers and addresses.

    :param counts: the search's `search_facets`
    """
    items = counts.get(REGION, {}).get("items", [])
    numbers = {item["name"]: item["count"] for item in items}
    names = lists.regions()
    return drawing() | {
        "districts": [
            {
                **district,
                "name": (name := names[district["code"]]),
                "count": numbers.get(name, 0),
                "url": tk.url_for("dataset.search", **{REGION: name}),
            }
            for district in drawing()["districts"]
        ]
    }
