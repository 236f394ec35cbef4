"""Downloads: the stored file to those who may read it whole, else an export."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request, send_file

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.accounts import acting_as
from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.sharing import decision
from ckanext.jiangmen.sharing.decision import READS_PLAIN
from ckanext.jiangmen.sharing.logic import action
from ckanext.jiangmen.tables import export, registry
from ckanext.jiangmen.tables.errors import ExportRefused, TableMissing

sharing = Blueprint("jiangmen_sharing", __name__)

DOWNLOADS = frozenset({"resource.download", "dataset_resource.download"})

# Parameters of core's dump that an export does not know.
LEFT_TO_CORE = frozenset({"offset", "limit", "distinct", "plain", "language"})

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def stand_before_downloads() -> Any:
    """Answer core's download addresses ourselves: they know no projection.

    Runs before each request, after the wall (the plugin sees to the order).
    """
    endpoint = request.endpoint or ""
    if endpoint in DOWNLOADS or endpoint.endswith("_resource.download"):
        return download(**(request.view_args or {}))
    if endpoint == "datastore.dump" and _is_whole_table():
        return dump(**(request.view_args or {}))
    return None


def _is_whole_table() -> bool:
    """Return whether a dump is asked for as an export gives it."""
    known_format = request.args.get("format", "csv") == "csv"
    return known_format and not (LEFT_TO_CORE & set(request.args))


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
    context = acting_as(tk.current_user.name)
    entry, resource, standing = _look_up(context, id, resource_id)
    table = registry.exists(resource_id)
    if table and standing not in READS_PLAIN:
        return _export(context, resource, "csv")
    if not table and not decision.may_read_file(entry, standing, resource):
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
    context = acting_as(tk.current_user.name)
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
    context: Context,
    resource: dict[str, Any],
    fmt: str,
    *,
    bom: bool = False,
    params: dict[str, Any] | None = None,
) -> Response:
    try:
        allowed = action.projection_for(context, resource["id"])
        pieces = export.export(allowed, fmt, bom=bom, params=params)
    except tk.NotAuthorized as err:
        tk.abort(403, str(err))
    except (tk.ObjectNotFound, TableMissing):
        tk.abort(404, tk._("There is no such table or file."))
    except tk.ValidationError as err:
        tk.abort(400, "; ".join(f"{k}: {v}" for k, v in err.error_summary.items()))
    except ExportRefused as err:
        tk.abort(400, str(err))
    stem = (resource.get("name") or resource["id"]).rsplit(".", 1)[0]
    response = Response(pieces, content_type=FORMATS[fmt])
    return attachment(response, f"{stem}.{fmt}")


# What core's dump address takes and an export understands.
DUMP_PARAMETERS = ("q", "fields", "sort")


def dump(resource_id: str) -> Response:
    """Answer core's dump address by one snapshot of the caller's projection.

    Core reads page by page, in transactions of their own. What an export cannot give
    (other formats, offsets) is left to core.
    """
    context = acting_as(tk.current_user.name)
    asked = request.args
    params: dict[str, Any] = {
        key: asked[key] for key in DUMP_PARAMETERS if asked.get(key)
    }
    if asked.get("filters"):
        try:
            params["filters"] = json.loads(asked["filters"])
        except ValueError:
            tk.abort(400, tk._("The filters are no JSON object."))
    try:
        entry, _ = action.entry_of(context, resource_id)
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err))
    resource = next(r for r in entry["resources"] if r["id"] == resource_id)
    bom = asked.get("bom", "").lower() in {"1", "true"}
    return _export(context, resource, "csv", bom=bom, params=params)


def attachment(response: Response, filename: str) -> Response:
    """Make the browser save the answer under `filename`, in Chinese too (RFC 6266)."""
    plain = filename.encode("ascii", "ignore").decode().strip(' ."\\') or "download"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
