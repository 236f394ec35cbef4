"""The WSGI application that gunicorn serves; CKAN_INI says which site."""

from __future__ import annotations

import os

from werkzeug.middleware.proxy_fix import ProxyFix

from ckan import authz
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.logic import get_action, get_validator

from ckanext.jiangmen.health import First

# gunicorn listens on loopback only and nginx writes these headers itself, so the
# client's address in them is the one that nginx saw.
site = make_app(load_config(os.environ["CKAN_INI"]))
# CKAN gathers these at their first use, core's first and ours over them: a second
# thread that asks meanwhile gets core's own, without what we put before it.
with site._wsgi_app.app_context():
    get_action("status_show")
    get_validator("ignore_missing")
    authz.auth_functions_list()
application = First(
    ProxyFix(site, x_for=1, x_proto=1, x_host=1),  # pyright: ignore[reportArgumentType]
    site._wsgi_app,
)
