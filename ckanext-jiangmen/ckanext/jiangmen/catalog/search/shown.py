"""What the pages of searches tell and offer; no result page is a dead end."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from flask import current_app
from markupsafe import Markup

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog.search import asking, words

# Where the open site takes requests for data, if it does.
REQUESTS = "/dialogue/new"
MARKED, PLAIN = Markup("<mark>{}</mark>"), Markup("{}")


def jiangmen_search_told() -> dict[str, str]:
    """Return how this page's search was answered: {how, instead}; empty if as asked."""
    return getattr(tk.g, asking.TOLD, {})


def jiangmen_search_parts(query: str) -> list[str]:
    """Return the words of a query that can be searched for alone."""
    found = asking.parts(query)
    return found if len(found) > 1 else []


def jiangmen_request_url(query: str) -> str:
    """Return the address where anyone may ask for data; empty where there is none."""
    rules = (rule.rule for rule in current_app.url_map.iter_rules())
    if not any(rule.rstrip("/") == REQUESTS for rule in rules):
        return ""
    return tk.url_for(REQUESTS, kind="request", q=query)


def jiangmen_results_url(fmt: str) -> str:
    """Return the address of this page's whole list as a file."""
    asked = tk.request.args.to_dict(flat=False)
    kept = {name: values for name, values in asked.items() if name != "page"}
    return tk.url_for("jiangmen_catalog.results", fmt=fmt, **kept)


def jiangmen_suggest_labels() -> str:
    """Return, as JSON, what the list of suggestions calls its kinds."""
    return json.dumps(
        {
            "list": tk._("Suggestions"),
            "title": tk._("Entry"),
            "item": tk._("Information item"),
            "department": tk._("Department"),
            "tag": tk._("Subject"),
        }
    )


def jiangmen_marked(text: str) -> Markup:
    """Return a text with what this page's search was for marked, safe in HTML."""
    said = str(text or "")
    folded = words.folded(said)
    query = jiangmen_search_told().get("instead") or tk.request.args.get("q", "")
    if not query or len(folded) != len(said):
        return Markup.escape(said)
    marked = [False] * len(said)
    for part in asking.looked_for(query):
        at = folded.find(part)
        while at >= 0:
            marked[at : at + len(part)] = [True] * len(part)
            at = folded.find(part, at + 1)
    pieces = itertools.groupby(zip(said, marked, strict=True), key=lambda one: one[1])
    return Markup("").join(
        (MARKED if on else PLAIN).format("".join(character for character, _ in piece))
        for on, piece in pieces
    )


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        function.__name__: function
        for function in (
            jiangmen_marked,
            jiangmen_results_url,
            jiangmen_suggest_labels,
            jiangmen_search_told,
            jiangmen_search_parts,
            jiangmen_request_url,
        )
    }
