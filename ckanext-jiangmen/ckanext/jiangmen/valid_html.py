"""Templates, core's too, write attributes of htmx in the form that is valid HTML."""

from __future__ import annotations

import re

from jinja2.ext import Extension

from ckan.types import CKANApp

# htmx reads data-hx-… as well. Core's scripts ask for these two by their short names.
SHORT = re.compile(r"(?<=\s)hx-(?!post|get)(?=[a-z-]+=)")


class HtmxAttributes(Extension):
    """Rewrites hx-boost="…" to data-hx-boost="…" before a template is compiled."""

    def preprocess(
        self, source: str, name: str | None, filename: str | None = None
    ) -> str:
        """Return the template's source with valid attributes."""
        return SHORT.sub("data-hx-", source)


def install(app: CKANApp) -> CKANApp:
    """Let every template of `app` pass through; return it."""
    app.jinja_env.add_extension(HtmxAttributes)
    return app
