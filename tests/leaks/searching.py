"""Searches over every field of the index, ways into every table, words themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests
from leaks.ask import ABSENT_WORD, API, FORMATS, TABLES, Ask, action, get
from leaks.world import World

import ckan.plugins.toolkit as tk


def index_fields() -> list[str]:
    """Return the names of all fields of the site's index."""
    answer = requests.get(
        f"{tk.config['solr_url'].rstrip('/')}/admin/luke",
        params={"numTerms": 0, "wt": "json"},
        timeout=30,
    )
    return sorted(answer.json()["fields"])


def searches(world: World) -> Iterator[Ask]:
    """Yield searches over every field of the index, and every known trick."""
    for name in index_fields():
        yield action("facet", "package_search", **{
            "rows": 0, "facet.field": [name], "facet.mincount": 0, "facet.limit": -1,
        })  # fmt: skip
        yield action("search", "package_search", fl=name)
        yield action("search", "package_search", sort=f"{name} asc", rows=3)
        yield action("search", "package_search", q=f"{name}:*", rows=1)
    for query in _tricks(world):
        yield action("search", "package_search", **query)
        plain = {k: v for k, v in query.items() if isinstance(v, (str, int))}
        yield get("search", f"{API}package_search", **plain)


def _tricks(world: World) -> Iterator[dict[str, Any]]:
    lon = world.marks["withheld.spatial"].longitude
    owner = f"owner-{world.ids['市民政局']}"
    yield from (
        {"rows": 1000, "include_private": True, "include_drafts": True,
         "include_deleted": True, "use_default_schema": True},
        {"fl": "*"}, {"fl": "*,score"}, {"fl": "id,[explain]"},
        {"fl": "validated_data_dict"},
        {"fl": "data_dict"}, {"fl": "permission_labels"}, {"fl": "title, text"},
        {"fq": "+state:*"}, {"fq": "state:(draft OR deleted)"}, {"fq": "-state:active"},
        {"fq": "capacity:private"}, {"fq": "+site_id:*"}, {"fq_list": ["state:draft"]},
        {"fq_list": ["permission_labels:*"]}, {"fq": f"permission_labels:{owner}"},
        {"q": "*:*", "fq": "+dataset_type:*"}, {"fq": "+dataset_type:harvest"},
        {"q": "{!lucene}*:*"}, {"q": "{!term f=title}x"}, {"fq": "{!tag=x}state:*"},
        {"q": "_query_:\"{!lucene}*:*\""}, {"q": "_val_:\"1\""},
        {"defType": "lucene", "q": "*:*"}, {"qf": "text", "q": "zq"},
        {"q": "zq*"}, {"q": "title:zq*"}, {"q": "text:zq*"}, {"q": "name:zq*"},
        {"q": "title:[zq TO zr]"}, {"q": "/zq.*/"}, {"q": "title:/zq.*/"},
        {"q": "zqaaaaaaaaa~2"}, {"q": "*"}, {"q": "?"},
        {"sort": "permission_labels asc"},
        {"facet.field": ["title", "text", "notes", "res_name"], "facet.mincount": 0},
        {"facet.field": "['tags']", "facet.mincount": "0"},
        {"facet.field": ["tags"], "facet.prefix": "zq", "facet.mincount": -1},
        {"facet.field": ["{!ex=x}tags"]}, {"facet.query": "title:zq*"},
        {"facet.pivot": "tags,title"}, {"facet.range": "metadata_created"},
        {"hl": "true", "hl.fl": "*", "q": "zq*"}, {"mlt": "true", "mlt.fl": "text"},
        {"spellcheck": "true", "q": "zqx"}, {"debugQuery": "true"},
        {"echoParams": "all"}, {"group": "true", "group.field": "title_string"},
        {"stats": "true", "stats.field": "metadata_created"},
        {"bf": "title", "q": "zq"}, {"bq": "title:zq*"}, {"boost": "1"},
        {"ext_bbox": f"{lon - 0.001},22.4,{lon + 0.001},22.6"},
        {"extras": {"ext_bbox": f"{lon - 0.001},22.4,{lon + 0.001},22.6"}},
        {"extras": {"ext_prev_extent": "1"}}, {"start": 3, "rows": 1}, {"rows": -1},
        {"wt": "csv"}, {"qt": "/admin/luke"}, {"shards": "localhost:1"},
        {"fq": f"owner_org:{world.ids['市民政局']}"}, {"q": "x" * 3000},
    )  # fmt: skip


# Tables


def tables(world: World) -> Iterator[Ask]:
    """Yield every way into every table, hidden columns named and not."""
    for key in TABLES:
        table = world.ids[f"{key}.table"]
        entry = world.ids[f"{key}.name"]
        for query in _table_queries(world, key):
            yield action("table", "datastore_search", resource_id=table, **query)
            text = {
                k: v if isinstance(v, (str, int)) else json.dumps(v)
                for k, v in query.items()
            }
            yield get("dump", f"/datastore/dump/{table}", **text)
        for name in ("resource_id", "id"):
            yield action("table", "datastore_info", include_meta=True,
                         include_fields_schema=True, **{name: table})  # fmt: skip
        for fmt in ("csv", "tsv", "json", "xml", "objects", "lists"):
            yield get("dump", f"/datastore/dump/{table}", format=fmt, bom="true")
            yield get("dump", f"/datastore/dump/{table}", format=fmt, limit=1)
        for fmt in FORMATS:
            address = f"/dataset/{quote(entry)}/resource/{table}/export/{fmt}"
            yield get("dump", address)
            yield get("dump", address, bom=1)
    for odd in ("_table_metadata", "_table_stats", "pg_class", "jiangmen_table"):
        yield action("table", "datastore_search", resource_id=odd)
        yield action("table", "datastore_info", id=odd)
        yield get("dump", f"/datastore/dump/{odd}")


def _columns(world: World, key: str) -> list[str]:
    groups = ("conditional", "withheld") if key == "open" else ("item",)
    return [
        f"{base}{world.marks[f'{key}.{group}.column'].text()}"
        for group in groups
        for base in ("事", "数")
    ]


def _table_queries(world: World, key: str) -> Iterator[dict[str, Any]]:
    yield {}
    for fmt in ("objects", "lists", "csv", "tsv"):
        yield {"records_format": fmt}
        yield {"records_format": fmt, "limit": 1, "offset": 0, "include_total": False}
    yield {"distinct": True}
    yield {"q": "张"}
    yield {"q": "zq:*", "plain": False}
    yield {"full_text": "zq:*", "plain": False}
    yield {"sort": "_id desc"}
    yield {"fields": "_id"}
    yield {"fields": ["_full_text"]}
    yield {"filters": {"_id": 1}}
    yield {"filters": {"_full_text": "x"}}
    yield {"sort": "_full_text"}
    yield {"total_estimation_threshold": 1}
    yield {"language": "simple", "q": "张", "rank": True}
    for column in _columns(world, key):
        yield {"fields": [column]}
        yield {"fields": [column], "distinct": True}
        yield {"sort": f'"{column}" desc'}
        yield {"filters": {column: "x"}}
        yield {"filters": {column: {"gt": "0"}}}
        yield {"q": {column: "zq"}}
        yield {"q": {column: "zq:*"}, "plain": False}


# Probes


def probes(world: World) -> Iterator[Ask]:
    """Yield searches for words themselves (the answer may repeat what was asked)."""
    for pair in pairs_of_words(world):
        yield pair[0]


def pairs_of_words(world: World) -> Iterator[tuple[Ask, Ask]]:
    """Yield a question about a hidden word, and the same about one that is nowhere."""
    hidden = ("withheld.title", "withheld.remarks", "withheld.item.name", "draft.title",
              "open.withheld.name", "open.withheld.column", "open.paper",
              "open.withheld.cell", "withheld.subject_terms", "former.notes",
              "withdrawn.title", "edit.title", "withheld.format_types")  # fmt: skip
    for place in hidden:
        mark = world.marks[place]
        for word, other in ((mark.word, ABSENT_WORD), (mark.han, "\u4d9f\u4da0")):
            yield from _about(word, other)


def _about(word: str, other: str) -> Iterator[tuple[Ask, Ask]]:
    shapes = (
        lambda w: action("word", "package_search", q=w),
        lambda w: action("word", "package_search", q=f"text:{w}", rows=0),
        lambda w: action("word", "package_search", fq=f'title:"{w}"'),
        lambda w: action("word", "package_search", fq=f'tags:"{w}"'),
        lambda w: action("word", "package_autocomplete", q=w),
        lambda w: action("word", "tag_show", id=w),
        lambda w: action("word", "tag_autocomplete", q=w),
        lambda w: action("word", "format_autocomplete", q=w),
        lambda w: action("word", "jiangmen_search_suggest", q=w, limit=20),
        lambda w: action("word", "resource_search", query=f"name:{w}"),
        lambda w: get("word", "/dataset/", q=w),
        lambda w: get("word", "/catalogue/results.csv", q=w),
        lambda w: get("word", "/feeds/custom.atom", q=w),
    )
    for shape in shapes:
        yield shape(word), shape(other)
