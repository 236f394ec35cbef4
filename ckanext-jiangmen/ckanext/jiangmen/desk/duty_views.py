"""Who owes what by which working day, as a page."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

duty = Blueprint("jiangmen_duty", __name__)

PAGE_ROWS = 50
FILTERS = ("state", "organization", "mine")


@duty.route("/desk/duties")
def index() -> Any:
    """List duties by state and department, the most urgent first."""
    page = tk.h.jiangmen_page_number()
    wanted = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    asked: dict[str, Any] = {**wanted, "mine": bool(wanted.get("mine"))}
    with pages_of_errors():
        try:
            found = call(
                "jiangmen_duty_list",
                **asked,
                limit=PAGE_ROWS,
                offset=(page - 1) * PAGE_ROWS,
            )
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_duty.index")
        bodies = call("organization_list", all_fields=True, limit=1000)
    return tk.render(
        "jiangmen/desk/duties.html",
        {
            **found,
            "wanted": wanted,
            "page": page,
            "pages": max(1, math.ceil(found["count"] / PAGE_ROWS)),
            "organizations": {each["id"]: each["display_name"] for each in bodies},
        },
    )
