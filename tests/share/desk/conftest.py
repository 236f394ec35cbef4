"""Pages asked for as an account, and what a reader finds on them."""

from __future__ import annotations

import html
import re

import pytest

from ckan.tests import factories

# Two or more English words in a row, outside of code, attributes and scripts.
ENGLISH = re.compile(r"\b[A-Za-z]{3,}(?: [A-Za-z]{2,})+\b")


@pytest.fixture
def signed_in(app, people):
    """Return a function that calls an address as an account, by its token."""

    def call(user, address, method="get", **options):
        token = factories.APIToken(user=user)["token"]
        return getattr(app, method)(
            address,
            headers={"Authorization": token},
            follow_redirects=options.pop("follow_redirects", False),
            **options,
        )

    return call


@pytest.fixture
def english_in():
    """Return a function that finds the English words a reader would see."""

    def find(page):
        hidden = r"<(script|style|pre|code|svg|head|textarea)\b.*?</\1>"
        page = re.sub(hidden, " ", page, flags=re.S)
        return ENGLISH.findall(html.unescape(re.sub(r"<[^>]+>", " | ", page)))

    return find
