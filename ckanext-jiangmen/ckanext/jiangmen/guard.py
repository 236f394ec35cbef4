"""What stands before every request: sessions, the wall of the share site, CSRF guard.

On the share site anonymous callers reach the login page, health and static files and
nothing else. Core's own CSRF check is switched off in favour of `guard_forms`: core
exempts a view for everybody in a worker after one anonymous GET of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, current_app, g, jsonify, redirect, request
from werkzeug.security import safe_join

import ckan.plugins.toolkit as tk
from ckan.config.middleware.flask_app import csrf
from ckan.types import CKANApp

from ckanext.jiangmen import bearer, config, odd_calls, rate_limit
from ckanext.jiangmen.login import guards, headers, separation, sessions

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

# Endpoints that answer an anonymous caller of the share site.
OPEN_ENDPOINTS = frozenset(
    {
        "user.login",
        "jiangmen.health",
        "jiangmen.script_translations",
        "api.i18n_js_translations",
        "static",
        "webassets.index",
        "jiangmen.robots",
    }
)

# Forms that anonymous callers may send without a session to protect.
ANONYMOUS_FORMS = frozenset({"user.login"})


def install(app: CKANApp) -> CKANApp:
    """Put the guards before every request of `app` and return it."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    rate_limit.install(app)
    app.before_request(bearer.stand_before)
    app.before_request(refuse_nul)
    app.before_request(sessions.check)
    app.before_request(guards.take_away_sysadmin)
    app.before_request(guards.check_login_form)
    if not config.is_open_site():
        app.before_request(wall)
    app.before_request(guards.close_side_doors)
    app.before_request(guard_forms)
    app.before_request(guards.check_profile_form)
    app.before_request(guards.demand_new_password)
    app.before_request(separation.stand_before)
    app.before_request(odd_calls.refuse_body)
    headers.install(app)
    return app


def refuse_nul() -> Response | None:
    """Answer 400 to a request with a NUL character: PostgreSQL's text has none.

    Core would pass it on and fail with an internal error.
    """
    said = [request.path, *request.args.keys(), *request.args.values()]
    in_body = request.is_json and b"\\u0000" in request.get_data(cache=True)
    if not in_body and not any("\x00" in text for text in said):
        return None
    message = tk._("The request holds a NUL character; please take it out.")
    answer = jsonify(
        {"success": False, "error": {"__type": "Bad Request", "message": message}}
    )
    answer.status_code = 400
    return answer


def _is_api() -> bool:
    # The locale prefix is stripped before routing, so path is the real one.
    return request.path.startswith("/api/")


def wall() -> Any:
    """Send anonymous callers of the share site to the login page, or answer 401.

    Unroutable addresses get the same answer, so that none tells what exists.
    """
    if tk.current_user.is_authenticated:
        return None
    endpoint = request.endpoint
    if endpoint == "static":
        if _is_product_file(str((request.view_args or {}).get("filename", ""))):
            return None
    elif endpoint in OPEN_ENDPOINTS:
        return None
    if _is_api() or request.method not in {"GET", "HEAD", "OPTIONS"}:
        return _unauthorized()
    return redirect(tk.url_for("user.login", came_from=_came_from()))


def _is_product_file(filename: str) -> bool:
    """Return whether a file of the product lies at this address, and no upload.

    Every address that nothing else answers ends at core's static files.
    """
    if filename.startswith("uploads/"):
        return False
    folders: Any = current_app.static_folder or []
    places = [safe_join(str(folder), filename) for folder in folders]
    return any(place and Path(place).is_file() for place in places)


def _came_from() -> str | None:
    return request.full_path.rstrip("?") if request.path != "/" else None


def _unauthorized() -> Response:
    answer = jsonify(
        {
            "success": False,
            "error": {
                "__type": "Authorization Error",
                "message": tk._("Please sign in first."),
            },
        }
    )
    answer.status_code = 401
    return answer


def guard_forms() -> None:
    """Demand a CSRF token of every writing request that a browser's session signs.

    A call with a valid API token carries no session and needs none; an invalid token
    never sets core's flag together with a signed-in account.
    """
    if request.method in SAFE_METHODS:
        return
    signed_in = tk.current_user.is_authenticated
    if g.get("login_via_auth_header") and signed_in:
        return
    if not signed_in and request.endpoint not in ANONYMOUS_FORMS:
        return
    csrf.protect()
