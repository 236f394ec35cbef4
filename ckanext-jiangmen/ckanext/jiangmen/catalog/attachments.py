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
NO_FILE = "请选择要上传的文件。"


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


def check_table(resource: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Return the resource with its `header`; what is no table returns unchanged.

    Raise ValidationError with every wrong column and the first wrong rows.
    """
    if not tables_link.is_table(resource, entry):
        return resource
    try:
        report = tables_link.inspect(
            files.existing(resource["sha256"]), entry["information_items"]
        )
    except TableError as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err
    if report["bad_count"]:
        rows = [
            f"第{bad['row']}行“{bad['column']}”：{bad['reason']}"
            + (f"（{bad['value']}）" if bad["value"] else "")
            for bad in report["bad_rows"]
        ]
        head = f"有{report['bad_count']}行不符合信息项的规定，请改正后重新上传。"
        raise tk.ValidationError({"upload": [head, *rows]})
    return resource | {"header": report["header"]}


def attach(
    context: Context, standing: Standing, data_dict: dict[str, Any]
) -> tuple[dict[str, Any], Revision, dict[str, Any]]:
    """Stage `upload` as a file of the entry; return entry, revision and resource.

    With `resource_id` it takes the place of that file, whose id stays.
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
    resource = check_table(resource, base)
    entry = proposals.verified(context, revisions.with_file(base, resource), base)
    revision = proposals.store(context, standing, entry)
    return entry, revision, resource
