"""Editions of the catalogue as the open site holds them."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.compiling import DIFFERENCE
from ckanext.jiangmen.catalog.editions.render import FORMATS
from ckanext.jiangmen.publication import editions

Context = Any
DataDict = dict[str, Any]


@tk.side_effect_free
def jiangmen_portal_edition_list(
    context: Context, data_dict: DataDict
) -> list[DataDict]:
    """Return the published editions of the catalogue, the newest first.

    ``ckanapi action jiangmen_portal_edition_list -r https://open.example``

    :returns: ``[{"address", "number", "title", "organization", "date", "counts",
        "files": [{"format", "title", "path", "sha256", "size"}]}]``
    """
    tk.check_access("jiangmen_portal_edition_list", context, data_dict)
    return [_shown(body) for body in editions.received()]


@tk.side_effect_free
def jiangmen_portal_edition_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return one published edition and what it changed against the one before.

    ``ckanapi action jiangmen_portal_edition_show id=1 -r https://open.example``

    :param id: its address: ``1``, ``minzhengju-1``
    :returns: as `jiangmen_portal_edition_list`, with ``difference``: ``[{"kind",
        "code", "title", "department", "fields": [{"name", "before", "after"}]}]``
    """
    tk.check_access("jiangmen_portal_edition_show", context, data_dict)
    wanted = str(tk.get_or_bust(data_dict, "id"))
    for body in editions.received():
        if body["address"] == wanted:
            return _shown(body) | {"difference": _difference(body)}
    gone = editions.withdrawal(wanted)
    if gone is not None:
        said = tk._("This edition was withdrawn: {reason}")
        raise tk.ObjectNotFound(said.format(reason=gone["reason"]))
    raise tk.ObjectNotFound(tk._("There is no such edition."))


def _shown(body: DataDict) -> DataDict:
    return body | {
        "title": shape.title_of(body["organization"]),
        "files": [
            {
                **file,
                "title": FORMATS[file["format"]].title,
                "path": f"/editions/{body['address']}/catalogue.{file['format']}",
            }
            for file in body["files"]
            if file["format"] in FORMATS
        ],
    }


def _difference(body: DataDict) -> list[DataDict]:
    [sha256] = [f["sha256"] for f in body["files"] if f["format"] == DIFFERENCE]
    return json.loads(files.existing(sha256).read_bytes())
