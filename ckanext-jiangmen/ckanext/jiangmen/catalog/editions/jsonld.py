"""An edition as JSON-LD: a `dcat:Catalog`, what DCAT lacks in a vocabulary of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.document import Document, Entry
from ckanext.jiangmen.catalog.editions.xml import element

OWN = "urn:jiangmen:catalogue:"
CONTEXT: dict[str, Any] = {
    "@language": "zh-CN",
    "@vocab": OWN,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dct:issued": {"@type": "xsd:date"},
}
# What of an entry DCAT has a word for; the rest keeps its own.
TERMS = {
    "resource_code": "dct:identifier",
    "title": "dct:title",
    "notes": "dct:description",
    "subject_terms": "dcat:keyword",
    "publish_date": "dct:issued",
    "license_id": "dct:license",
    "update_cycle": "dct:accrualPeriodicity",
    "region_code": "dct:spatial",
    "content_kind": "dct:type",
}
# These are in DCAT resources of their own, not texts.
AGENTS = {"department": "dct:publisher"}


def write(document: Document, path: Path) -> None:
    """Write the document, one entry at a time."""
    head = {
        "@context": CONTEXT,
        "@type": "dcat:Catalog",
        "dct:title": document.title,
        "dct:hasVersion": document.edition,
        "dct:issued": document.date,
        "dct:language": "zh-CN",
        "number": document.number,
        "text": document.text,
        "changes": shape.difference_rows(document),
        "withheldResource": list(document.content.withheld),
    }
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_text(head)[:-1] + ',"dcat:dataset":[\n')
        for place, entry in enumerate(document.content.entries):
            stream.write((",\n" if place else "") + _text(_dataset(entry)))
        stream.write("\n]}\n")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dataset(entry: Entry) -> dict[str, Any]:
    said: dict[str, Any] = {
        "@id": f"/dataset/{entry['name']}",
        "@type": "dcat:Dataset",
    }
    for field in shape.FIELDS:
        if field in AGENTS and field in entry:
            agent = {"@type": "foaf:Organization", "foaf:name": entry[field]}
            said[AGENTS[field]] = agent
        elif field in entry:
            said[TERMS.get(field, element(field))] = entry[field]
    said["informationItem"] = [
        {element(f): item[f] for f in shape.ITEM_FIELDS if f in item}
        for item in entry[shape.ITEMS]
    ]
    return said
