"""Small nodes of the DCAT document: a thing is said with its class and its name.

Whoever reads one document alone (a validator, a harvester without network) finds in it
what the words mean, so each code of an authority table is named with its table.
"""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from ckanext.jiangmen.catalog import vocabularies
from ckanext.jiangmen.catalog.editions.jsonld import OWN
from ckanext.jiangmen.catalog.editions.xml import element

CHINESE = "zh"


def text(value: str) -> Literal:
    """Return a Chinese text."""
    return Literal(value, lang=CHINESE)


def date(value: str) -> Literal:
    """Return a day, ``2026-11-23``."""
    return Literal(value, datatype=XSD.date)


def moment(value: str) -> Literal:
    """Return a moment that CKAN keeps without its zone, UTC."""
    zoned = value if value.endswith("Z") or "+" in value else f"{value}Z"
    return Literal(zoned, datatype=XSD.dateTime)


def own(field: str) -> URIRef:
    """Return the property of a field that DCAT has no word for."""
    return URIRef(OWN + element(field))


class Nodes:
    """Writes nodes into a graph, each once however often it is named."""

    def __init__(self, graph: Graph) -> None:
        self.g = graph

    def thing(self, iri: str, *classes: Node, title: str = "") -> URIRef:
        """Return a node of these classes, with a title if it has one."""
        node = URIRef(iri)
        for each in classes:
            self.g.add((node, RDF.type, each))
        if title:
            self.g.add((node, DCTERMS.title, text(title)))
        return node

    def document(self, iri: str) -> URIRef:
        """Return a page that people read."""
        return self.thing(iri, FOAF.Document)

    def coded(self, table: str, code: str, label: str, *classes: Node) -> URIRef:
        """Return a code of an EU authority table, named with its table."""
        scheme = self.scheme(table)
        return self.concept(vocabularies.authority(table, code), scheme, label, classes)

    def scheme(self, table: str) -> URIRef:
        """Return an EU authority table."""
        title = vocabularies.words()["schemes"][table]["title"]
        iri = vocabularies.authority(table)
        return self.thing(iri, SKOS.ConceptScheme, title=title)

    def concept(
        self, iri: str, scheme: URIRef, label: str, classes: Iterable[Node] = ()
    ) -> URIRef:
        """Return a concept of a scheme."""
        node = self.thing(iri, SKOS.Concept, *classes)
        self.g.add((node, SKOS.prefLabel, text(label)))
        self.g.add((node, SKOS.inScheme, scheme))
        return node

    def language(self) -> URIRef:
        """Return Chinese, the language of every entry."""
        row = vocabularies.words()["language"]
        return self.coded(
            "language", row["code"], row["label"], DCTERMS.LinguisticSystem
        )

    def region(self, iri: str, code: str, name: str) -> URIRef:
        """Return an administrative division."""
        node = self.thing(iri, DCTERMS.Location)
        self.g.add((node, SKOS.prefLabel, text(name)))
        self.g.add((node, DCTERMS.identifier, Literal(code)))
        return node

    def department(self, iri: str, name: str) -> URIRef:
        """Return a department as publisher."""
        row = vocabularies.words()["publisher_type"]
        scheme = self.thing(row["scheme"], SKOS.ConceptScheme, title=row["title"])
        kind = self.concept(row["iri"], scheme, row["label"])
        node = self.thing(iri, FOAF.Agent, FOAF.Organization)
        self.g.add((node, FOAF.name, text(name)))
        self.g.add((node, DCTERMS.type, kind))
        return node

    def licence(self, iri: str) -> URIRef:
        """Return a licence."""
        return self.thing(iri, DCTERMS.LicenseDocument)

    def media_type(self, found: vocabularies.Format) -> URIRef:
        """Return an IANA media type."""
        return self.thing(found.media_iri, DCTERMS.MediaType, DCTERMS.MediaTypeOrExtent)

    def file_type(self, found: vocabularies.Format) -> URIRef:
        """Return an EU file type."""
        classes = (DCTERMS.MediaTypeOrExtent,)
        return self.coded("file-type", found.file, found.name, *classes)


PREFIXES = {
    "dcat": DCAT,
    "dct": DCTERMS,
    "foaf": FOAF,
    "skos": SKOS,
    "xsd": XSD,
    "jm": OWN,
}
