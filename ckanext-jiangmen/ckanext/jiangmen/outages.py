"""What is answered while the database or the search index is down: 503, one sentence.

Core ends in a page that says "Internal server error", or in one that needs the database
itself; so an outage is noted where it is met, and the answer is replaced at the end.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg2
from flask import Response, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

from ckan.types import CKANApp

from ckanext.jiangmen.answers import refused

log = logging.getLogger(__name__)

SENTENCES = {
    "database": "平台数据库暂时无法连接，请稍后再试。",
    "index": "目录检索服务暂时无法连接，请稍后再试。",
}
PAGE = (
    '<!DOCTYPE html><html lang="zh-Hans-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>暂停服务</title><h1>暂停服务</h1><p>{}</p></html>\n"
)
# SQLSTATE classes: no connection, a server that shuts down; without one: no answer.
GONE = ("08", "57P")


def install(app: CKANApp) -> CKANApp:
    """Answer outages of `app` by ourselves and return it."""
    if not event.contains(Engine, "handle_error", _met):
        event.listen(Engine, "handle_error", _met)
    app.after_request(answer)
    return app


def note(part: str) -> None:
    """Remember that a part ("database" or "index") did not answer this request."""
    log.error("%s: no connection", part)
    if has_request_context():
        g.jiangmen_outage = part


def _met(context: ExceptionContext) -> None:
    err: Any = context.original_exception
    if isinstance(err, psycopg2.OperationalError | psycopg2.InterfaceError):
        code = err.pgcode or ""
        if not code or code.startswith(GONE):
            note("database")


def answer(response: Response) -> Response:
    """Return 503 for an answer that failed because of an outage."""
    part = g.get("jiangmen_outage")
    if part is None or response.status_code < 500:
        return response
    sentence = SENTENCES[part]
    if request.path.startswith("/api/"):
        return refused(503, "Service Unavailable", sentence)
    page = Response(PAGE.format(sentence), 503, content_type="text/html")
    page.headers["Cache-Control"] = "no-store"
    return page
