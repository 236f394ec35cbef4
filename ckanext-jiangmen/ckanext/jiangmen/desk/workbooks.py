"""Workbooks on their way through a page: uploaded, looked at, confirmed."""

from __future__ import annotations

import base64
import io
from typing import Any

from flask import Response, request
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.desk import downloads, kept
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors


def answer(found: dict[str, Any]) -> Response:
    """Send the workbook that an action answered with."""
    return downloads.answer(
        base64.b64decode(found["content_base64"]), found["file_name"]
    )


def looked_at(action: str) -> tuple[FileStorage, dict[str, Any]] | None:
    """Return the uploaded workbook and what an action says of it.

    None if there was none, or it was refused: the next page says why.
    """
    upload = request.files.get("upload")
    if upload is None or not upload.filename:
        tk.h.flash_error(tk._("Please choose a workbook first."))
        return None
    with pages_of_errors():
        try:
            found = call(action, upload=upload)
        except tk.ValidationError as err:
            tell_errors(err)
            return None
    upload.stream.seek(0)
    return upload, found


def confirmed(action: str, **choices: bool) -> dict[str, Any] | None:
    """Return what an action made of the workbook that was kept.

    None if it is kept no more, or was refused: the next page says why.
    """
    token = request.form.get("token", "")
    found = kept.recall(token)
    if found is None:
        tk.h.flash_error(tk._("It was kept for half an hour; please upload it again."))
        return None
    upload = FileStorage(io.BytesIO(found.content), filename=found.name)
    with pages_of_errors():
        try:
            done = call(action, upload=upload, **choices)
        except tk.ValidationError as err:
            tell_errors(err)
            return None
    kept.forget(token)
    return done


def tell_imported(done: dict[str, Any]) -> None:
    """Say on the next page how much an import changed."""
    tk.h.flash_success(
        tk._("Imported: {created} new, {changed} changed.").format(
            created=done["created"], changed=done["changed"]
        )
    )
