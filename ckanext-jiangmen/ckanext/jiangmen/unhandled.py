"""What core's views let through from actions: answered in a sentence, not as an error.

Several of them (accounts by name, following) do not expect that an action refuses, and
ended in "Internal server error".
"""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound

import ckan.plugins.toolkit as tk
from ckan.types import CKANApp

from ckanext.jiangmen.answers import refused

KINDS: dict[type[Exception], tuple[type[HTTPException], str]] = {
    tk.NotAuthorized: (Forbidden, "Authorization Error"),
    tk.ObjectNotFound: (NotFound, "Not Found Error"),
    tk.ValidationError: (BadRequest, "Validation Error"),
}


def install(app: CKANApp) -> CKANApp:
    """Answer what actions refuse, wherever a view of `app` does not; return it."""

    def answer(err: Exception) -> Any:
        page, kind = next(KINDS[each] for each in KINDS if isinstance(err, each))
        sentence = _sentence(err)
        if request.path.startswith("/api/"):
            return refused(page.code or 500, kind, sentence)
        return app.handle_http_exception(page(sentence))

    for each in KINDS:
        app.register_error_handler(each, answer)
    return app


def _sentence(err: Exception) -> str:
    if isinstance(err, tk.ValidationError):
        return "；".join(str(text) for text in err.error_summary.values())
    if isinstance(err, tk.NotAuthorized):
        return str(err.message or tk._("This is not offered here."))
    return tk._("There is no such page")
