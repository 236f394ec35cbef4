"""Actions of the search beside `package_search`: suggestions while typing."""

from __future__ import annotations

import re
from typing import Any

import pysolr

import ckan.plugins.toolkit as tk
from ckan.lib import plugins as lib_plugins
from ckan.lib.search.common import make_connection
from ckan.lib.search.query import solr_literal
from ckan.types import Context

from ckanext.jiangmen.catalog import entries
from ckanext.jiangmen.catalog.search import asking, suggesting
from ckanext.jiangmen.parameters import number

DataDict = dict[str, Any]
MOST = 20
LONGEST = 60
# Terms are walked one by one, and few entries have each: no cache of sets for them.
WALK = {"facet.method": "enum", "facet.enum.cache.minDf": 1000}


@tk.side_effect_free
def jiangmen_search_suggest(context: Context, data_dict: DataDict) -> DataDict:
    """Return names that begin as typed: titles, items, departments, subject terms.

    In characters, pinyin (xuexiao) or its initials (xx); only of entries that the
    caller finds. ``ckanapi action jiangmen_search_suggest q=jiehun``

    :param q: what has been typed so far
    :param limit: how many at most, 1 to 20 (8)
    :returns: ``{"q", "suggestions": [{"text", "kind", "count"}]}``; kind is title,
        item, department or tag, count the number of entries
    """
    tk.check_access("jiangmen_search_suggest", context, data_dict)
    typed = asking.UNSEEN.sub(" ", str(data_dict.get("q") or ""))[:LONGEST]
    limit = min(max(number(data_dict, "limit", 8), 1), MOST)
    begin = suggesting.prefix(typed)
    found = suggesting.chosen(_counted(context, begin, limit), limit) if begin else []
    if begin and not begin.isascii() and len(found) < limit and len(begin) > 1:
        found += _titles_inside(context, typed, limit, {one["text"] for one in found})
    return {"q": typed, "suggestions": found[:limit]}


def _counted(context: Context, begin: str, limit: int) -> list[tuple[str, int]]:
    """Return index terms that begin so, with the number of the caller's entries."""
    labels = lib_plugins.get_permission_labels().get_user_dataset_labels(_user(context))
    allowed = " OR ".join(solr_literal(label) for label in labels)
    try:
        answer = make_connection().search(
            "*:*",
            rows=0,
            fq=[
                f"site_id:{solr_literal(tk.config['ckan.site_id'])}",
                "+state:active",
                f"+dataset_type:{entries.TYPE}",
                f"+permission_labels:({allowed})",
            ],
            **{
                "facet": "true",
                "facet.field": suggesting.FIELD,
                "facet.prefix": begin,
                "facet.limit": 3 * limit,
                "facet.mincount": 1,
                "facet.sort": "count",
                **WALK,
            },
        )
    except pysolr.SolrError as err:
        raise tk.ValidationError(
            {"q": [tk._("The search does not answer just now; please try again.")]}
        ) from err
    flat = answer.facets["facet_fields"][suggesting.FIELD]
    return list(zip(flat[::2], flat[1::2], strict=True))


def _user(context: Context) -> Any:
    from ckan import model

    name = str(context.get("user") or "")
    return context.get("auth_user_obj") or (model.User.get(name) if name else None)


def _titles_inside(
    context: Context, typed: str, limit: int, known: set[str]
) -> list[DataDict]:
    """Return titles of entries that are found by what was typed, as the search does."""
    plain = re.sub(r"\s+", " ", typed).strip()
    found = tk.get_action("package_search")(
        Context(user=context.get("user", ""), auth_user_obj=_user(context)),
        {"q": plain, "rows": limit, "facet": "false"},
    )
    if found.get("jiangmen_search") not in ("exact", "near"):
        return []
    titles = [entry["title"] for entry in found["results"]]
    return [
        {"text": title, "kind": "title", "count": 1}
        for title in dict.fromkeys(titles)
        if title not in known
    ]
