"""Core's door to the store of files: where the file of a resource lies."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import attachments, files


class BlobUpload:
    """Uploader of one resource: puts an upload into the store, finds it again.

    Nothing is ever written under the resource's id: a failed update leaves the file
    in force as it was.
    """

    def __init__(self, resource: dict[str, Any]) -> None:
        self.sha256 = resource.get("sha256") or ""
        upload = resource.pop("upload", None)
        resource.pop("clear_upload", None)
        if isinstance(upload, FileStorage) and attachments.is_upload(upload):
            resource.update(attachments.stage(upload))
            self.sha256 = resource["sha256"]
            resource.setdefault("name", resource["file_name"])
        if resource.get("url_type") == "upload" and resource.get("size"):
            # Core writes `filesize` over the dict's size.
            self.filesize = int(resource["size"])
            self.mimetype = resource.get("mimetype")

    def upload(self, id: str, max_size: int = 10) -> None:
        """Do nothing: the file is in the store already."""

    def get_path(self, id: str) -> str:
        """Return where the file lies; NotFound if the store does not have it."""
        if not files.has(self.sha256):
            raise tk.ObjectNotFound(tk._("There is no such file."))
        return str(files.path(self.sha256))

    def delete(self, id: str) -> None:
        """Do nothing: the collection removes what no version names."""
