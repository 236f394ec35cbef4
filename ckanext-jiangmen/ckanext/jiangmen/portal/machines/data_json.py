"""data.json: the catalogue as Project Open Data metadata 1.1 (DCAT-US)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ckanext.jiangmen.catalog import vocabularies
from ckanext.jiangmen.portal.machines import addresses
from ckanext.jiangmen.portal.machines.distributions import EXPORTS

SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"
Row = dict[str, Any]


def pieces(entries: Iterable[Row]) -> Iterator[str]:
    """Yield the document, an entry at a time."""
    head = {
        "@context": f"{SCHEMA}/catalog.jsonld",
        "@id": addresses.site("/data.json"),
        "@type": "dcat:Catalog",
        "conformsTo": SCHEMA,
        "describedBy": f"{SCHEMA}/catalog.json",
    }
    yield _text(head)[:-1] + ',"dataset":[\n'
    separator = ""
    for entry in entries:
        yield separator + _text(dataset(entry))
        separator = ",\n"
    yield "\n]}\n"


def dataset(entry: Row) -> Row:
    """Return one entry, as lists show it, as `dcat:Dataset` of DCAT-US."""
    body = entry.get("organization") or {"name": "", "title": ""}
    words = vocabularies.words()
    said: Row = {
        "@type": "dcat:Dataset",
        "identifier": addresses.entry(entry),
        "title": entry["title"],
        "description": entry.get("notes") or entry["title"],
        "keyword": [tag["name"] for tag in entry.get("tags") or []] or [body["title"]],
        "modified": entry["metadata_modified"][:10],
        "issued": entry.get("publish_date") or entry["metadata_created"][:10],
        "publisher": {"@type": "org:Organization", "name": body["title"]},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": body["title"],
            "hasURL": addresses.organization(body),
        },
        "accessLevel": "public",
        "language": ["zh"],
        "landingPage": addresses.entry(entry),
        "theme": [label for _code, label in vocabularies.themes(entry)],
        "accrualPeriodicity": words["iso_8601"].get(entry.get("update_cycle")),
        "license": vocabularies.licence_iri(entry.get("license_id")),
        "spatial": (vocabularies.region(entry) or ("", ""))[1],
        "distribution": list(_distributions(entry)),
    }
    return {key: value for key, value in said.items() if value}


def _distributions(entry: Row) -> Iterator[Row]:
    for resource in entry.get("resources") or []:
        yield _distribution(entry, resource, resource.get("format"), resource["url"])
        if resource.get("datastore_active"):
            for fmt, name in EXPORTS.items():
                if name != str(resource.get("format")).upper():
                    address = addresses.export(entry, resource, fmt)
                    yield _distribution(entry, resource, name, address)


def _distribution(entry: Row, resource: Row, fmt: str | None, address: str) -> Row:
    found = vocabularies.format_of(fmt)
    return {
        "@type": "dcat:Distribution",
        "title": resource.get("name") or entry["title"],
        "accessURL": addresses.file(entry, resource),
        "downloadURL": address,
        "mediaType": found.media if found else "application/octet-stream",
        "format": fmt or "",
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
