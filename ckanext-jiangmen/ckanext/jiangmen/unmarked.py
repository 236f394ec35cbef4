"""What core's API says without marking it for translation, in the caller's language."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Response, request

import ckan.plugins.toolkit as tk
from ckan.types import CKANApp

# Sentences with a name in them: how core writes them, and what we say.
WITH_NAMES = (
    (re.compile(r"Missing id, can not get (.+) object"), "Missing value"),
    (re.compile(r"No plugin found for view_type (.+)"), "No plugin shows {name}"),
    (re.compile(r"Unsupported source type: .+"), "Please send a file."),
)
# Parts of an error that are for machines.
FOR_MACHINES = frozenset({"__type", "help"})


def install(app: CKANApp) -> CKANApp:
    """Translate the errors of the API before they are sent; return `app`."""

    def translated(response: Response) -> Response:
        if response.status_code < 400 or not response.is_json:
            return response
        if request.path.startswith("/api/"):
            body = response.get_json(silent=True)
            if isinstance(body, dict) and "error" in body:
                body["error"] = _said(body["error"])
                response.set_data(json.dumps(body))
        return response

    app.after_request(translated)
    return app


def _said(error: Any) -> Any:
    if isinstance(error, dict):
        return {
            key: value if key in FOR_MACHINES else _said(value)
            for key, value in error.items()
        }
    if isinstance(error, list):
        return [_said(each) for each in error]
    return sentence(error) if isinstance(error, str) else error


def sentence(text: str) -> str:
    """Return a sentence of core in the caller's language, as it is where unknown."""
    # Core joins a translated head with what was raised: "Not found: User not found".
    head, colon, rest = text.rpartition("：")
    for pattern, msgid in WITH_NAMES:
        found = pattern.fullmatch(rest)
        if found:
            name = found[1] if found.groups() else ""
            return head + colon + tk._(msgid).format(name=name)
    return head + colon + (tk._(rest) if rest else "")
