"""The summary table 汇总表: counted, as a workbook, and a typed one held against it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.summary import DIMENSIONS
from ckanext.jiangmen.desk import workbooks
from ckanext.jiangmen.desk.calls import call, pages_of_errors

summary = Blueprint("jiangmen_summary", __name__)


@summary.route("/desk/summary")
def index() -> str:
    """Show the table of the account's departments."""
    return _page()


@summary.route("/desk/summary.xlsx")
def export() -> Response:
    """Send the table as a workbook."""
    with pages_of_errors():
        found = call("jiangmen_summary_export", **_asked())
    return workbooks.answer(found)


@summary.route("/desk/summary/compare", methods=["POST"])
def compare() -> Any:
    """Show where a typed table differs from the count."""
    looked = workbooks.looked_at("jiangmen_summary_compare")
    if looked is None:
        return tk.redirect_to("jiangmen_summary.index")
    upload, found = looked
    return _page(name=upload.filename, differences=found["differences"])


def _asked() -> dict[str, str]:
    wanted = request.args.get("organization")
    return {"organization": wanted} if wanted else {}


def _page(**more: Any) -> str:
    with pages_of_errors():
        found = call("jiangmen_summary_show", **_asked())
    shown = [each for each in found["departments"] if each["entries"]]
    return tk.render(
        "jiangmen/desk/summary.html",
        {
            "found": found,
            "shown": shown,
            "values": [(name, lists.values(name)) for name in DIMENSIONS],
            "labels": {name: lists.label(name) for name in DIMENSIONS},
            "organization": request.args.get("organization", ""),
            "differences": None,
            **more,
        },
    )
