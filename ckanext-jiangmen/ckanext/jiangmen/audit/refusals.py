"""What is noted of requests as such: answers 401 and 403, logins, logouts.

A request whose trail cannot be written is answered with 503 and one sentence.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Response, g, jsonify, request
from sqlalchemy.exc import DBAPIError

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import CKANApp

from ckanext.jiangmen import bearer
from ckanext.jiangmen.accounts import acting_as
from ckanext.jiangmen.audit import trail, who
from ckanext.jiangmen.audit.trail import TrailUnavailable

REFUSED = frozenset({401, 403})
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def install(app: CKANApp) -> CKANApp:
    """Note refusals of `app`, and answer 503 where the trail cannot be written."""
    app.register_error_handler(TrailUnavailable, unavailable)
    app.register_error_handler(DBAPIError, _failed_change)
    app.after_request(note_answer)
    return app


def note_answer(response: Response) -> Response:
    """Note an answer that refuses; a request that was noted already is not again.

    Where the trail could not be written, core may have made another answer of that.
    """
    if g.get("jiangmen_trail_failed") and response.status_code != 503:
        return unavailable(TrailUnavailable())
    if response.status_code not in REFUSED or g.get("jiangmen_refusal_noted"):
        return response
    actor = who.present()
    view = request.view_args or {}
    try:
        trail.note_refusal(
            acting_as(actor["account"]),
            actor["action"],
            entry_id=_id_of_entry(view) if "dataset" in actor["action"] else None,
            resource_id=_id(view.get("resource_id")),
            reason=_reason(response),
            channel=actor["channel"],
        )
    except TrailUnavailable as err:
        return unavailable(err)
    return response


def _reason(response: Response) -> str:
    refused = bearer.refusal()
    word = f"HTTP {response.status_code}"
    return f"{word} {refused.reason}" if refused else word


def _id_of_entry(view: dict[str, Any]) -> str | None:
    """Return the id of the entry that an address names, None where it names none.

    Addresses carry its name, which is made of its title: no matter of the trail's.
    """
    wanted = str(view.get("id") or "").replace("\0", "")[: who.LONGEST]
    entry = model.Package.get(wanted) if wanted else None
    return entry.id if entry is not None else _id(wanted)


def _id(value: Any) -> str | None:
    """Return an id as it was asked for, None for what looks like no id."""
    text = str(value or "")
    return text if ID.fullmatch(text) else None


def unavailable(err: Exception) -> Response:
    """Answer that nothing was done, for the trail cannot be written."""
    model.Session.rollback()
    message = trail.sentence()
    if request.path.startswith("/api/"):
        error = {"__type": "Service Unavailable", "message": message}
        answer = jsonify({"success": False, "error": error})
    else:
        values = {"code": 503, "content": message, "name": ""}
        answer = Response(tk.render("error_document_template.html", values))
    answer.status_code = 503
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _failed_change(err: DBAPIError) -> Response:
    if g.get("jiangmen_trail_failed"):
        return unavailable(err)
    raise err


def logged_in(_sender: Any, user: Any = None, **_: Any) -> None:
    """Note that an account has signed in; core's signal."""
    trail.note_session("login", getattr(user, "name", "") or "")


def logged_out(_sender: Any, user: Any = None, **_: Any) -> None:
    """Note that an account has signed out; core's signal."""
    trail.note_session("logout", getattr(user, "name", "") or "")


def failed(login: Any, **_: Any) -> None:
    """Note a login that failed; core's signal.

    What was typed is noted only if there is such an account: it may be a password.
    """
    known = model.User.by_name(str(login)) or model.User.by_email(str(login))
    trail.note_session("login", known.name if known else "", result="refused")
