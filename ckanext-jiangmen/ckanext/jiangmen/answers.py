"""Answers of the guards that stand before every request: JSON, one sentence."""

from __future__ import annotations

from flask import Response, jsonify


def refused(status: int, kind: str, sentence: str) -> Response:
    """Return the answer that CKAN's API gives to a refused call."""
    answer = jsonify({"success": False, "error": {"__type": kind, "message": sentence}})
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer
