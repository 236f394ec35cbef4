"""Actions on the quality of published entries."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.machines import published, quality

Context = Any
DataDict = dict[str, Any]


@tk.side_effect_free
def jiangmen_mqa_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return the score of a published entry by the method of data.europa.eu.

    ``ckanapi action jiangmen_mqa_show id=ENTRY -r https://open.example``

    :param id: id or name of the entry
    :returns: ``{"id", "name", "title", "score": 0–405, "of", "band", "band_title",
        "dimensions": [{"name", "title", "points", "of", "indicators": [{"name",
        "title", "points", "of", "figure", "raise", "lacking"}]}]}``; `figure` is what
        was found, `raise` what would earn the `lacking` points
    """
    tk.check_access("jiangmen_mqa_show", context, data_dict)
    entry = published.entry(str(tk.get_or_bust(data_dict, "id")))
    head = {key: entry[key] for key in ("id", "name", "title")}
    return head | quality.of_entry(entry)


@tk.side_effect_free
def jiangmen_mqa_statistics(context: Context, data_dict: DataDict) -> DataDict:
    """Return how good the published entries are, on average and by department.

    ``ckanapi action jiangmen_mqa_statistics -r https://open.example``

    :returns: ``{"as_of", "entries", "average", "bands": {band: entries},
        "departments": [{"name", "title", "entries", "average", "bands"}], "weakest":
        [{"name", "title", "lacking"}]}``; counted once a day; ``lacking`` are points
        that entries lack on average
    """
    tk.check_access("jiangmen_mqa_statistics", context, data_dict)
    found = quality.statistics()
    return {key: value for key, value in found.items() if key != "newest"}
