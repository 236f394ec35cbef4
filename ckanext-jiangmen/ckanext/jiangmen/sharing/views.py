"""Downloads: the stored file to those who may read it whole, else an export."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request, send_file

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.sharing import decision
from ckanext.jiangmen.sharing.decision import READS_PLAIN
from ckanext.jiangmen.sharing.logic import action
from ckanext.jiangmen.tables import export, registry

sharing = Blueprint("jiangmen_sharing", __name__)

DOWNLOADS = frozenset({"resource.download", "dataset_resource.download"})

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


@sharing.before_app_request
def stand_before_downloads() -> Any:
    """Answer core's download addresses ourselves: they know no projection."""
    endpoint = request.endpoint or ""
    if endpoint in DOWNLOADS or endpoint.endswith("_resource.download"):
        return download(**(request.view_args or {}))
    return None


def download(
    id: str,
    resource_id: str,
    filename: str | None = None,
    package_type: str | None = None,
) -> Response:
    """Send the stored file, or an export where it may not be read as it is.

    The original of a table is its owner's only: others get the table by the
    projection, in CSV.
    """
    context = {"user": tk.current_user.name}
    entry, resource, standing = _look_up(context, id, resource_id)
    table = registry.exists(resource_id)
    if table and standing not in READS_PLAIN:
        return _export(context, resource, "csv")
    if not table and not decision.may_read_file(entry, standing):
        tk.abort(403, tk._("This file is read by its department only."))
    if not resource.get("sha256"):
        return tk.redirect_to(resource["url"])
    return attachment(
        send_file(
            files.path(resource["sha256"]),
            mimetype=resource.get("mimetype") or "application/octet-stream",
        ),
        resource.get("file_name") or resource.get("name") or resource_id,
    )


@sharing.route("/dataset/<id>/resource/<resource_id>/export/<fmt>")
def export_table(id: str, resource_id: str, fmt: str) -> Response:
    """Send a table in the format asked for, by the caller's projection.

    `?bom=1` begins a CSV with a byte order mark, as spreadsheets want it.
    """
    context = {"user": tk.current_user.name}
    _, resource, _ = _look_up(context, id, resource_id)
    if fmt not in FORMATS or not registry.exists(resource_id):
        tk.abort(404, tk._("There is no such table or file."))
    return _export(context, resource, fmt, bom=request.args.get("bom") == "1")


def _look_up(context: Any, package: str, resource_id: str) -> Any:
    """Return entry, resource and standing; abort with 404 as for what is absent."""
    try:
        entry, standing = action.entry_of(context, resource_id)
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err))
    if package not in {entry["id"], entry["name"]}:
        tk.abort(404, tk._("There is no such table or file."))
    resource = next(r for r in entry["resources"] if r["id"] == resource_id)
    return entry, resource, standing


def _export(
    context: Any, resource: dict[str, Any], fmt: str, *, bom: bool = False
) -> Response:
    try:
        allowed = action.projection_for(context, resource["id"])
    except tk.NotAuthorized as err:
        tk.abort(403, str(err))
    stem = (resource.get("name") or resource["id"]).rsplit(".", 1)[0]
    response = Response(export.export(allowed, fmt, bom=bom), content_type=FORMATS[fmt])
    return attachment(response, f"{stem}.{fmt}")


def attachment(response: Response, filename: str) -> Response:
    """Make the browser save the answer under `filename`, in Chinese too (RFC 6266)."""
    plain = filename.encode("ascii", "ignore").decode().strip(' ."\\') or "download"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
