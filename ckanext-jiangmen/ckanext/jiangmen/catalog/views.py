"""Addresses of the catalogue: codes, and files of revisions for their reviewers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, send_file

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import accounts, clock, config
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.catalog.search import listing

catalog = Blueprint("jiangmen_catalog", __name__)


@catalog.route("/code/<path:code>")
def by_code(code: str) -> Any:
    """Lead a code to its entry; a former number of several, to a page of them."""
    context = accounts.acting_as(tk.current_user.name)
    try:
        found = tk.get_action("jiangmen_code_resolve")(context, {"code": code})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404, tk._("No entry has this code."))
    first, *others = found["entries"]
    if not others or first["resource_code"] == found["code"]:
        return tk.redirect_to("dataset.read", id=first["name"])
    return tk.render("jiangmen/codes.html", found)


@catalog.route("/catalogue/results.<any(csv, xlsx):fmt>")
def results(fmt: str) -> Response:
    """Send the whole list of a search's results, with the page's own parameters."""
    context = accounts.acting_as(tk.current_user.name)
    entries = listing.found(context, listing.asked(tk.request.args))
    name = f"catalogue-{clock.today():%Y%m%d}.{fmt}"
    if not config.is_open_site():
        ids = [entry["id"] for entry in entries]
        trail.note_file(context, "search_results", name=name, entries=ids)
    made = listing.as_csv(entries) if fmt == "csv" else listing.as_xlsx(entries)
    response = Response(made, content_type=listing.FORMATS[fmt])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@catalog.route("/revision/<id>/file/<resource_id>")
def revision_file(id: str, resource_id: str) -> Response:
    """Send a file of a revision to who may read the revision; 404 for others."""
    context = accounts.acting_as(tk.current_user.name)
    try:
        revision = tk.get_action("jiangmen_revision_show")(context, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404, tk._("There is no such file."))
    found = [r for r in revision["entry"]["resources"] if r["id"] == resource_id]
    if not found or not files.has(found[0].get("sha256") or ""):
        tk.abort(404, tk._("There is no such file."))
    resource = found[0]
    items = [str(item["name"]) for item in revision["entry"]["information_items"]]
    trail.note_read(
        context,
        "revision_file",
        entry_id=revision["package_id"],
        resource_id=resource_id,
        items=items,
        channel="download",
    )
    response = send_file(
        files.path(resource["sha256"]),
        mimetype=resource.get("mimetype") or "application/octet-stream",
    )
    name = resource.get("file_name") or resource["name"]
    plain = name.encode("ascii", "ignore").decode().strip(' ."\\') or "download"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
