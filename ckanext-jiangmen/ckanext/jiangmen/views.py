"""Addresses every site has: health, robots and the translations of core's scripts."""

from __future__ import annotations

from typing import Any

import requests
import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.views.api import i18n_js_translations

from ckanext.jiangmen import config, rate_limit

jiangmen = Blueprint("jiangmen", __name__)


def _database() -> None:
    model.Session.execute(sa.text("SELECT 1"))


def _tables() -> None:
    from ckanext.datastore.backend.postgres import get_read_engine

    with get_read_engine().connect() as connection:
        connection.execute(sa.text("SELECT 1"))


def _queue() -> None:
    connect_to_redis().ping()


def _index() -> None:
    answer = requests.get(
        f"{tk.config['solr_url'].rstrip('/')}/admin/ping",
        params={"wt": "json"},
        timeout=3,
    )
    answer.raise_for_status()


CHECKS = {
    "database": _database,
    "tables": _tables,
    "queue": _queue,
    "index": _index,
    "limits": rate_limit.probe,
}


@jiangmen.route("/health")
def health() -> Response:
    """Say which of the parts behind this site answer; 503 if one does not.

    The answer names the part and the kind of failure, never an address.
    """
    parts = {}
    for name, check in CHECKS.items():
        try:
            check()
            parts[name] = "ok"
        except Exception as err:  # noqa: BLE001 - any failure is what is reported
            parts[name] = f"failed: {type(err).__name__}"
    well = all(state == "ok" for state in parts.values())
    answer = jsonify({"site": config.site(), "ok": well, "parts": parts})
    answer.status_code = 200 if well else 503
    answer.headers["Cache-Control"] = "no-store"
    return answer


@jiangmen.route("/robots.txt")
def robots() -> Response:
    """Keep robots out of the share site and out of the open site's long tails."""
    rules = ["/"] if not config.is_open_site() else ["/api/", "/user/", "/login"]
    text = "User-agent: *\n" + "".join(f"Disallow: {rule}\n" for rule in rules)
    return Response(text, mimetype="text/plain")


@jiangmen.route("/api/i18n/zh_Hans-CN")
def script_translations() -> Any:
    """Answer core's script, which asks for this locale under a wrong name.

    client.js replaces the first hyphen only; without an answer no module starts.
    """
    return i18n_js_translations("zh_Hans_CN")
