"""Downloads: the stored file to those who may read it whole, else an export."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast
from urllib.parse import quote

from flask import Blueprint, Response, request, send_file, stream_with_context

import ckan.lib.navl.dictization_functions as navl
import ckan.plugins.toolkit as tk
from ckan.types import Context
from ckanext.datastore.blueprint import dump_schema

from ckanext.jiangmen import config
from ckanext.jiangmen.accounts import acting_as
from ckanext.jiangmen.audit.trail import TrailUnavailable
from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.sharing import callers, decision, watch
from ckanext.jiangmen.sharing.decision import READS_PLAIN, Viewer
from ckanext.jiangmen.sharing.grants import Channel
from ckanext.jiangmen.sharing.logic import action
from ckanext.jiangmen.tables import dump as table_dump
from ckanext.jiangmen.tables import export, registry
from ckanext.jiangmen.tables.errors import ExportRefused, TableMissing

sharing = Blueprint("jiangmen_sharing", __name__)

DOWNLOADS = frozenset({"resource.download", "dataset_resource.download"})

# Parameters of core's dump that an export does not know.
OF_A_PART = frozenset({"offset", "limit", "distinct", "plain", "language"})

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
    if endpoint == "datastore.dump":
        return dump(**(request.view_args or {}))
    return None


def _is_whole_table() -> bool:
    """Return whether a dump is asked for as an export gives it."""
    known_format = request.args.get("format", "csv") == "csv"
    return known_format and not (OF_A_PART & set(request.args))


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
    entry, resource = _look_up(context, id, resource_id)
    viewer = _viewer(context, entry)
    table = registry.exists(resource_id)
    if table and viewer.standing not in READS_PLAIN:
        return _export(context, resource, "csv")
    if not table and not decision.may_read_file(entry, viewer, resource):
        tk.abort(403, _why_no_file(entry, viewer))
    if not resource.get("sha256"):
        return tk.redirect_to(resource["url"])
    action.note_file(context, entry, resource, viewer)
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
    _, resource = _look_up(context, id, resource_id)
    if fmt not in FORMATS or not registry.exists(resource_id):
        tk.abort(404, tk._("There is no such table or file."))
    return _export(context, resource, fmt, bom=request.args.get("bom") == "1")


def _look_up(context: Any, package: str, resource_id: str) -> Any:
    """Return entry and resource; abort with 404 as for what is absent."""
    try:
        entry = action.entry_of(context, resource_id)
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err))
    if package not in {entry["id"], entry["name"]}:
        tk.abort(404, tk._("There is no such table or file."))
    resource = next(r for r in entry["resources"] if r["id"] == resource_id)
    return entry, resource


def _viewer(context: Context, entry: dict[str, Any]) -> Viewer:
    try:
        return callers.viewer_of(context, entry, Channel.DOWNLOAD)
    except tk.ValidationError as err:
        tk.abort(400, "; ".join(f"{k}: {v}" for k, v in err.error_summary.items()))


def _why_no_file(entry: dict[str, Any], viewer: Viewer) -> str:
    if decision.owes_purpose(entry, viewer):
        return action.purpose_missing()
    return tk._("You hold no grant on this file.")


def _export(  # noqa: PLR0913 (options by name)
    context: Context,
    resource: dict[str, Any],
    fmt: str,
    *,
    bom: bool = False,
    params: dict[str, Any] | None = None,
    part: bool = False,
) -> Response:
    try:
        access = action.access_to(context, resource["id"], Channel.DOWNLOAD)
        if part:
            pieces = table_dump.dump(access.projection, params or {})
        else:
            pieces = export.export(access.projection, fmt, bom=bom, params=params)
        shown = [column.name for column in access.projection.columns]
        try:
            access.note(context, f"export_{fmt}", shown, None)
        except TrailUnavailable:
            # The export's snapshot must not stay open behind an answer that failed.
            cast(Generator[bytes, None, None], pieces).close()
            raise
    except tk.NotAuthorized as err:
        tk.abort(403, str(err))
    except (tk.ObjectNotFound, TableMissing):
        tk.abort(404, tk._("There is no such table or file."))
    except tk.ValidationError as err:
        tk.abort(400, "; ".join(f"{k}: {v}" for k, v in err.error_summary.items()))
    except ExportRefused as err:
        tk.abort(400, str(err))
    stem = (resource.get("name") or resource["id"]).rsplit(".", 1)[0]
    kinds = {**table_dump.TYPES, **FORMATS}
    if not config.is_open_site():
        pieces = stream_with_context(watch.watched(pieces, access.still_holds(context)))
    response = Response(pieces, content_type=kinds[fmt])
    return attachment(response, f"{stem}.{fmt}")


# What core's dump address takes and an export understands.
DUMP_PARAMETERS = ("q", "fields", "sort", "filters")


def dump(resource_id: str) -> Response:
    """Answer core's dump address by one snapshot of the caller's projection.

    Core reads page by page, in transactions of their own. A whole table in CSV is an
    export; parts and other formats are written as core writes them.
    """
    context = acting_as(tk.current_user.name)
    # Core's own check of the format fails with an internal error.
    if request.args.get("format", "csv") not in table_dump.TYPES:
        tk.abort(400, tk._("Please choose one of the formats csv, tsv, json and xml."))
    params, wrong = navl.validate(request.args.to_dict(), dump_schema())
    if wrong:
        said = tk.ValidationError(wrong).error_summary
        tk.abort(400, "; ".join(f"{k}: {v}" for k, v in said.items()))
    try:
        entry = action.entry_of(context, resource_id)
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err))
    resource = next(r for r in entry["resources"] if r["id"] == resource_id)
    if not _is_whole_table():
        return _export(context, resource, params["format"], params=params, part=True)
    known = {key: params[key] for key in DUMP_PARAMETERS if params.get(key)}
    return _export(context, resource, "csv", bom=bool(params["bom"]), params=known)


def attachment(response: Response, filename: str) -> Response:
    """Make the browser save the answer under `filename`, in Chinese too (RFC 6266)."""
    plain = filename.encode("ascii", "ignore").decode().strip(' ."\\') or "download"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
