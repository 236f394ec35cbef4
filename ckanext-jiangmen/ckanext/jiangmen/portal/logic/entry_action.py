"""What the open site tells of one entry beyond its metadata."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.publication import history


@tk.side_effect_free
def jiangmen_portal_version_list(
    context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Return the published versions of an entry, the newest first.

    ``ckanapi action jiangmen_portal_version_list id=ENTRY -r https://open.example``

    :param id: id or name of the entry
    :returns: ``{"id", "results": [{"version", "published"}]}``; ``published`` is when
        the version came to this site, in ISO form with its zone
    """
    tk.check_access("jiangmen_portal_version_list", context, data_dict)
    entry = tk.get_action("package_show")(context, {"id": data_dict.get("id")})
    return {"id": entry["id"], "results": history.versions(entry["id"])}
