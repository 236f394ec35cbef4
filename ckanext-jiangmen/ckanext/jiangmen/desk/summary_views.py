"""The summary table 汇总表: counted, as a workbook, and a typed one held against it."""

from __future__ import annotations

import base64
from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.summary import DIMENSIONS
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors
from ckanext.jiangmen.desk.survey_views import workbook_answer

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
    return workbook_answer(
        base64.b64decode(found["content_base64"]), found["file_name"]
    )


@summary.route("/desk/summary/compare", methods=["POST"])
def compare() -> Any:
    """Show where a typed table differs from the count."""
    upload = request.files.get("upload")
    if upload is None or not upload.filename:
        tk.h.flash_error(tk._("Please choose a workbook first."))
        return tk.redirect_to("jiangmen_summary.index")
    with pages_of_errors():
        try:
            found = call("jiangmen_summary_compare", upload=upload)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_summary.index")
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
