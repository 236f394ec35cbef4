"""OpenAPI documents, and the page where their calls are tried."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.machines import (
    addresses,
    openapi,
    openapi_table,
    published,
    serving,
)

api = Blueprint("jiangmen_machine_api", __name__)

Row = dict[str, Any]
JSON = "application/json"
# Actions that are asked about one entry, as `package_show` is.
SHOW_ENTRY = (
    "jiangmen_entry_related",
    "jiangmen_mqa_show",
    "jiangmen_portal_version_list",
)


@api.route("/openapi.json")
def document() -> Response:
    """Send the OpenAPI document of the action API."""
    said = _text(openapi.document())
    return serving.kept(serving.tag("openapi", said), "", JSON, lambda: said)


@api.route("/dataset/<id>/resource/<resource_id>/openapi.json")
def table_document(id: str, resource_id: str) -> Response:
    """Send the OpenAPI document of one table."""
    entry, resource = _table(id, resource_id)
    said = _text(openapi_table.document(entry, resource))
    changed = entry["metadata_modified"]
    return serving.kept(serving.tag("table", said), changed, JSON, lambda: said)


@api.route("/developers")
def developers() -> str:
    """Show every call with a form that sends it; `?table=` fills the table's forms."""
    entry: Row = {}
    resource: Row = {}
    wanted = request.args.get("table", "")
    if wanted:
        entry, resource = _table_by_id(wanted)
    return tk.render(
        "jiangmen/machines/developers.html",
        {
            "groups": openapi.groups(),
            "entry": entry,
            "resource": resource,
            "filled": _filled(entry, resource),
            "root": addresses.site(),
        },
    )


def _filled(entry: Row, resource: Row) -> dict[str, dict[str, str]]:
    """Return what the forms are filled with beyond their examples, by action."""
    if not entry:
        found = published.outlines(0, 1)["results"]
        if not found:
            return {}
        entry = found[0]
    shown = {"package_show": {"id": entry["name"]}}
    for name in SHOW_ENTRY:
        shown[name] = shown["package_show"]
    shown["jiangmen_code_resolve"] = {"code": entry.get("resource_code") or ""}
    if resource:
        shown["resource_show"] = shown["datastore_info"] = {"id": resource["id"]}
        shown["datastore_search"] = {"resource_id": resource["id"]}
    return shown


def _table_by_id(resource_id: str) -> tuple[Row, Row]:
    try:
        file = published.call("resource_show", id=resource_id)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        tk.abort(404, tk._("There is no such table or file."))
    return _table(file["package_id"], resource_id)


def _table(id: str, resource_id: str) -> tuple[Row, Row]:
    try:
        return openapi_table.table_of(id, resource_id)
    except tk.ObjectNotFound:
        tk.abort(404, tk._("There is no such table or file."))


def _text(document: Row) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, default=str)
