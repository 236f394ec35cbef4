"""Pages of the open site that core has none for."""

from __future__ import annotations

from flask import Blueprint

import ckan.plugins.toolkit as tk
from ckan.types import Context

portal = Blueprint("jiangmen_portal", __name__)


@portal.route("/withheld")
def withheld() -> str:
    """Show how many entries are withheld, by ground and department."""
    told = tk.get_action("jiangmen_portal_withheld")(
        Context(user=tk.current_user.name), {}
    )
    by_ground: dict[str, int] = {}
    for row in told["results"]:
        by_ground[row["ground"]] = by_ground.get(row["ground"], 0) + row["entries"]
    return tk.render(
        "jiangmen/portal/withheld.html", {"told": told, "by_ground": by_ground}
    )
