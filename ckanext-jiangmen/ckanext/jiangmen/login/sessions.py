"""Sessions on the server: an idle limit, an absolute one, and an end when due.

The idle limit is Redis's (PERMANENT_SESSION_LIFETIME). A session is bound to the
account's password hash: whoever changes the password, on a page or on the command
line, ends every other session at its next request.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import current_app, g, session
from flask_login import login_user, logout_user
from flask_wtf.csrf import generate_csrf

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.login import config, passwords

BEGUN = "jiangmen_begun"
PASSWORD = "jiangmen_password"  # noqa: S105 - a name, no secret
DUE = "jiangmen_due"


def by_session() -> bool:
    """Return whether a session signs this request, not a token."""
    return tk.current_user.is_authenticated and not g.get("login_via_auth_header")


def begin(user: model.User) -> None:
    """Sign the account in under a new session id; nothing of the old one stays."""
    session.clear()
    session[BEGUN] = _timestamp()
    regenerate()
    login_user(user)
    _mark(user)


def renew(user: model.User) -> None:
    """Go on under a new id after the password was changed."""
    regenerate()
    session[BEGUN] = _timestamp()
    _mark(user)


def regenerate() -> None:
    """Give the session a new id; the old one is deleted on the server."""
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    session.pop(tk.config["WTF_CSRF_FIELD_NAME"], None)
    g.pop(tk.config["WTF_CSRF_FIELD_NAME"], None)
    generate_csrf()


def end() -> None:
    """Sign out; the session is deleted on the server with this answer."""
    logout_user()
    session.clear()
    g.user, g.userobj = "", None


def check() -> None:
    """End the session of this request if it is too old or its password was changed."""
    if not by_session():
        return
    user: Any = tk.current_user
    if BEGUN not in session or PASSWORD not in session:
        session[BEGUN] = _timestamp()
        _mark(user)
        return
    too_old = _timestamp() - session[BEGUN] > config.session_seconds()
    if too_old or not hmac.compare_digest(session[PASSWORD], _fingerprint(user)):
        end()


def password_is_due() -> bool:
    """Return whether the account must change its password before anything else."""
    due = session.get(DUE)
    return due is not None and _timestamp() >= due


def _mark(user: Any) -> None:
    session[PASSWORD] = _fingerprint(user)
    due = passwords.due(user)
    session[DUE] = due.timestamp() if due else None


def _fingerprint(user: Any) -> str:
    key = str(tk.config["SECRET_KEY"]).encode()
    return hmac.new(key, (user.password or "").encode(), hashlib.sha256).hexdigest()


def _timestamp() -> float:
    return clock.now().timestamp()
