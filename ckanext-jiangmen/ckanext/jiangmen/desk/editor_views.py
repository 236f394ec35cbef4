"""What the form of an entry asks while it is filled in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, jsonify, request

import ckan.plugins.toolkit as tk
from ckan import logic
from ckan.lib.navl import dictization_functions as dict_fns

from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

editor = Blueprint("jiangmen_editor", __name__)

# Not typed: they stay when a kept form comes back.
LASTING = ("id", "name", "resource_code", "resources", "publish_date")

# What a form sends that is no field of an entry.
BESIDE = ("_ckan_phase", "save", "pkg_name", "unsaved_form", "keep", "with_table")


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
    """Answer what is wrong with the form as it stands now, and keep it."""
    data = sent()
    if request.form.get("pkg_name"):
        data["id"] = request.form["pkg_name"]
    with pages_of_errors():
        answer = call("jiangmen_entry_check", **data)
        if request.form.get("keep"):
            form = request.form.get("unsaved_form", "")
            kept = call("jiangmen_unsaved_keep", **data, form=form)["kept"]
            answer["kept"] = _kept_sentence(kept)
    return jsonify(answer)


def _kept_sentence(kept: str | None) -> str:
    if kept is None:
        return tk._("A classified entry is not kept, not even for a moment.")
    return tk._("What you typed was kept at {time}; it is not a draft yet.").format(
        time=kept[11:16]
    )


@editor.route("/desk/entry/unsaved/<form>/discard", methods=["POST"])
def discard(form: str) -> Any:
    """Throw away what was typed and not saved; show the form without it."""
    with pages_of_errors():
        is_new = call("jiangmen_unsaved_show", form=form)["is_new"]
        call("jiangmen_unsaved_discard", form=form)
    tk.h.flash_success(tk._("What was not saved is thrown away."))
    if is_new:
        return tk.redirect_to("jiangmen_entry.new")
    return tk.redirect_to("jiangmen_entry.edit", id=form)


def restored(data: dict[str, Any], form: str = "") -> dict[str, Any]:
    """Return the form's data with what the account typed and did not save.

    `data["unsaved"]` says what was restored. Without an id, `form` names a new one;
    "" stands for the newest of those.
    """
    found = call("jiangmen_unsaved_list")
    if data.get("id"):
        found = [one for one in found if one["form"] == data["id"]]
    else:
        found = [one for one in found if one["is_new"] and form in ("", one["form"])]
    if not found:
        return data | {"unsaved_form": data.get("id") or form or new_form()}
    kept = call("jiangmen_unsaved_show", form=found[0]["form"])
    lasting = {key: data[key] for key in LASTING if data.get(key)}
    return kept["entry"] | lasting | {"unsaved_form": kept["form"], "unsaved": kept}


def new_form() -> str:
    """Return an id for the form of an entry that is not there yet."""
    return str(uuid.uuid4())


def saved(revision_id: str) -> None:
    """Forget what was kept of the saved form; its table is attached if wished."""
    form = request.form.get("unsaved_form", "")
    try:
        if request.form.get("with_table"):
            call("jiangmen_unsaved_attach", form=form, id=revision_id)
        call("jiangmen_unsaved_discard", form=form)
    except tk.ObjectNotFound:
        return
    except tk.ValidationError as err:
        # The draft is saved; its page takes the table once it is put right.
        tell_errors(err)


def table_of(form: str) -> str:
    """Return the name of the table that a form was made from, "" without one."""
    found = call("jiangmen_unsaved_list") if form else []
    return next((one["table"] for one in found if one["form"] == form), "")


@editor.route("/desk/entry/from-table", methods=["POST"])
def from_table() -> Any:
    """Begin an entry with the items that an uploaded table shows."""
    with pages_of_errors():
        try:
            upload = request.files.get("upload")
            begun = call("jiangmen_entry_from_table", upload=upload)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_entry.new")
    tk.h.flash_success(
        tk._("{count} items are proposed from the table; please check them.").format(
            count=len(begun["entry"]["information_items"])
        )
    )
    return tk.redirect_to("jiangmen_entry.new", form=begun["form"])


@editor.route("/desk/entry/copy/<id>", methods=["POST"])
def copy(id: str) -> Any:
    """Begin an entry with what another one says."""
    with pages_of_errors():
        begun = call("jiangmen_entry_copy", id=id)
    return tk.redirect_to("jiangmen_entry.new", form=begun["form"])
