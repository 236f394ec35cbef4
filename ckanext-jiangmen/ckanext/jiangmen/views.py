"""Addresses every site has: health, robots and the translations of core's scripts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

import ckan.plugins.toolkit as tk
from ckan.views.api import i18n_js_translations

from ckanext.jiangmen import config
from ckanext.jiangmen.health import report as health_report

jiangmen = Blueprint("jiangmen", __name__)


@jiangmen.route("/health")
def health() -> Response:
    """Say which of the parts behind this site answer; 503 if one does not."""
    report, status = health_report()
    answer = jsonify(report)
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer


@jiangmen.route("/robots.txt")
def robots() -> Response:
    """Keep robots out of the share site and out of the open site's long tails."""
    is_open = config.is_open_site()
    rules = ["/api/", "/user/", "/login"] if is_open else ["/"]
    text = "User-agent: *\n" + "".join(f"Disallow: {rule}\n" for rule in rules)
    if is_open:
        site = tk.config["ckan.site_url"].rstrip("/")
        text += f"\nSitemap: {site}/sitemap.xml\n"
    return Response(text, mimetype="text/plain")


@jiangmen.route("/api/i18n/zh_Hans-CN")
def script_translations() -> Any:
    """Answer core's script, which asks for this locale under a wrong name.

    client.js replaces the first hyphen only; without an answer no module starts.
    """
    return i18n_js_translations("zh_Hans_CN")
