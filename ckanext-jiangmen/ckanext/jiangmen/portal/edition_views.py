"""Editions of the catalogue, as the public reads them: stable addresses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, make_response, send_file

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.render import FORMATS
from ckanext.jiangmen.catalog.editions.shown import file_name
from ckanext.jiangmen.publication import editions as withdrawals

editions = Blueprint("jiangmen_portal_editions", __name__)

MOST_CHANGES = 500


def _call(action: str, **data: Any) -> Any:
    return tk.get_action(action)(Context(user=tk.current_user.name), data)


@editions.route("/editions")
def index() -> str:
    """List every edition that was ever published."""
    found = _call("jiangmen_portal_edition_list")
    return tk.render("jiangmen/portal/editions.html", {"editions": found})


@editions.route("/editions/<id>")
def read(id: str) -> str:
    """Show one edition with its files and what it changed."""
    shown = _show(id)
    changes = shown["difference"][:MOST_CHANGES]
    return tk.render(
        "jiangmen/portal/edition.html", {"shown": shown, "changes": changes}
    )


@editions.route("/editions/<id>/catalogue.<format>")
def file(id: str, format: str) -> Response:
    """Send one file of an edition."""
    shown = _show(id)
    found = [f for f in shown["files"] if f["format"] == format]
    if not found:
        tk.abort(404, tk._("There is no such file."))
    answer = send_file(
        files.existing(found[0]["sha256"]), mimetype=FORMATS[format].mimetype
    )
    name = file_name(shown["organization"], shown["number"], shape.PUBLIC, format)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"catalogue.{format}\"; filename*=UTF-8''{quote(name)}"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _show(id: str) -> dict[str, Any]:
    try:
        return _call("jiangmen_portal_edition_show", id=id)
    except tk.ObjectNotFound as err:
        gone = withdrawals.withdrawal(id)
        if gone is not None:
            abort(_gone_page(gone))
        tk.abort(404, str(err.message or ""))


def _gone_page(gone: dict[str, Any]) -> Response:
    """Return the page of an edition that was taken back."""
    title = shape.title_of(gone["organization"])
    page = tk.render(
        "jiangmen/portal/edition_gone.html", {"gone": gone, "title": title}
    )
    answer = make_response(page, HTTPStatus.GONE)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
