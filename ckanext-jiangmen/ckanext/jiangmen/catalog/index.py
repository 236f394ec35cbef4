"""What of an entry stands in the search index, and how Chinese is searched.

Items and outlines stay out of lists: the index holds the items' names in a text
field, full items are added by `package_show` of one entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import entries, lists, openness, rules, tables_link
from ckanext.jiangmen.catalog.search import suggesting, timeliness, words
from ckanext.jiangmen.config import is_open_site

# Too long, too private, or of no use for finding: not in lists, not in the index.
STRIPPED = (
    "information_items",
    "spatial",
    "legal_basis",
    "legal_basis_id",
    "exchange_reason",
    "cycle_reason",
    "contact_name",
    "contact_phone",
    "secrecy_reviewer",
    "remarks",
    "related_codes",
)
# Fields that may be counted; `sharing_category` holds the entry's badge there.
FACET_FIELDS = frozenset(
    {
        "organization",
        "groups",
        "tags",
        "res_format",
        "license_id",
        "sharing_category",
        "content_kind",
        "content_subkind",
        "format_class",
        "update_cycle",
        "exchange_method",
        "class_lei",
        "class_xiang",
        "region",
        "region_code",
        "timeliness",
        "dataset_type",
    }
)
LISTED_FIELDS = frozenset(
    {
        "id",
        "name",
        "title",
        "notes",
        "organization",
        "groups",
        "tags",
        "metadata_created",
        "metadata_modified",
        "validated_data_dict",
        "data_dict",
        "score",
        "index_id",
        "res_format",
        "license_id",
        "version",
        "state",
        "capacity",
    }
)

# Characters of a title that sorting looks at.
LONGEST_SORTED = 200
# Exact codes; core's schema has this kind of field for them.
CODES, RELATED = "vocab_codes", "vocab_related_codes"

# What core indexes of each file, by the file's own field.
FILE_FIELDS = {
    "name": "res_name",
    "description": "res_description",
    "format": "res_format",
    "url": "res_url",
    "resource_type": "res_type",
}


def document(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the search document of one package (hook `before_dataset_index`)."""
    if pkg_dict.get("dataset_type") != entries.TYPE:
        return pkg_dict
    whole = json.loads(pkg_dict.get("validated_data_dict") or "{}")
    pkg_dict["item_names"] = item_names(whole)
    pkg_dict["department"] = (whole.get("organization") or {}).get("title", "")
    pkg_dict |= _words(pkg_dict) | timeliness.of_entry(whole)
    region = lists.regions().get(str(whole.get("region_code") or ""))
    pkg_dict |= {"region": region} if region else {}
    badge = rules.category_badge(whole)
    pkg_dict["sharing_category"] = badge
    # Stored as declared; in the index as grounds, terms and decisions have it today.
    today = openness.derived_fields(badge)
    pkg_dict |= {name: value for name, value in today.items() if name in pkg_dict}
    shown = tables_link.known_files(whole)
    whole["resources"] = shown
    pkg_dict |= codes_of(whole)
    for name, field in FILE_FIELDS.items():
        if field in pkg_dict:
            pkg_dict[field] = [resource.get(name) or "" for resource in shown]
    stock = json.loads(pkg_dict["data_dict"])
    known = {resource["id"] for resource in shown}
    stock["resources"] = [r for r in stock.get("resources") or [] if r["id"] in known]
    pkg_dict["data_dict"] = json.dumps(_small(stock))
    pkg_dict["validated_data_dict"] = json.dumps(_small(whole) | today)
    for field in STRIPPED:
        if field != "spatial":  # the spatial plugin reads it and takes it out
            pkg_dict.pop(field, None)
            pkg_dict.pop(f"extras_{field}", None)
    for field in [f for f in pkg_dict if f.startswith("res_extras_")]:
        del pkg_dict[field]
    return pkg_dict


def _words(found: dict[str, Any]) -> dict[str, Any]:
    """Return how title and words are read, and the department's other names."""
    sound = [found["department"], *found["item_names"], *(found.get("tags") or [])]
    title = words.syllables(found.get("title") or "")
    return {
        "department_names": words.bodies(found["department"]),
        "title_py": " ".join(title),
        "title_reading": " ".join(title)[:LONGEST_SORTED],
        "all_py": [" ".join(words.syllables(text)) for text in sound],
        suggesting.FIELD: list(dict.fromkeys(_suggested(found))),
    }


def _suggested(found: dict[str, Any]) -> Iterator[str]:
    yield from suggesting.terms("title", [found.get("title") or ""])
    yield from suggesting.terms("item", found["item_names"])
    yield from suggesting.terms("department", [found["department"]])
    yield from suggesting.terms("tag", found.get("tags") or [])


def codes_of(entry: dict[str, Any]) -> dict[str, list[str]]:
    """Return the codes that an entry is found by, and those that it names."""
    own = [entry.get("resource_code") or "", *(entry.get("former_codes") or [])]
    return {
        CODES: [code for code in own if code],
        RELATED: list(entry.get("related_codes") or []),
    }


def item_names(entry: dict[str, Any]) -> list[str]:
    """Return the names that may be searched; those of 不予共享 items may not.

    An entry of nothing else is found by its own department only, names and all.
    """
    items = rules.effective_items(entry)
    shown = [i["name"] for i in items if i["sharing_category"] != "不予共享"]
    return shown or [i["name"] for i in items]


def _small(package: dict[str, Any]) -> dict[str, Any]:
    """Return a package as lists answer it."""
    small = {key: value for key, value in package.items() if key not in STRIPPED}
    if "extras" in small:
        small["extras"] = [e for e in small["extras"] if e.get("key") not in STRIPPED]
    dropped = ("header", "sha256", "rows_left_out")
    # One document for all callers: how large an original is, its readers see elsewhere.
    untold: dict[str, Any] = {} if is_open_site() else {"size": None}
    small["resources"] = [
        {key: value for key, value in resource.items() if key not in dropped} | untold
        for resource in small.get("resources") or []
    ]
    return small


def search_params(params: dict[str, Any]) -> dict[str, Any]:
    """Close what tells of entries that the caller cannot find.

    A facet with a count of 0, or any field in `fl`, names hidden entries' values.
    """
    least = params.get("facet.mincount")
    params["facet.mincount"] = max(int(least or 1), 1)
    if params.get("facet.field"):
        asked = params["facet.field"]
        asked = asked if isinstance(asked, list) else [asked]
        params["facet.field"] = [field for field in asked if field in FACET_FIELDS]
    limit = params.get("facet.limit")
    if limit is not None and not 0 <= int(limit) <= 500:
        params["facet.limit"] = 500
    if params.get("fl"):
        wanted = params["fl"]
        parts = wanted if isinstance(wanted, list) else str(wanted).split(",")
        names = [name for part in parts for name in str(part).split()]
        kept = [name for name in names if name in LISTED_FIELDS]
        if len(kept) < len(names):
            raise tk.ValidationError({"fl": [tk._("This field cannot be listed.")]})
    return params
