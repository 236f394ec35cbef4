"""Headers that depend on the answer: what a page may load, and what may be kept.

nginx adds those that are the same for every answer (config/nginx/server.conf).
"""

from __future__ import annotations

from flask import Response, request

import ckan.plugins.toolkit as tk
from ckan.types import CKANApp

# No page of ours has an inline script, a handler in an attribute or a style element,
# so none needs a nonce and cached pages are as safe as fresh ones. Style attributes
# remain: CKAN's widgets write them.
PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

# What users uploaded is looked at, never run: an SVG with a script as logo.
UPLOAD_POLICY = "default-src 'none'; style-src-attr 'unsafe-inline'; sandbox"

# The product's own files, the same for everybody.
PRODUCT_FILES = frozenset({"static", "webassets.index", "api.i18n_js_translations"})


def install(app: CKANApp) -> None:
    """Set the headers last: CKAN's own `after_request` overwrites Cache-Control."""
    app.after_request_funcs.setdefault(None, []).insert(0, write)


def write(answer: Response) -> Response:
    """Set Content-Security-Policy, and forbid keeping what a signed-in user gets."""
    uploads = _is_upload()
    answer.headers["Content-Security-Policy"] = (
        UPLOAD_POLICY if uploads else PAGE_POLICY
    )
    public = request.endpoint in PRODUCT_FILES and not uploads
    personal = tk.current_user.is_authenticated or request.endpoint == "user.login"
    if personal and not public:
        answer.headers["Cache-Control"] = "no-store, private"
    return answer


def _is_upload() -> bool:
    filename = str((request.view_args or {}).get("filename", ""))
    return request.endpoint == "static" and filename.startswith("uploads/")
