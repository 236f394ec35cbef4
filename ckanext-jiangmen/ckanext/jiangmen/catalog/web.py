"""Whether an account or a form calls, or the platform itself on the command line."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import config


def mark_request() -> None:
    """Remember that this is a request from outside; `test_request_context` is none."""
    g.jiangmen_from_outside = True


def from_outside() -> bool:
    """Return whether a request from outside is being answered."""
    return has_request_context() and bool(g.get("jiangmen_from_outside"))


def writes_directly(context: Any) -> bool:
    """Return whether a stock writing action writes the package itself.

    So do approvals, the open site (where authorization lets only the receiver in) and
    the site user on the command line; everybody else stores a revision.
    """
    if context.get("jiangmen_approval") or config.is_open_site():
        return True
    if from_outside():
        return False
    name = context.get("user") or ""
    if name == tk.config["ckan.site_id"]:
        return True
    return bool(context.get("ignore_auth")) and model.User.get(name) is None


def is_platform(context: Any) -> bool:
    """Return whether the platform itself calls, on either site.

    Rooms call with `ignore_auth`, which nobody can send; the site user is at the
    command line.
    """
    if context.get("ignore_auth"):
        return True
    return context.get("user") == tk.config["ckan.site_id"] and not from_outside()
