"""Whether an entry's addresses answer: looked up here, now, without a request.

An address of this site answers if its route leads to the file and the file is held
whole. What lies elsewhere was not tried: nobody asks other machines for a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import files

Entry = Mapping[str, Any]

DOWNLOADS = frozenset({"resource.download", "dataset_resource.download"})


def access(entry: Entry) -> dict[str, bool]:
    """Return per file, by id, whether its page answers."""
    return {
        file["id"]: _endpoint(f"/dataset/{entry['name']}/resource/{file['id']}")
        == "dataset_resource.read"
        for file in entry.get("resources") or []
    }


def download(entry: Entry) -> dict[str, bool]:
    """Return the same of its download; files that lie elsewhere are left out."""
    found = {}
    for file in entry.get("resources") or []:
        path = _own_path(str(file.get("url") or ""))
        if path is not None:
            found[file["id"]] = _endpoint(path) in DOWNLOADS and _is_held(file)
    return found


def _own_path(url: str) -> str | None:
    """Return the path of an address of this site, None of any other."""
    site, said = urlsplit(tk.config["ckan.site_url"]), urlsplit(url)
    return said.path if (said.scheme, said.netloc) == site[:2] else None


def _endpoint(path: str) -> str:
    try:
        return str(current_app.url_map.bind("").match(path)[0])
    except (HTTPException, RequestRedirect):
        return ""


def _is_held(file: Entry) -> bool:
    """Return whether the store has the file, of the size that is told."""
    sha256 = str(file.get("sha256") or "")
    if not files.has(sha256):
        return False
    return file.get("size") in {None, files.path(sha256).stat().st_size}
