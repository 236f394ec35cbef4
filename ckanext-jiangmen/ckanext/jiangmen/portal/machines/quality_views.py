"""The page of the entries' quality."""

from __future__ import annotations

from flask import Blueprint

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import acting_as
from ckanext.jiangmen.catalog.quality import mqa

quality = Blueprint("jiangmen_machine_quality", __name__)


@quality.route("/quality")
def overview() -> str:
    """Show average and distribution, for all and by department."""
    context = acting_as(tk.current_user.name)
    told = tk.get_action("jiangmen_mqa_statistics")(context, {})
    shown = {"told": told, "bands": mqa.settings()["bands"], "of": mqa.most()}
    return tk.render("jiangmen/machines/quality.html", shown)
