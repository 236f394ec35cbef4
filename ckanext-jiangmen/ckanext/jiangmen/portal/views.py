"""Pages of the open site that core has none for."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.tables.export import harmless

portal = Blueprint("jiangmen_portal", __name__)


def _statistics() -> dict[str, Any]:
    return tk.get_action("jiangmen_portal_statistics")(
        Context(user=tk.current_user.name), {}
    )


def _titles() -> dict[str, str]:
    """Return how the parts of the statistics are called, by the search's field."""
    return {
        "organization": tk._("Department"),
        "groups": tk._("Library"),
        "res_format": tk._("File format"),
        "update_cycle": tk._("Update cycle"),
        "content_kind": tk._("Kind of content"),
        "license_id": tk._("Licence"),
    }


@portal.route("/statistics")
def statistics() -> str:
    """Show numbers of published entries by department, library, format and time."""
    return tk.render(
        "jiangmen/portal/statistics.html",
        {"counted": _statistics(), "titles": _titles()},
    )


@portal.route("/statistics.csv")
def statistics_file() -> Response:
    """Send the statistics as CSV, with a byte order mark as spreadsheets want it."""
    counted, titles = _statistics(), _titles()
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([tk._("Counted by"), tk._("Value"), tk._("Entries")])
    for field, rows in counted["by"].items():
        for row in rows:
            lines.writerow([titles[field], harmless(row["title"]), row["count"]])
    for row in counted["months"]:
        lines.writerow([tk._("Month"), row["month"], row["new"]])
    answer = Response(
        f"\ufeff{text.getvalue()}", content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = "attachment; filename=statistics.csv"
    return answer


@portal.route("/help")
def guide() -> str:
    """Tell how to search, preview, download, program and ask for data."""
    return tk.render("jiangmen/portal/help.html")


@portal.route("/policies")
def policies() -> str:
    """Show the terms of open data, privacy, disclaimer and how to ask for data."""
    return tk.render("jiangmen/portal/policies.html")


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
