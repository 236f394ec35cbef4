"""What the form of an entry asks while it is filled in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request

import ckan.plugins.toolkit as tk
from ckan import logic
from ckan.lib.navl import dictization_functions as dict_fns

from ckanext.jiangmen.desk.calls import call, pages_of_errors

editor = Blueprint("jiangmen_editor", __name__)

# What a form sends that is no field of an entry.
BESIDE = ("_ckan_phase", "save", "pkg_name")


def sent() -> dict[str, Any]:
    """Return the entry that the form of this request holds."""
    data = logic.clean_dict(
        dict_fns.unflatten(logic.tuplize_dict(logic.parse_params(request.form)))
    )
    for name in (*BESIDE, tk.config["WTF_CSRF_FIELD_NAME"]):
        data.pop(name, None)
    return data


@editor.route("/desk/entry/live", methods=["POST"])
def live() -> Any:
    """Answer what is wrong with the form as it stands now."""
    data = sent()
    if request.form.get("pkg_name"):
        data["id"] = request.form["pkg_name"]
    with pages_of_errors():
        return jsonify(call("jiangmen_entry_check", **data))
