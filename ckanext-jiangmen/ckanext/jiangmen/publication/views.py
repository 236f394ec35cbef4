"""The page of what was public and is no more: 410, for every address that it had."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, make_response, request

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.publication.model import PUBLISHED, PublicEntry

publication = Blueprint("jiangmen_publication", __name__)

# Names under which addresses carry ids of entries and files.
ID_ARGUMENTS = ("id", "package_id", "resource_id")
API = "/api/"


@publication.after_app_request
def answer_gone(response: Response) -> Response:
    """Turn "not found" into "gone" where an entry or a file was withdrawn.

    Asked only after a 404: what is there costs nothing more.
    """
    if response.status_code != HTTPStatus.NOT_FOUND:
        return response
    arguments = request.view_args or {}
    ids = [str(arguments[name]) for name in ID_ARGUMENTS if arguments.get(name)]
    row = gone(ids) if ids and not request.path.startswith(API) else None
    if row is None:
        return response
    page = make_response(
        tk.render("jiangmen/publication/gone.html", {"gone": _shown(row)}),
        HTTPStatus.GONE,
    )
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Robots-Tag"] = "noindex"
    return page


def gone(ids: list[str]) -> PublicEntry | None:
    """Return the entry that one of `ids` (id, name or a file's id) belonged to."""
    listed = [id_ for id_ in ids if len(id_) <= 100 and "\0" not in id_]
    if not listed:
        return None
    conditions = [
        sa.and_(
            PublicEntry.state != PUBLISHED,
            # Without a sum nothing ever came: then there is nothing that is gone.
            PublicEntry.hash != "",
            sa.or_(PublicEntry.package_id.in_(listed), PublicEntry.name.in_(listed)),
        ),
        *(PublicEntry.gone_resources.contains([id_]) for id_ in listed),
    ]
    return model.Session.scalar(sa.select(PublicEntry).where(sa.or_(*conditions)))


def _shown(row: PublicEntry) -> dict[str, Any]:
    return {
        "title": row.title,
        "whole": row.state != PUBLISHED,
        "name": row.name if row.state == PUBLISHED else "",
        "changed": row.changed,
    }
