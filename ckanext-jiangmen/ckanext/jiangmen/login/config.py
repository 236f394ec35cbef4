"""Settings of signing in, each read through one typed function."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.login import policy as profiles

PROFILE = "ckanext.jiangmen.login.profile"
SESSION_HOURS = "ckanext.jiangmen.login.session_hours"


def policy() -> profiles.Policy:
    """Return the password policy in force."""
    return profiles.policy(tk.config[PROFILE])


def session_seconds() -> int:
    """Return after how many seconds a session ends, however busy it is."""
    return int(tk.config[SESSION_HOURS]) * 3600
