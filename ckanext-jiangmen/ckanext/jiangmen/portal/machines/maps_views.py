"""Sitemaps for search engines, and data.json (Project Open Data 1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Response

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.machines import (
    addresses,
    data_json,
    published,
    serving,
)

maps = Blueprint("jiangmen_maps", __name__)

# Far below the 50,000 of sitemaps.org: one part is one answer of five searches.
PER_PART = 5000
XML = "application/xml"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
PAGES = ("/", "/dataset/", "/organization/", "/group/", "/editions", "/about")


@maps.route("/sitemap.xml")
def index() -> Response:
    """Send the list of the parts: pages, and 5,000 entries each."""
    total, newest = published.count(), published.newest()
    parts = range(-(-total // PER_PART))
    urls = [addresses.site("/sitemap-pages.xml")]
    urls += [addresses.site(f"/sitemap-{part + 1}.xml") for part in parts]
    return serving.kept(
        serving.tag("sitemap", total, newest),
        newest,
        XML,
        lambda: _document("sitemapindex", "sitemap", [(url, newest) for url in urls]),
    )


@maps.route("/sitemap-pages.xml")
def pages() -> Response:
    """Send the pages that are no entries: departments, libraries and their lists."""
    newest = published.newest()
    urls = [(addresses.site(path), "") for path in PAGES]
    for action, address in (
        ("organization_list", addresses.organization),
        ("group_list", addresses.group),
    ):
        urls += [(address({"name": name}), "") for name in published.call(action)]
    return serving.kept(
        serving.tag("sitemap-pages", urls),
        newest,
        XML,
        lambda: _document("urlset", "url", urls),
    )


@maps.route("/sitemap-<int:part>.xml")
def entries(part: int) -> Response:
    """Send one part: 5,000 entries with the day of their last change."""
    total = published.count()
    if not 1 <= part <= -(-total // PER_PART):
        tk.abort(404, tk._("There is no such part of the sitemap."))
    newest = published.newest()
    return serving.kept(
        serving.tag("sitemap", part, total, newest),
        newest,
        XML,
        lambda: _document("urlset", "url", _part(part)),
    )


def _part(part: int) -> Iterator[tuple[str, str]]:
    first = (part - 1) * PER_PART
    for start in range(first, first + PER_PART, published.MOST_ROWS):
        for row in published.names(start, published.MOST_ROWS):
            yield addresses.entry(row), row["metadata_modified"]


def _document(outer: str, inner: str, urls: Any) -> str:
    lines = [HEAD, f'<{outer} xmlns="{NAMESPACE}">\n']
    for url, changed in urls:
        day = f"<lastmod>{changed[:10]}</lastmod>" if changed else ""
        lines.append(f"<{inner}><loc>{escape(url)}</loc>{day}</{inner}>\n")
    lines.append(f"</{outer}>\n")
    return "".join(lines)


@maps.route("/data.json")
def all_entries() -> Response:
    """Send the whole catalogue as Project Open Data 1.1 (DCAT-US), a stream."""
    newest, total = published.newest(), published.count()
    return serving.streamed(
        serving.tag("data.json", newest, total),
        newest,
        "application/json",
        data_json.pieces(published.every()),
    )
