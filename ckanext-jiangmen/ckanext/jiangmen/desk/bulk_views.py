"""The page that changes one field of many entries: choose, look, change."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

bulk = Blueprint("jiangmen_bulk", __name__)


@bulk.route("/desk/entry/bulk")
def choose() -> str:
    """Show the department's entries and the field to change."""
    return _page(request.args.get("field", ""))


@bulk.route("/desk/entry/bulk", methods=["POST"])
def change() -> Any:
    """Show what would change, or change it."""
    field = request.form.get("field", "")
    ids = request.form.getlist("id")
    value = request.form.get(field, "") if field else ""
    data: dict[str, Any] = {"ids": ids, "changes": {field: value} if field else {}}
    confirmed = bool(request.form.get("confirmed"))
    with pages_of_errors():
        try:
            if confirmed:
                note = request.form.get("note", "")
                found = call("jiangmen_bulk_update", **data, note=note)
            else:
                found = call("jiangmen_bulk_preview", **data)
        except tk.ValidationError as err:
            tell_errors(err)
            return _page(field, ids, value)
    return tk.render(
        "jiangmen/desk/bulk_seen.html",
        {"found": found, "field": field, "value": value, "confirmed": confirmed},
    )


def _page(field: str, ids: list[str] | None = None, value: str = "") -> str:
    with pages_of_errors():
        listed = call("jiangmen_bulk_entries")
    schema = tk.h.scheming_get_dataset_schema("dataset")
    fields = {one["field_name"]: one for one in schema["dataset_fields"]}
    # The form's licence field reads them from there, as in core's own view.
    tk.g.licenses = model.Package.get_license_options()
    return tk.render(
        "jiangmen/desk/bulk.html",
        {
            "entries": listed,
            "chosen": ids or [],
            "fields": [(name, fields[name]) for name in tk.h.jiangmen_bulk_fields()],
            "field": fields.get(field)
            if field in tk.h.jiangmen_bulk_fields()
            else None,
            "data": {field: value},
        },
    )
