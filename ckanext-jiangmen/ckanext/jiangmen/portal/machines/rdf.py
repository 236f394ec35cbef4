"""DCAT documents: one entry, or a page of the whole catalogue, in three formats."""

from __future__ import annotations

import warnings
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.machines.distributions import SPDX
from ckanext.jiangmen.portal.machines.nodes import PREFIXES, moment
from ckanext.jiangmen.portal.machines.profile import ADMS, DQV, VCARD

Row = dict[str, Any]

# Ending of the address → (media type, rdflib's word).
FORMATS = {
    "ttl": ("text/turtle", "turtle"),
    "rdf": ("application/rdf+xml", "pretty-xml"),
    "xml": ("application/rdf+xml", "pretty-xml"),
    "jsonld": ("application/ld+json", "json-ld"),
}
# `?profiles=` as ckanext-dcat knows it; its own names mean ours of the same version.
PROFILES = {
    "jiangmen_dcat_ap": "jiangmen_dcat_ap",
    "jiangmen_dcat_ap_2": "jiangmen_dcat_ap_2",
    "euro_dcat_ap_3": "jiangmen_dcat_ap",
    "euro_dcat_ap_2": "jiangmen_dcat_ap_2",
}
DEFAULT_PROFILE = "jiangmen_dcat_ap"


def of_entry(entry: Row, fmt: str, profile: str = DEFAULT_PROFILE) -> str:
    """Return the document of one entry, as `package_show` answers it."""
    serializer = _serializer(profile)
    serializer.graph_from_dataset(entry)
    return _written(serializer.g, fmt)


def of_catalogue(
    page: Row, entries: list[Row], fmt: str, profile: str = DEFAULT_PROFILE
) -> str:
    """Return a page of the catalogue.

    `page`: {title, description, modified, paging: as ckanext-dcat takes it}.
    """
    serializer = _serializer(profile)
    catalogue = serializer.graph_from_catalog(page)
    for entry in entries:
        dataset = serializer.graph_from_dataset(entry)
        serializer.g.add((catalogue, DCAT.dataset, dataset))
        _record(serializer.g, catalogue, dataset, entry)
    serializer._add_pagination_triples(page["paging"])
    return _written(serializer.g, fmt)


def _serializer(profile: str) -> Any:
    # Imported here: ckanext-dcat's modules take core's views in when they load.
    from ckanext.dcat.processors import RDFSerializer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return RDFSerializer(profiles=[PROFILES[profile]])


def _record(graph: Graph, catalogue: URIRef, dataset: URIRef, entry: Row) -> None:
    """Write when the catalogue took the entry up and changed it."""
    record = URIRef(f"{dataset}#record")
    graph.add((catalogue, DCAT.record, record))
    graph.add((record, RDF.type, DCAT.CatalogRecord))
    graph.add((record, FOAF.primaryTopic, dataset))
    graph.add((record, DCTERMS.issued, moment(entry["metadata_created"])))
    graph.add((record, DCTERMS.modified, moment(entry["metadata_modified"])))
    graph.add((record, DCTERMS.identifier, Literal(entry["id"])))


def _written(graph: Any, fmt: str) -> str:
    word = FORMATS[fmt][1]
    plain = graph.default_context
    if word != "json-ld":
        for prefix, namespace in graph.namespaces():
            plain.bind(prefix, namespace, override=True)
        return plain.serialize(format=word)
    context = {name: str(iri) for name, iri in PREFIXES.items()}
    context |= {
        "adms": str(ADMS),
        "vcard": str(VCARD),
        "dqv": str(DQV),
        "spdx": str(SPDX),
    }
    return plain.serialize(format=word, context=context, indent=None)


def catalogue_head(modified: str) -> Row:
    """Return title and description of the catalogue."""
    title = str(tk.config["ckan.site_title"])
    about = tk.config["ckan.site_description"]
    return {
        "title": title,
        "description": about or f"{title}的开放目录。",
        "modified": modified,
    }
