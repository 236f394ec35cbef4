"""The WSGI application that gunicorn serves; CKAN_INI says which site."""

from __future__ import annotations

import os

from werkzeug.middleware.proxy_fix import ProxyFix

from ckan.cli import load_config
from ckan.config.middleware import make_app

from ckanext.jiangmen.health import First

# gunicorn listens on loopback only and nginx writes these headers itself, so the
# client's address in them is the one that nginx saw.
site = make_app(load_config(os.environ["CKAN_INI"]))
application = First(
    ProxyFix(site, x_for=1, x_proto=1, x_host=1),  # pyright: ignore[reportArgumentType]
    site._wsgi_app,
)
