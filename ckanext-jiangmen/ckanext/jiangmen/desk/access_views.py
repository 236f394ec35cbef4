"""Who may read what of an entry, and why: grants, purposes, the explanation."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors
from ckanext.jiangmen.sharing.grants import GRANTABLE

access = Blueprint("jiangmen_access", __name__)

PAGE_ROWS = 50


@access.route("/desk/grants")
def grants() -> str:
    """List the grants that the account's department gave and holds."""
    page = tk.h.jiangmen_page_number()
    state = request.args.get("state", "active")
    with pages_of_errors():
        found = call(
            "jiangmen_grant_list",
            state=state if state != "all" else "",
            offset=(page - 1) * PAGE_ROWS,
            limit=PAGE_ROWS + 1,
        )
    return tk.render(
        "jiangmen/desk/grants.html",
        {
            "found": _named(found[:PAGE_ROWS]),
            "more": len(found) > PAGE_ROWS,
            "page": page,
            "state": state,
        },
    )


@access.route("/dataset/<id>/access")
def of_entry(id: str) -> str:
    """Say item by item who reads an entry; give and end grants; declare a purpose."""
    return _page(id, {}, {})


def _page(id: str, data: dict[str, Any], errors: dict[str, Any]) -> str:
    asked = request.args.get("account", "").strip()
    with pages_of_errors():
        entry = call("package_show", id=id)
        mine = _explained(entry["id"], "")
        other = _explained(entry["id"], asked) if asked else None
        found = call("jiangmen_grant_list", id=entry["id"])
    keeper = mine["standing"] in {"owner", "coordinator"}
    return tk.render(
        "jiangmen/desk/access.html",
        {
            "pkg_dict": entry,
            "mine": mine,
            "other": other,
            "asked": asked,
            "keeper": keeper,
            "found": _named(found),
            "channels": [str(channel) for channel in GRANTABLE],
            "owes_purpose": any(
                item["reason"] == "purpose_missing" for item in mine["items"]
            ),
            "organizations": _departments(entry["owner_org"]) if keeper else [],
            "data": data,
            "errors": errors,
        },
    )


def _explained(entry_id: str, account: str) -> dict[str, Any]:
    """Return the explanation, with the channels by which each item is read."""
    answers = {
        str(channel): call(
            "jiangmen_access_explain",
            id=entry_id,
            channel=str(channel),
            **({"account": account} if account else {}),
        )
        for channel in GRANTABLE
    }
    told = next(iter(answers.values()))
    for place, item in enumerate(told["items"]):
        by = [n for n, a in answers.items() if a["items"][place]["readable"]]
        # Where another channel reads it, its words say why.
        item.update(answers[by[0]]["items"][place] if by else {}, channels=by)
    return told


def _departments(owner: str) -> list[dict[str, str]]:
    rows = (
        model.Session.query(model.Group.id, model.Group.title)
        .filter_by(is_organization=True, state=model.State.ACTIVE)
        .filter(model.Group.id != owner)
        .order_by(model.Group.title)
    )
    return [{"id": row.id, "title": row.title} for row in rows]


def _named(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return grants with the titles of their two departments."""
    ids = {g["owner"] for g in found} | {g["organization"] for g in found}
    rows = model.Session.query(model.Group.id, model.Group.title).filter(
        model.Group.id.in_(ids)
    )
    titles = {row.id: row.title for row in rows}
    for grant in found:
        grant["owner_title"] = titles.get(grant["owner"], "")
        grant["organization_title"] = titles.get(grant["organization"], "")
        grant["rows_text"] = (
            json.dumps(grant["rows"], ensure_ascii=False) if grant["rows"] else ""
        )
    return found


@access.route("/dataset/<id>/grant", methods=["POST"])
def give(id: str) -> Any:
    """Give a grant by the form of the entry's page."""
    form = request.form
    data = {
        "organization": form.get("organization", ""),
        "items": form.getlist("items"),
        "channels": form.getlist("channels"),
        "purpose": form.get("purpose", ""),
        "valid_until": form.get("valid_until", ""),
        "rows": form.get("rows", "").strip() or None,
    }
    with pages_of_errors():
        try:
            call("jiangmen_grant_create", id=id, **data)
        except tk.ValidationError as err:
            tell_errors(err)
            return _page(id, data, err.error_dict)
    tk.h.flash_success(tk._("The grant is in force."))
    return tk.redirect_to("jiangmen_access.of_entry", id=id)


@access.route("/desk/grants/<grant>/revoke", methods=["POST"])
def revoke(grant: str) -> Any:
    """End a grant at once."""
    with pages_of_errors():
        try:
            ended = call(
                "jiangmen_grant_revoke", id=grant, reason=request.form.get("reason")
            )
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_access.grants")
    tk.h.flash_success(tk._("The grant is ended on every channel."))
    return tk.redirect_to("jiangmen_access.of_entry", id=ended["entry"])


@access.route("/dataset/<id>/purpose", methods=["POST"])
def declare(id: str) -> Any:
    """Declare what the account reads the entry's base library for today."""
    with pages_of_errors():
        try:
            call("jiangmen_purpose_declare", id=id, purpose=request.form.get("purpose"))
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_access.of_entry", id=id)
    tk.h.flash_success(tk._("The purpose is noted for today."))
    return tk.redirect_to("dataset.read", id=id)
