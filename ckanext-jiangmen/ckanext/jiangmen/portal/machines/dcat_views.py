"""Addresses of the DCAT documents: /catalog.ttl, /dataset/<name>.ttl and their like."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.machines import addresses, published, rdf, serving

dcat = Blueprint("jiangmen_dcat", __name__)

PER_PAGE = 50
_ENDING = f"<any({', '.join(rdf.FORMATS)}):fmt>"


@dcat.route(f"/dataset/<id>.{_ENDING}")
def entry(id: str, fmt: str) -> Response:
    """Send one entry as RDF."""
    profile = _profile()
    try:
        found = published.entry(id)
    except tk.ObjectNotFound:
        tk.abort(404, tk._("There is no such entry."))
    etag = serving.tag("entry", fmt, profile, found)
    answer = serving.kept(
        etag,
        found["metadata_modified"],
        rdf.FORMATS[fmt][0],
        lambda: rdf.of_entry(found, fmt, profile),
    )
    answer.headers["Link"] = f'<{addresses.entry(found)}>; rel="canonical"'
    return answer


@dcat.route(f"/catalog.{_ENDING}")
def catalogue(fmt: str) -> Response:
    """Send a page of the catalogue as RDF; the document names the other pages."""
    profile, number = _profile(), _page()
    found = published.outlines((number - 1) * PER_PAGE, PER_PAGE)
    last = max(1, -(-found["count"] // PER_PAGE))
    if number > last:
        told = tk._("There is no such page; the last one is {last}.")
        tk.abort(404, told.format(last=last))
    newest = published.newest()
    facts = [(row["id"], row["metadata_modified"]) for row in found["results"]]
    etag = serving.tag("catalogue", fmt, profile, number, found["count"], newest, facts)
    page = rdf.catalogue_head(newest) | {
        "paging": _paging(fmt, profile, number, last, found["count"])
    }
    return serving.kept(
        etag,
        newest,
        rdf.FORMATS[fmt][0],
        lambda: rdf.of_catalogue(page, _whole(found["results"]), fmt, profile),
    )


def _whole(outlines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries with what lists leave out, but those withdrawn just now."""
    found = []
    for row in outlines:
        try:
            found.append(published.entry(row["id"]))
        except tk.ObjectNotFound:
            continue
    return found


def _paging(
    fmt: str, profile: str, number: int, last: int, count: int
) -> dict[str, Any]:
    def address(page: int) -> str:
        asked = {"profiles": profile} if profile != rdf.DEFAULT_PROFILE else {}
        return addresses.site(f"/catalog.{fmt}?{urlencode(asked | {'page': page})}")

    paging: dict[str, Any] = {
        "count": count,
        "items_per_page": PER_PAGE,
        "current": address(number),
        "first": address(1),
        "last": address(last),
    }
    if number > 1:
        paging["previous"] = address(number - 1)
    if number < last:
        paging["next"] = address(number + 1)
    return paging


def _page() -> int:
    said = request.args.get("page", "1")
    if not (said.isascii() and said.isdigit() and 0 < len(said) <= 7 and int(said)):
        tk.abort(400, tk._("The page must be a number from 1."))
    return int(said)


def _profile() -> str:
    said = request.args.get("profiles") or rdf.DEFAULT_PROFILE
    if said not in rdf.PROFILES:
        told = tk._("There is no such profile; known are {known}.")
        tk.abort(400, told.format(known=", ".join(rdf.PROFILES)))
    return rdf.PROFILES[said]
