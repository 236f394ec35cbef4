"""Templates, core's too, become valid HTML before they are compiled."""

from __future__ import annotations

import re

from jinja2.ext import Extension

from ckan.types import CKANApp

VALUE = ' value="{{ value | empty_and_escape }}"'
HINT = ' placeholder="{{ placeholder }}"'
# What templates write, and what they ought to.
MENDED = {
    # A form without an address is sent to its own page.
    ' action=""': "",
    ' action="{{ action }}"': '{% if action %} action="{{ action }}"{% endif %}',
    # Fields of dates have no hint, those of files no value.
    HINT: "{% if placeholder %}" + HINT + "{% endif %}",
    VALUE: "{% if type != 'file' %}" + VALUE + "{% endif %}",
    # The choice of nothing has a name.
    "option.text or option.value }}": "option.text or option.value or '—' }}",
}
# htmx reads data-hx-… as well. Core's scripts ask for post and get as they are.
HTMX = re.compile(r"(?<=\s)hx-(?!post|get)(?=[a-z-]+=)")


class ValidHtml(Extension):
    """Mends the sources of templates."""

    def preprocess(
        self, source: str, name: str | None, filename: str | None = None
    ) -> str:
        """Return the template's source in valid HTML."""
        for written, mended in MENDED.items():
            source = source.replace(written, mended)
        return HTMX.sub("data-hx-", source)


def install(app: CKANApp) -> CKANApp:
    """Let every template of `app` pass through; return it."""
    app.jinja_env.add_extension(ValidHtml)
    return app
