"""Files of a revision: staged in the store, checked at once, in force with it."""

from __future__ import annotations

import mimetypes
import unicodedata
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.catalog import (
    config,
    entries,
    files,
    proposals,
    revisions,
    tables_link,
)
from ckanext.jiangmen.catalog.errors import FileTooLarge
from ckanext.jiangmen.catalog.model import Revision
from ckanext.jiangmen.catalog.revisions import Standing
from ckanext.jiangmen.tables.errors import TableError

LONGEST_NAME_BYTES = 200
TRUE = frozenset({"true", "1", "on", "yes"})
NO_FILE = "请选择要上传的文件。"
LEFT_OUT = "rows_left_out"
BAD_ROWS_SHOWN = 20
SOME_BAD_ROWS = (
    "有{bad}行不符合信息项的规定，请改正后重新上传；"
    "或者选择“只载入合格的行”，载入其余{good}行。"
)
NO_GOOD_ROW = "全部{bad}行都不符合信息项的规定，请改正后重新上传。"


def is_upload(value: Any) -> bool:
    """Return whether a parameter holds an uploaded file; an empty field is none."""
    return isinstance(value, FileStorage) and bool(value.filename)


def file_name_of(upload: FileStorage) -> str:
    """Return the file's own name without folders and control characters.

    Chinese is kept; a longer name is cut before its ending.
    """
    name = PurePosixPath(PureWindowsPath(upload.filename or "").name).name
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(" .")
    path = PurePath(name or "file")
    room = LONGEST_NAME_BYTES - len(path.suffix.encode())
    if len(path.stem.encode()) > room:
        stem = path.stem.encode()[:room].decode(errors="ignore")
        return stem + path.suffix
    return str(path)


def stage(upload: FileStorage) -> dict[str, Any]:
    """Put an upload into the store and return what its resource says of it.

    Raise ValidationError if it is empty or too large.
    """
    try:
        blob = files.put(upload.stream, config.file_limit_bytes())  # type: ignore[arg-type]
    except FileTooLarge as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err
    if blob.size == 0:
        raise tk.ValidationError({"upload": ["文件是空的，请检查后重新上传。"]})
    file_name = file_name_of(upload)
    kind = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
    return {
        "file_name": file_name,
        "url": entries.ascii_file_name(file_name),
        "url_type": "upload",
        "format": PurePath(file_name).suffix.lstrip(".").upper(),
        "mimetype": kind,
        "sha256": blob.sha256,
        "size": blob.size,
    }


def check_table(
    resource: dict[str, Any], entry: dict[str, Any], *, only_good_rows: bool = False
) -> dict[str, Any]:
    """Return the resource with its `header`; what is no table returns unchanged.

    Raise ValidationError with every wrong column and the first wrong rows; all that
    the report names are under `bad_rows`. With `only_good_rows` the number of bad
    ones is noted as `rows_left_out` instead, unless no row is good.
    """
    resource = {k: v for k, v in resource.items() if k != LEFT_OUT}
    if not tables_link.is_table(resource, entry):
        return resource
    try:
        report = tables_link.inspect(
            files.existing(resource["sha256"]), entry["information_items"]
        )
    except TableError as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err
    resource |= {"header": report["header"]}
    if not report["bad_count"]:
        return resource
    if only_good_rows and report["rows"]:
        return resource | {LEFT_OUT: report["bad_count"]}
    raise _refusal(report)


def _refusal(report: dict[str, Any]) -> tk.ValidationError:
    """Return the error that names the bad rows and what can be done about them."""
    rows = [
        f"第{bad['row']}行“{bad['column']}”：{bad['reason']}"
        + (f"（{bad['value']}）" if bad["value"] else "")
        for bad in report["bad_rows"][:BAD_ROWS_SHOWN]
    ]
    head = NO_GOOD_ROW if not report["rows"] else SOME_BAD_ROWS
    told = [head.format(bad=report["bad_count"], good=report["rows"]), *rows]
    return tk.ValidationError({"upload": told, "bad_rows": report["bad_rows"]})


def left_out(entry: dict[str, Any], resource_id: str) -> dict[str, Any]:
    """Return the bad rows of a table file of an entry: file name, count, rows.

    ``{"file_name", "count", "rows": [{"row", "column", "reason", "value"}]}``. Raise
    ObjectNotFound if the entry has no such table file.
    """
    found = [r for r in entry.get("resources") or [] if r["id"] == resource_id]
    if not found or not tables_link.is_table(found[0], entry):
        raise tk.ObjectNotFound(tk._("There is no such table or file."))
    try:
        path = files.existing(found[0]["sha256"])
        report = tables_link.inspect(path, entry["information_items"])
    except TableError as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err
    return {
        "file_name": found[0].get("file_name") or found[0].get("name") or "",
        "count": report["bad_count"],
        "rows": report["bad_rows"],
    }


def attach(
    context: Context, standing: Standing, data_dict: dict[str, Any]
) -> tuple[dict[str, Any], Revision, dict[str, Any]]:
    """Stage `upload` as a file of the entry; return entry, revision and resource.

    With `resource_id` it takes the place of that file, whose id stays; with
    `only_good_rows` bad rows of a table are left out and counted.
    """
    upload = data_dict.get("upload")
    if not is_upload(upload):
        raise tk.ValidationError({"upload": [NO_FILE]})
    base = standing.newest or {}
    known = {r["id"]: r for r in base.get("resources") or []}
    former = known.get(str(data_dict.get("resource_id") or ""), {})
    staged = stage(upload)  # type: ignore[arg-type]
    resource = {
        "id": former.get("id") or entries.new_id(),
        "name": data_dict.get("name") or former.get("name") or staged["file_name"],
        "description": data_dict.get("description") or former.get("description") or "",
        **staged,
    }
    if former.get("datastore_active"):
        resource["datastore_active"] = True
    only_good = str(data_dict.get("only_good_rows") or "").lower() in TRUE
    resource = check_table(resource, base, only_good_rows=only_good)
    entry = proposals.verified(context, revisions.with_file(base, resource), base)
    revision = proposals.store(context, standing, entry)
    return entry, revision, resource
