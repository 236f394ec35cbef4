"""What the crawl asks: every route, every reading action, many parameter sets.

The lists follow from the application that runs, so a new route or action is asked
about without being named here.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from leaks.ask import (
    ABSENT,
    ABSENT_NAME,
    API,
    ENTRIES,
    FORMATS,
    HIDDEN_ENTRIES,
    TABLES,
    Ask,
    action,
    get,
)
from leaks.places import ACCOUNTS
from leaks.searching import probes, searches, tables
from leaks.world import World
from werkzeug.routing.converters import AnyConverter

import ckan.plugins.toolkit as tk
from ckan import logic


def everything(app: Any, world: World) -> list[Ask]:
    """Return every request of the crawl, in a fixed order."""
    parts: Iterable[Iterator[Ask]] = (
        routes(app, world),
        actions(world),
        searches(world),
        tables(world),
        probes(world),
    )
    return list(dict.fromkeys(itertools.chain(*parts)))


# What is withheld is counted for everybody, by ground and department: on purpose.
COUNTS_OF_WITHHELD = {
    "jiangmen_sharing_ratio",
    "jiangmen_withheld_counts",
    "jiangmen_withheld_list",
}


def general(world: World) -> list[Ask]:
    """Return the requests that name no entry: lists, searches, words, counts."""
    tk.get_action("status_show")
    asks = [*pages(), *searches(world), *autocompletes()]
    for name in reading_actions():
        if name not in COUNTS_OF_WITHHELD:
            asks += [action("action", name, **data) for data in _switches(world)]
    return list(dict.fromkeys(asks))


def sample(asks: list[Any], number: int, seed: object) -> list[Any]:
    """Return `number` of the requests, chosen by `seed`, as many of each group."""
    dice = random.Random(str(seed))
    groups: dict[str, list[Any]] = {}
    for ask in dice.sample(asks, len(asks)):
        groups.setdefault(getattr(ask, "group", ""), []).append(ask)
    turns = itertools.zip_longest(*groups.values())
    chosen = (ask for turn in turns for ask in turn if ask is not None)
    return list(itertools.islice(chosen, number))


# Routes


def _values(world: World) -> dict[str, list[str]]:
    """Return ids by what they are ids of, absent and mangled ones among them."""
    known = world.ids
    entries = [known[key] for key in ENTRIES] + [known[f"{k}.name"] for k in ENTRIES]
    hidden, name = known["withheld"], known["withheld.name"]
    entries += [hidden.upper(), f"{hidden}.", f"{name}.", name.upper(), ABSENT]
    bodies = [known[key] for key in known if key.startswith("市")]
    return {
        "entry": entries,
        "body": [*bodies, "ziranrenku", ABSENT],
        "user": [*ACCOUNTS, known["c_cataloguer"], known["auditor"], ABSENT],
        "revision": [
            *(known[key] for key in known if key.endswith(".revision")),
            ABSENT,
        ],
        "resource": [known[f"{key}.table"] for key in TABLES]
        + [known["open.document"], known["open.paper"], ABSENT],
        "import": [known["import"], ABSENT],
        "noted": [
            known[key] for key in ("ground", "internal_ground", "grant", "ended")
        ],
        "edition": ["1", "minzhengju-1", "2", ABSENT],
        "tag": [world.marks[f"{key}.subject_terms"].word for key in ENTRIES],
    }


PREFIXES = {
    "/dataset": "entry", "/desk/entry": "entry", "/group": "body",
    "/organization": "body", "/user": "user", "/desk/revision": "revision",
    "/revision": "revision", "/desk/survey": "import", "/feeds/group": "body",
    "/feeds/organization": "body", "/feeds/tag": "tag", "/datastore": "resource",
    "/file": "resource", "/desk/editions": "edition", "/editions": "edition",
}  # fmt: skip
EDITION_TEXTS = ["full", "departments", "public"]
EDITION_FORMATS = ["html", "xml", "jsonld", "xlsx", "xsd", "pdf", "json"]
OTHERS = {
    "filename": ["x.csv"], "fmt": [*FORMATS, "html"], "lang": ["zh_Hans_CN"],
    "text": EDITION_TEXTS, "format": EDITION_FORMATS,
    "ver": ["1", "2", "3"], "verb": ["approve"], "view_id": [ABSENT],
    "path": ["dataset/", "css/main.css"], "token": [ABSENT], "location": ["x"],
    "storage_name": ["default", "resource", "group_uploads"],
}  # fmt: skip


def routes(app: Any, world: World) -> Iterator[Ask]:
    """Yield every rule of the application with ids of several kinds, GET and HEAD."""
    values = _values(world)
    for rule in app.flask_app.url_map.iter_rules():
        if rule.endpoint in {"api.action", "user.logout"}:
            continue
        for filled in _fillings(rule, values, world):
            built = _address(rule, filled)
            if built is not None:
                yield get("route", built)
                yield Ask("route", "HEAD", built)
    yield from _by_hand(world)


def _fillings(
    rule: Any, values: Mapping[str, list[str]], world: World
) -> Iterator[dict[str, str]]:
    kind = next((k for p, k in PREFIXES.items() if rule.rule.startswith(p)), "entry")
    columns: dict[str, list[str]] = {}
    for name in rule.arguments:
        if name == "id" or name.endswith("_id") or name not in OTHERS:
            columns[name] = values["resource" if name == "resource_id" else kind]
        if name in OTHERS:
            columns[name] = OTHERS[name]
    if {"id", "resource_id"} <= set(columns):
        pairs = [("id", "resource_id")]
        others = [n for n in columns if n not in pairs[0]]
        for (entry, resource), *rest in itertools.product(
            _pairs(world), *(columns[n] for n in others)
        ):
            yield {
                "id": entry,
                "resource_id": resource,
                **dict(zip(others, rest, strict=True)),
            }
        return
    for chosen in itertools.product(*columns.values()):
        yield dict(zip(columns, chosen, strict=True))


def _pairs(world: World) -> Iterator[tuple[str, str]]:
    """Yield entries (and revisions) with their files, and foreign files with them."""
    known = world.ids
    for key in TABLES:
        for owner in (key, f"{key}.name", f"{key}.revision", "shared"):
            yield known[owner], known[f"{key}.table"]
    for file in ("document", "paper"):
        for owner in ("open", "open.name", "open.revision", "shared"):
            yield known[owner], known[f"open.{file}"]
    yield ABSENT, ABSENT


def _by_hand(world: World) -> Iterator[Ask]:
    """Yield addresses that no rule builds: pages with queries, odd paths, errors."""
    yield from pages()
    yield from autocompletes()
    for value in _codes(world):
        yield get("page", f"/code/{value}")
    for key in ENTRIES:
        for ending in ("rdf", "ttl", "jsonld", "xml", "json"):
            yield get("page", f"/dataset/{world.ids[key]}.{ending}")


def pages() -> Iterator[Ask]:
    """Yield lists as pages and feeds, with queries, and addresses of nothing."""
    for query in ({}, {"q": "名册"}, {"sort": "title_string desc"}, {"page": 2},
                  {"organization": "minzhengju"}, {"_tags_limit": 0}, {"page": "x"},
                  {"ext_bbox": "113,22,114,23"}, {"state": "draft"}):  # fmt: skip
        for path in ("/dataset/", "/organization/minzhengju", "/group/ziranrenku",
                     "/feeds/dataset.atom", "/feeds/custom.atom",
                     "/desk/revisions", "/organization/", "/group/"):  # fmt: skip
            yield get("page", path, **query)
    for state in ("draft", "submitted", "returned", "approved", "open"):
        yield get("page", "/desk/revisions", state=state)
    yield get("page", "/desk/revisions", organization="minzhengju")
    for path in ("/nothing", "//dataset", "/en/dataset/", "/uploads/group/x.png",
                 "/uploads/../blobs/", "/api/3/action/nothing", "/api/3",
                 "/sitemap.xml", "/catalog.ttl", "/catalog.jsonld", "/stats", "/proxy",
                 "/revision/", "/harvest", "/", "/desk", "/desk/survey", "/about",
                 "/user/"):  # fmt: skip
        yield get("page", path)


def autocompletes() -> Iterator[Ask]:
    """Yield core's autocompletes with several beginnings."""
    for kind, name in (("dataset", "incomplete"), ("tag", "incomplete"),
                       ("group", "q"), ("organization", "q"), ("user", "q"),
                       ("resource/format", "incomplete")):  # fmt: skip
        separator = "_" if "/" in kind else "/"
        for begin in ("", "zq", "张", "a", "c", "事"):
            yield get("words", f"/api/2/util/{kind}{separator}autocomplete",
                      **{name: begin})  # fmt: skip


# Actions


def reading_actions() -> list[str]:
    """Return the names of the actions that change nothing."""
    tk.get_action("status_show")
    return sorted(
        name
        for name, function in logic._actions.items()
        if getattr(function, "side_effect_free", False)
    )


def actions(world: World) -> Iterator[Ask]:
    """Yield every reading action with ids under every name, and with its switches."""
    sets = [*_switches(world), *_with_ids(world)]
    for name in reading_actions():
        yield get("action", API + name)
        for data in sets:
            yield action("action", name, **data)


def _switches(world: World) -> Iterator[dict[str, Any]]:
    yield {
        "all_fields": True, "include_datasets": True, "include_users": True,
        "include_extras": True, "include_dataset_count": True, "include_tracking": True,
        "include_num_followers": True, "include_groups": True, "include_tags": True,
        "include_private": True, "include_drafts": True, "include_deleted": True,
        "use_default_schema": True, "limit": 1000,
    }  # fmt: skip
    for word in ("", "zq", "张", "c_", "csv"):
        yield {"q": word, "query": word, "limit": 1000}
    yield {"query": "name:zq"}
    yield {"query": ["name:zq", "description:zq"]}
    yield {"sort": "package_count desc", "all_fields": True}
    yield {"state": "draft", "waiting_for_me": False}
    yield {"organization": world.ids["市民政局"], "limit": 500}
    yield {"id": "minzhengju", "include_datasets": True, "include_users": True}


def _codes(world: World) -> list[str]:
    """Return a former number of every entry, and one of none."""
    return [*(world.text(f"{key}.former_codes") for key in ENTRIES), ABSENT]


def _with_ids(world: World) -> Iterator[dict[str, Any]]:
    values = _values(world)
    ids = [value for kind in values.values() for value in kind]
    for value in dict.fromkeys(ids):
        yield {"id": value, "include_datasets": True, "include_users": True,
               "include_tracking": True, "version": 1}  # fmt: skip
    for value in values["resource"]:
        yield {"resource_id": value}
    for value in _codes(world):
        yield {"code": value}
    for text, ending in itertools.product(EDITION_TEXTS, EDITION_FORMATS):
        yield {"id": "minzhengju-1", "text": text, "format": ending}
    for value in values["entry"]:
        yield {"package_id": value, "name_or_id": value, "dataset_id": value}
        yield {"id": value, "object_type": "package", "use_default_schema": True}
    for value in (*values["body"], *values["user"]):
        yield {"id": value, "object_type": "user", "user_id": value, "user": value}
        yield {"organization": value, "account": value}
    for key in HIDDEN_ENTRIES:
        yield {"entity_id": world.ids[f"{key}.table"] if key in TABLES else "",
               "task_type": "xloader", "key": "xloader"}  # fmt: skip


# Twins

TWINS = (("withheld", ABSENT), ("withheld.name", ABSENT_NAME), ("draft", ABSENT),
         ("draft.revision", ABSENT), ("submitted.name", ABSENT_NAME),
         ("withdrawn", ABSENT), ("withheld.table", ABSENT), ("open.paper", ABSENT),
         ("import", ABSENT))  # fmt: skip
ID_NAMES = ("id", "resource_id", "package_id", "revision_id", "dataset_id",
            "entity_id", "name_or_id", "object", "user", "account")  # fmt: skip

Twin = tuple[Ask, Ask, str, str]


def twins(app: Any, world: World) -> Iterator[Twin]:
    """Yield requests about something hidden beside the same about nothing at all."""
    for key, other in TWINS:
        hidden = world.ids[key]
        for rule in app.flask_app.url_map.iter_rules():
            names = [n for n in rule.arguments if n == "id" or n.endswith("_id")]
            if not names or rule.endpoint == "api.action":
                continue
            method = "GET" if "GET" in rule.methods else "POST"
            one, two = (_built(rule, names, value) for value in (hidden, other))
            if one and two:
                yield (
                    Ask("twin", method, one),
                    Ask("twin", method, two),
                    hidden,
                    other,
                )
        tk.get_action("status_show")
        for name in sorted(logic._actions):
            one, two = (
                action("twin", name, **dict.fromkeys(ID_NAMES, value))
                for value in (hidden, other)
            )
            yield one, two, hidden, other


def _built(rule: Any, names: list[str], value: str) -> str | None:
    filled = {n: OTHERS.get(n, [value])[0] for n in rule.arguments}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            filled[name] = min(converter.items)
    return _address(rule, filled | dict.fromkeys(names, value))


def _address(rule: Any, filled: dict[str, Any]) -> str | None:
    """Return the rule's address, None if a value is not among those that it takes."""
    try:
        built = rule.build(filled, append_unknown=False)
    except ValueError:
        return None
    return built[1] if built else None
