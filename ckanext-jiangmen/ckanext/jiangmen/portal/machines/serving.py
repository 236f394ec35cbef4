"""Answers that machines may keep: ETag, Last-Modified, 304 for what is unchanged."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Response, request, stream_with_context

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal import machines


@functools.cache
def _edition() -> str:
    """Return what changes with the code that writes the documents."""
    total = hashlib.sha256()
    for path in sorted(Path(machines.__file__).parent.glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()


def tag(*parts: Any) -> str:
    """Return the ETag of a document made of these facts, by this code, on this site."""
    said = json.dumps([_edition(), tk.config["ckan.site_url"], parts], default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def kept(
    etag: str, changed: str, mimetype: str, make: Callable[[], str | bytes]
) -> Response:
    """Answer a document, made only for who does not hold it yet."""
    answer = Response(mimetype=mimetype)
    _head(answer, etag, changed)
    if request.if_none_match.contains(etag):
        answer.status_code = 304
        return answer
    answer.set_data(make())
    return answer


def streamed(etag: str, changed: str, mimetype: str, pieces: Iterator[str]) -> Response:
    """Answer a long document piece by piece."""
    answer = Response(mimetype=mimetype)
    _head(answer, etag, changed)
    if request.if_none_match.contains(etag):
        answer.status_code = 304
        return answer
    answer.response = stream_with_context(pieces)
    return answer


def _head(answer: Response, etag: str, changed: str) -> None:
    answer.set_etag(etag)
    if changed:
        moment = dt.datetime.fromisoformat(changed.removesuffix("Z"))
        answer.last_modified = moment.replace(tzinfo=dt.UTC)
    # Harvesters and pages of other sites read these; they hold nothing personal.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["X-Content-Type-Options"] = "nosniff"
