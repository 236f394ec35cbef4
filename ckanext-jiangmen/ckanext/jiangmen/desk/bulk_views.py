"""The page that changes fields of many entries: choose, look, change."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

bulk = Blueprint("jiangmen_bulk", __name__)


@bulk.route("/desk/entry/bulk")
def choose() -> str:
    """Show the department's entries and the fields to change."""
    return _page(dict.fromkeys(request.args.getlist("field"), ""), [])


@bulk.route("/desk/entry/bulk", methods=["POST"])
def change() -> Any:
    """Show what would change, or change it."""
    ids = request.form.getlist("id")
    changes = {name: request.form.get(name, "") for name in _named(request.form)}
    confirmed = bool(request.form.get("confirmed"))
    with pages_of_errors():
        try:
            if confirmed:
                note = request.form.get("note", "")
                found = call(
                    "jiangmen_bulk_update", ids=ids, changes=changes, note=note
                )
            else:
                found = call("jiangmen_bulk_preview", ids=ids, changes=changes)
        except tk.ValidationError as err:
            tell_errors(err)
            return _page(changes, ids)
    return tk.render(
        "jiangmen/desk/bulk_seen.html",
        {"found": found, "changes": changes, "confirmed": confirmed},
    )


def _named(form: Any) -> list[str]:
    return [name for name in form.getlist("field") if name]


def _page(changes: dict[str, str], ids: list[str]) -> str:
    with pages_of_errors():
        listed = call("jiangmen_bulk_entries")
    schema = tk.h.scheming_get_dataset_schema("dataset")
    fields = {one["field_name"]: one for one in schema["dataset_fields"]}
    permitted = tk.h.jiangmen_bulk_fields()
    # The form's licence field reads them from there, as in core's own view.
    tk.g.licenses = model.Package.get_license_options()
    return tk.render(
        "jiangmen/desk/bulk.html",
        {
            "entries": listed,
            "chosen": ids,
            "names": permitted,
            "fields": [fields[name] for name in permitted if name in changes],
            "data": changes,
        },
    )
