"""What an entry's page on the open site shows beside the entry's own fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog.search import timeliness
from ckanext.jiangmen.portal import export_sizes
from ckanext.jiangmen.tables import registry

Entry = Mapping[str, Any]

ALIKE = 5
CITY = "江门"

# Open licences by what their readers may and must do (schemas/licenses.json).
NO_CONDITIONS = frozenset({"CC0-1.0", "PDDL-1.0"})
SHARE_ALIKE = frozenset({"CC-BY-SA-4.0", "ODbL-1.0"})
ATTRIBUTION = frozenset({"CC-BY-4.0", "ODC-BY-1.0"}) | SHARE_ALIKE

PYTHON = """\
import json
from urllib.request import urlopen

with urlopen("{address}") as answer:
    found = json.load(answer)["result"]
print({shown})"""

R = """\
library(jsonlite)

found <- fromJSON("{address}")$result
print({shown})"""


def _call(action: str, **data: Any) -> Any:
    return tk.get_action(action)(Context(user=tk.current_user.name), data)


def jiangmen_entry_tables(entry: Entry) -> dict[str, Any]:
    """Return what was loaded for an entry: {tables, rows, loaded}, by their files.

    `loaded` is the last load of all, None without a table; `tables` holds rows and
    columns by the file's id.
    """
    found = {
        resource["id"]: loaded
        for resource in entry.get("resources") or []
        if resource.get("datastore_active")
        and (loaded := registry.loaded(resource["id"]))
    }
    return {
        "tables": {
            id: {"rows": each.rows, "columns": len(each.columns)}
            for id, each in found.items()
        },
        "rows": sum(each.rows for each in found.values()),
        "loaded": max((each.loaded_at for each in found.values()), default=None),
    }


def jiangmen_export_sizes(resource: Entry) -> dict[str, int]:
    """Return the sizes of a table's downloads in bytes, by format, as far as known."""
    return export_sizes.sizes(resource["id"])


def jiangmen_timeliness(entry: Entry) -> str:
    """Return whether the data was renewed as its cycle says; "" without a length."""
    return timeliness.of_entry(entry).get(timeliness.FIELD, "")


def jiangmen_versions(entry: Entry) -> list[dict[str, Any]]:
    """Return the entry's published versions, the newest first."""
    return _call("jiangmen_portal_version_list", id=entry["id"])["results"]


def jiangmen_alike(entry: Entry) -> list[dict[str, Any]]:
    """Return published entries that share subjects with this one, the nearest first."""
    subjects = [tag["name"].replace('"', "") for tag in entry.get("tags") or []]
    if not subjects:
        return []
    named = " OR ".join(f'"{subject}"' for subject in subjects)
    found = _call(
        "package_search",
        q=f"tags:({named})",
        fq=f"-id:{entry['id']}",
        rows=ALIKE,
        facet="false",
    )
    return found["results"]


def jiangmen_licence_words(entry: Entry) -> dict[str, list[str]]:
    """Return in plain words what the licence allows and asks: {may, must}."""
    licence = entry.get("license_id")
    if licence not in NO_CONDITIONS | ATTRIBUTION:
        return {"may": [], "must": []}
    may = [
        tk._("Copy, pass on, change and combine the data"),
        tk._("Use it for any purpose, business included, free of charge"),
    ]
    must = []
    if licence in ATTRIBUTION:
        must.append(tk._("Name the provider, this site and the licence"))
        must.append(tk._("Say what was changed"))
    if licence in SHARE_ALIKE:
        must.append(tk._("Publish what is made of it under the same licence"))
    return {"may": may, "must": must}


def jiangmen_citation(entry: Entry) -> dict[str, str]:
    """Return how to cite an entry: {national, bibtex}.

    `national` is the form of GB/T 7714-2015, 4.6 with DS/OL for a data set online:
    responsible body, title, place, publisher, year, date of the version, date of the
    reading and address.
    """
    title = entry.get("title") or entry["name"]
    author = provider_name(entry)
    site = tk.config.get("ckan.site_title", "")
    address = tk.url_for(
        "dataset.read", id=entry["name"], locale="default", _external=True
    )
    changed = tk.h.date_str_to_datetime(entry["metadata_modified"])
    issued = clock.local(changed).date().isoformat()
    today = clock.today().isoformat()
    national = (
        f"{author}. {title}[DS/OL]. {CITY}: {site}, "
        f"{issued[:4]}({issued})[{today}]. {address}."
    )
    fields = {
        "author": f"{{{author}}}",
        "title": title,
        "publisher": site,
        "address": CITY,
        "year": issued[:4],
        "version": str(entry.get("version") or 1),
        "url": address,
        "urldate": today,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return {"national": national, "bibtex": f"@misc{{{entry['name']},\n{lines}\n}}"}


def provider_name(entry: Entry) -> str:
    """Return the provider's name as it is known outside of the city."""
    title = (entry.get("organization") or {}).get("title") or ""
    return f"{CITY}{title}" if title.startswith("市") else title


def jiangmen_calls(entry: Entry) -> list[dict[str, str]]:
    """Return lines that read an entry's data by machine: [{id, title, text}].

    They run as they stand: the rows of the first table, or the metadata without one.
    """
    root = tk.url_for("home.index", locale="default", _external=True).rstrip("/")
    about = f"{root}/api/3/action/package_show?id={entry['id']}"
    tables = [r for r in entry.get("resources") or [] if r.get("datastore_active")]
    rows = tables and (
        f"{root}/api/3/action/datastore_search?resource_id={tables[0]['id']}&limit=5"
    )
    address = rows or about
    curl = "\n\n".join(f"curl '{each}'" for each in (about, rows) if each)
    return [
        {"id": "curl", "title": "curl", "text": curl},
        {
            "id": "python",
            "title": "Python",
            "text": PYTHON.format(
                address=address, shown='found["records"]' if rows else "found"
            ),
        },
        {
            "id": "r",
            "title": "R",
            "text": R.format(
                address=address, shown="found$records" if rows else "found"
            ),
        },
        {
            "id": "ckanapi",
            "title": "ckanapi",
            "text": (
                f"ckanapi action datastore_search resource_id={tables[0]['id']} "
                f"limit:5 -r {root}"
                if rows
                else f"ckanapi action package_show id={entry['id']} -r {root}"
            ),
        },
    ]


def jiangmen_item_columns(items: list[Entry]) -> list[tuple[str, str]]:
    """Return the columns that any item fills: [(field, title)]."""
    wanted = (
        ("name", tk._("Item")),
        ("column", tk._("Column")),
        ("data_type", tk._("Data type")),
        ("data_length", tk._("Length")),
        ("standard", tk._("Standard")),
        ("is_key", tk._("Key column")),
        ("source_department", tk._("Source")),
        ("remarks", tk._("Remarks")),
    )
    filled = {name for item in items for name, value in item.items() if value}
    return [pair for pair in wanted if pair[0] in filled]


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        name: function
        for name, function in globals().items()
        if name.startswith("jiangmen_") and callable(function)
    }
