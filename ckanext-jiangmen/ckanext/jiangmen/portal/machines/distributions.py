"""The files and tables of an entry as `dcat:Distribution`, its interface as service."""

from __future__ import annotations

import re
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Literal, Namespace, URIRef

from ckanext.jiangmen.catalog import vocabularies
from ckanext.jiangmen.portal.machines import addresses
from ckanext.jiangmen.portal.machines.nodes import Nodes, moment, text

SPDX = Namespace("http://spdx.org/rdf/terms#")
# As the shapes of DCAT-AP 3.0.1 write it: https, unlike the rest of the vocabulary.
SHA_256 = "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"
OPENAPI = "https://spec.openapis.org/oas/v3.1.0"
EXPORTS = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON", "parquet": "Parquet"}

_SHA256 = re.compile(r"[0-9a-f]{64}")

Row = dict[str, Any]


def write(nodes: Nodes, entry: Row, ref: URIRef, *, dcat_ap: int) -> None:
    """Write every public file of an entry, tables in every format of the export."""
    for resource in entry.get("resources") or []:
        _file(nodes, entry, ref, resource, dcat_ap)
        if resource.get("datastore_active"):
            for fmt, name in EXPORTS.items():
                if name != str(resource.get("format")).upper():
                    _export(nodes, entry, ref, resource, fmt)


def _file(nodes: Nodes, entry: Row, ref: URIRef, resource: Row, dcat_ap: int) -> None:
    page = addresses.file(entry, resource)
    iri = addresses.file_iri(entry, resource)
    node = _distribution(nodes, entry, ref, iri, resource, resource.get("format"))
    add = nodes.g.add
    add((node, DCAT.accessURL, URIRef(page)))
    if resource.get("url"):
        add((node, DCAT.downloadURL, _iri(resource["url"])))
    if resource.get("description"):
        add((node, DCTERMS.description, text(resource["description"])))
    _size(nodes, node, resource, dcat_ap)
    if resource.get("datastore_active"):
        add((node, DCAT.accessService, _service(nodes, entry, ref, resource)))


def _export(nodes: Nodes, entry: Row, ref: URIRef, resource: Row, fmt: str) -> None:
    """Write a table in a format that is made when asked for: no size, no sum."""
    page = addresses.file(entry, resource)
    iri = f"{addresses.file_iri(entry, resource)}#{fmt}"
    node = _distribution(nodes, entry, ref, iri, resource, EXPORTS[fmt])
    nodes.g.add((node, DCAT.accessURL, URIRef(page)))
    download = URIRef(addresses.export(entry, resource, fmt))
    nodes.g.add((node, DCAT.downloadURL, download))


def _distribution(  # noqa: PLR0913, PLR0917 (what all kinds have in common)
    nodes: Nodes, entry: Row, ref: URIRef, iri: str, resource: Row, fmt: str | None
) -> URIRef:
    add = nodes.g.add
    node = nodes.thing(iri, DCAT.Distribution)
    add((ref, DCAT.distribution, node))
    add((node, DCTERMS.title, text(resource.get("name") or entry["title"])))
    add((node, DCTERMS.language, nodes.language()))
    found = vocabularies.format_of(fmt)
    if found:
        add((node, DCTERMS["format"], nodes.file_type(found)))
        add((node, DCAT.mediaType, nodes.media_type(found)))
    licence = vocabularies.licence_iri(entry.get("license_id"))
    if licence:
        add((node, DCTERMS.license, nodes.licence(licence)))
    access = vocabularies.words()["access"]
    rights = nodes.coded(
        "access-right", access["code"], access["label"], DCTERMS.RightsStatement
    )
    add((node, DCTERMS.rights, rights))
    if resource.get("created"):
        add((node, DCTERMS.issued, moment(resource["created"])))
    changed = resource.get("last_modified") or resource.get("metadata_modified")
    if changed:
        add((node, DCTERMS.modified, moment(changed)))
    return node


def _size(nodes: Nodes, node: URIRef, resource: Row, dcat_ap: int) -> None:
    add = nodes.g.add
    if resource.get("size"):
        kind = XSD.nonNegativeInteger if dcat_ap == 3 else XSD.decimal
        add((node, DCAT.byteSize, Literal(str(int(resource["size"])), datatype=kind)))
    sha256 = str(resource.get("sha256") or "")
    # DCAT-AP 2.1.1 knows SHA-1 only.
    if dcat_ap == 3 and _SHA256.fullmatch(sha256):
        total = nodes.thing(f"{node}#sha256", SPDX.Checksum)
        algorithm = nodes.thing(SHA_256, SPDX.ChecksumAlgorithm)
        add((total, SPDX.algorithm, algorithm))
        value = Literal(sha256, datatype=XSD.hexBinary, normalize=False)
        add((total, SPDX.checksumValue, value))
        add((node, SPDX.checksum, total))


def _service(nodes: Nodes, entry: Row, ref: URIRef, resource: Row) -> URIRef:
    """Write the table's interface, described by its own OpenAPI document."""
    page = addresses.file(entry, resource)
    iri = f"{addresses.file_iri(entry, resource)}#api"
    node = nodes.thing(iri, DCAT.DataService)
    title = f"{resource.get('name') or entry['title']} 数据接口"
    description = URIRef(f"{page}/openapi.json")
    standard = nodes.thing(OPENAPI, DCTERMS.Standard, title="OpenAPI 3.1")
    nodes.g.add((description, RDF.type, FOAF.Document))
    endpoint = URIRef(addresses.site("/api/3/action/datastore_search"))
    for predicate, value in (
        (DCTERMS.title, text(title)),
        (DCAT.endpointURL, endpoint),
        (DCAT.endpointDescription, description),
        (DCAT.servesDataset, ref),
        (DCTERMS.conformsTo, standard),
    ):
        nodes.g.add((node, predicate, value))
    return node


def _iri(address: str) -> URIRef:
    """Return an address that somebody typed, in the signs that an IRI may hold."""
    return URIRef(re.sub(r"[\x00-\x20<>\"{}|\\^`]", _quoted, address))


def _quoted(sign: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in sign[0].encode())
