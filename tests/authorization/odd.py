"""Calls with parameters that nobody meant: an answer in a sentence, never an error."""

from __future__ import annotations

import itertools
import json
import os
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from authorization import calls, check
from authorization.world import World

# What stands under the names that actions look at; and bodies that are no object.
VALUES: tuple[Any, ...] = ("", "../x", "\x00", "长" * 2730, 7, None, ["a"], {"a": 1})
BODIES = ("", "[]", "null", '"x"', "3", "{", "[" * 9000, '{"id": 1e999}')
NAMES = ("id", "q", "name", "resource_id", "limit", "user", "fields", "sort")
ANYBODY = "status_show"
SEARCHED = ("q", "fq", "fq_list", "fl", "sort", "rows", "start", "qf", "facet",
            "extras", "facet.field", "facet.limit", "facet.mincount",
            "ext_bbox")  # fmt: skip
ODD_SEARCHES = (-1, 1e300, "{!join}", "[", "a:b:c", "nothing desc", '["a"', ["{!x}", 7],
                "1,2", "9" * 400, True)  # fmt: skip
ONE_IN = 20
WORDS = ("dataset/", "tag/", "group/", "organization/", "user/", "resource/format_")
ODD_LIMITS = ("x", "-1", "", "1e9", "9" * 30)
# Words of the machinery: Python's, the database's, the index's, addresses of files.
INTERNAL = re.compile(
    r"Traceback|Internal Server|\.py\b|psycopg|sqlalchemy|SELECT |INSERT |KeyError|"
    r"TypeError|object has no attribute|SOLR|Solr|HTTPError|NoneType|can't adapt|"
    r"invalid input syntax|decoded to|<class "
)


def bodies() -> Iterator[str]:
    """Yield what is sent to every action: nothing, and odd parameters of each kind."""
    yield "{}"
    for value in VALUES:
        yield json.dumps(dict.fromkeys(NAMES, value))
    for value in (7, ["a"], {"a": 1}):
        yield json.dumps({"id": value})


def searches() -> Iterator[str]:
    """Yield searches with one odd parameter."""
    for value in (*VALUES, *ODD_SEARCHES):
        for name in SEARCHED:
            yield json.dumps({name: value})


def failures(app: Any, world: World, roles: tuple[str, ...]) -> list[str]:
    """Return a line for each call answered by an error or in internal words.

    All calls are made for the proof, else one in `ONE_IN`.
    """
    names = sorted(calls.registered_actions())
    asked = [
        (role, name, body) for role in roles for name in names for body in bodies()
    ]
    asked += [(role, "package_search", body) for role in roles for body in searches()]
    chosen = [call for call in asked if check.PROOF in os.environ or _is_chosen(call)]
    chosen += [(role, ANYBODY, body) for role in roles for body in BODIES]
    return [wrong for call in chosen if (wrong := _failure(app, world, *call))]


def word_failures(app: Any, world: World, roles: tuple[str, ...]) -> list[str]:
    """Return a line for each list of words that failed on an odd query."""
    queries = [{}, *({"q": "a", "incomplete": "a", "limit": n} for n in ODD_LIMITS)]
    wrong = []
    for role, kind, query in itertools.product(roles, WORDS, queries):
        address = f"/api/2/util/{kind}autocomplete?{urlencode(query)}"
        answer = calls.send(app, "GET", address, role, world, None)
        if answer.status >= 500:
            wrong.append(f"{address}, {role}: {answer.status}")
    return wrong


def _is_chosen(call: tuple[str, str, str]) -> bool:
    return zlib.crc32("/".join(call).encode()) % ONE_IN == 0


def _failure(app: Any, world: World, role: str, name: str, body: str) -> str:
    answer = calls.send(app, "POST", calls.API + name, role, world, body)
    text = answer.body.decode("utf-8", "replace")
    words = re.search(INTERNAL, text) if answer.status >= 400 else None
    if answer.status < 500 and words is None:
        return ""
    return f"{name}, {role}, {body[:60]}: {answer.status} {text[-200:]}"
