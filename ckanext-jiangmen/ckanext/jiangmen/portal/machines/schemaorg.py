"""An entry as schema.org `Dataset`, for the data searches of search engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import vocabularies
from ckanext.jiangmen.portal.machines import addresses, periods, rdf
from ckanext.jiangmen.portal.machines.distributions import EXPORTS

Row = dict[str, Any]


def dataset(entry: Row) -> Row:
    """Return an entry, as `package_show` answers it, as `schema:Dataset`."""
    body = entry.get("organization") or {"name": "", "title": ""}
    publisher = {
        "@type": "GovernmentOrganization",
        "name": body["title"],
        "url": addresses.organization(body),
    }
    region = vocabularies.region(entry)
    said: Row = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": addresses.site(f"/dataset/{entry['id']}"),
        "url": addresses.entry(entry),
        "name": entry["title"],
        "description": entry.get("notes") or entry["title"],
        "identifier": entry.get("resource_code") or entry["id"],
        "keywords": [tag["name"] for tag in entry.get("tags") or []],
        "license": vocabularies.licence_iri(entry.get("license_id")),
        "isAccessibleForFree": True,
        "inLanguage": "zh-CN",
        "version": str(entry.get("version") or ""),
        "datePublished": entry.get("publish_date"),
        "dateModified": entry["metadata_modified"][:10],
        "creator": publisher,
        "publisher": publisher,
        "spatialCoverage": {"@type": "Place", "name": region[1]} if region else None,
        "temporalCoverage": "/".join(periods.of_entry(entry) or ()),
        "variableMeasured": list(_variables(entry)),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": tk.config["ckan.site_title"],
            "url": addresses.site("/"),
        },
        "distribution": list(_downloads(entry)),
    }
    return {key: value for key, value in said.items() if value not in (None, "", [])}


def script(entry: Row) -> Markup:
    """Return the same as text for a data block in a page: no sign of HTML in it."""
    return htmlsafe_json_dumps(dataset(entry), ensure_ascii=False)


def links(entry: Row) -> list[tuple[str, str, str]]:
    """Return the other forms of an entry: [(address, media type, title)]."""
    return [
        (addresses.document(entry, fmt), rdf.FORMATS[fmt][0], title)
        for fmt, title in (("ttl", "Turtle"), ("rdf", "RDF/XML"), ("jsonld", "JSON-LD"))
    ]


def _variables(entry: Row) -> Iterator[Row]:
    for item in entry.get("information_items") or []:
        yield {"@type": "PropertyValue", "name": item["name"]}


def _downloads(entry: Row) -> Iterator[Row]:
    for resource in entry.get("resources") or []:
        fmt = resource.get("format")
        yield _download(resource, fmt, resource.get("url"), resource.get("size"))
        if resource.get("datastore_active"):
            for word, name in EXPORTS.items():
                if name != str(fmt).upper():
                    address = addresses.export(entry, resource, word)
                    yield _download(resource, name, address, None)


def _download(resource: Row, fmt: str | None, address: str | None, size: Any) -> Row:
    found = vocabularies.format_of(fmt)
    said = {
        "@type": "DataDownload",
        "name": resource.get("name"),
        "contentUrl": address,
        "encodingFormat": found.media if found else fmt,
        "contentSize": f"{size} B" if size else None,
        "dateModified": (resource.get("last_modified") or resource["created"])[:10],
    }
    return {key: value for key, value in said.items() if value}
