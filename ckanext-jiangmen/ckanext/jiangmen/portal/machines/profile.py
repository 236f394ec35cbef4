"""Our DCAT-AP profile for ckanext-dcat: an entry of the catalogue as `dcat:Dataset`.

docs/dcat.md is the table of what becomes what. Export only: these classes read no RDF.
"""

from __future__ import annotations

from typing import Any

from ckanext.dcat.profiles import RDFProfile
from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, SKOS, XSD, Literal, Namespace, URIRef

from ckanext.jiangmen.catalog import lists, vocabularies
from ckanext.jiangmen.catalog.values import is_empty
from ckanext.jiangmen.portal.machines import addresses, distributions, periods, quality
from ckanext.jiangmen.portal.machines.nodes import (
    PREFIXES,
    Nodes,
    date,
    moment,
    own,
    text,
)

ADMS = Namespace("http://www.w3.org/ns/adms#")
DQV = Namespace("http://www.w3.org/ns/dqv#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

# Of DCAT 3, which rdflib does not list yet.
VERSION = URIRef(f"{DCAT}version")

Row = dict[str, Any]

# What DCAT has no word for stays under its own name (as in editions of the catalogue).
OWN_FIELDS = (
    "share_type",
    "sharing_category",
    "open_flag",
    "open_condition",
    "exchange_method",
    "content_kind",
    "content_subkind",
    "format_class",
    "format_types",
    "provider_unit",
    "provider_code",
    "data_volume",
    "class_lei",
    "class_xiang",
    "class_mu",
    "class_ximu",
    "related_codes",
)
OWN_ITEM_FIELDS = ("name", "column", "data_type", "data_length", "standard", "is_key")


class JiangmenProfile(RDFProfile):
    """DCAT-AP 3.0.1."""

    dcat_ap = 3

    def graph_from_catalog(self, catalog_dict: Row, catalog_ref: URIRef) -> None:
        """Write the catalogue itself: {title, description, modified}."""
        nodes = self._nodes()
        office = lists.organization_named("市网信统筹局") or {"name": "", "title": ""}
        region = next(iter(lists.regions()))
        said = {
            RDF.type: DCAT.Catalog,
            DCTERMS.title: text(catalog_dict["title"]),
            DCTERMS.description: text(catalog_dict["description"]),
            DCTERMS.language: nodes.language(),
            DCTERMS.publisher: nodes.department(
                addresses.organization(office), office["title"]
            ),
            DCTERMS.spatial: nodes.region(
                addresses.region(region), region, lists.regions()[region]
            ),
            DCAT.themeTaxonomy: nodes.scheme("data-theme"),
            FOAF.homepage: nodes.document(addresses.site("/")),
        }
        if catalog_dict.get("modified"):
            said[DCTERMS.modified] = moment(catalog_dict["modified"])
        for predicate, value in said.items():
            self.g.add((catalog_ref, predicate, value))

    def graph_from_dataset(self, dataset_dict: Row, dataset_ref: URIRef) -> None:
        """Write one entry, as `package_show` answers it."""
        nodes = self._nodes()
        for each in (DCAT.Dataset, DCAT.Resource):
            self.g.add((dataset_ref, RDF.type, each))
        self._texts(dataset_dict, dataset_ref)
        self._dates(dataset_dict, dataset_ref)
        self._concepts(nodes, dataset_dict, dataset_ref)
        self._people(nodes, dataset_dict, dataset_ref)
        self._numbers(nodes, dataset_dict, dataset_ref)
        self._items(nodes, dataset_dict, dataset_ref)
        self._period(nodes, dataset_dict, dataset_ref)
        self._quality(nodes, dataset_dict, dataset_ref)
        distributions.write(nodes, dataset_dict, dataset_ref, dcat_ap=self.dcat_ap)

    def _nodes(self) -> Nodes:
        prefixes = PREFIXES | {
            "adms": ADMS,
            "dqv": DQV,
            "vcard": VCARD,
            "spdx": distributions.SPDX,
        }
        for prefix, namespace in prefixes.items():
            self.g.bind(prefix, namespace, override=True)
        return Nodes(self.g)

    def _texts(self, entry: Row, ref: URIRef) -> None:
        self.g.add((ref, DCTERMS.title, text(entry["title"])))
        notes = entry.get("notes") or entry["title"]
        self.g.add((ref, DCTERMS.description, text(notes)))
        for tag in entry.get("tags") or []:
            self.g.add((ref, DCAT.keyword, text(tag["name"])))
        for field in OWN_FIELDS:
            values = entry.get(field)
            for value in values if isinstance(values, list) else [values]:
                if not is_empty(value):
                    self.g.add((ref, own(field), Literal(str(value))))

    def _dates(self, entry: Row, ref: URIRef) -> None:
        if entry.get("publish_date"):
            self.g.add((ref, DCTERMS.issued, date(entry["publish_date"])))
        self.g.add((ref, DCTERMS.modified, moment(entry["metadata_modified"])))
        if entry.get("version"):
            version = Literal(str(entry["version"]))
            predicate = VERSION if self.dcat_ap == 3 else OWL.versionInfo
            self.g.add((ref, predicate, version))

    def _concepts(self, nodes: Nodes, entry: Row, ref: URIRef) -> None:
        add, words = self.g.add, vocabularies.words()
        add((ref, DCTERMS.language, nodes.language()))
        for code, label in vocabularies.themes(entry):
            add((ref, DCAT.theme, nodes.coded("data-theme", code, label)))
        for code, label in vocabularies.dataset_types(entry):
            add((ref, DCTERMS.type, nodes.coded("dataset-type", code, label)))
        for group in entry.get("groups") or []:
            subject = nodes.thing(addresses.group(group), SKOS.Concept)
            add((subject, SKOS.prefLabel, text(group["title"])))
            add((ref, DCTERMS.subject, subject))
        cycle = str(entry.get("update_cycle") or "")
        if cycle in words["update_cycle"]:
            code = words["update_cycle"][cycle]
            node = nodes.coded("frequency", code, cycle, DCTERMS.Frequency)
            add((ref, DCTERMS.accrualPeriodicity, node))
        access = words["access"]
        node = nodes.coded(
            "access-right", access["code"], access["label"], DCTERMS.RightsStatement
        )
        add((ref, DCTERMS.accessRights, node))
        licence = vocabularies.licence_iri(entry.get("license_id"))
        if licence:
            add((ref, DCTERMS.license, nodes.licence(licence)))
        region = vocabularies.region(entry)
        if region:
            node = nodes.region(addresses.region(region[0]), *region)
            add((ref, DCTERMS.spatial, node))

    def _people(self, nodes: Nodes, entry: Row, ref: URIRef) -> None:
        add, body = self.g.add, entry.get("organization")
        if not body:
            return
        page = addresses.organization(body)
        add((ref, DCTERMS.publisher, nodes.department(page, body["title"])))
        contact = nodes.thing(f"{ref}#contact", VCARD.Kind, VCARD.Organization)
        add((ref, DCAT.contactPoint, contact))
        unit = entry.get("contact_name") or entry.get("provider_unit") or ""
        add((contact, VCARD.fn, text(f"{body['title']} {unit}".strip())))
        add((contact, VCARD.hasURL, URIRef(page)))
        phone = "".join(str(entry.get("contact_phone") or "").split())
        if phone:
            add((contact, VCARD.hasTelephone, URIRef(f"tel:{phone}")))

    def _numbers(self, nodes: Nodes, entry: Row, ref: URIRef) -> None:
        add = self.g.add
        add(
            (
                ref,
                DCTERMS.identifier,
                Literal(entry.get("resource_code") or entry["id"]),
            )
        )
        for place, code in enumerate(entry.get("former_codes") or [], 1):
            number = nodes.thing(f"{ref}#number-{place}", ADMS.Identifier)
            add((number, SKOS.notation, Literal(code, datatype=XSD.token)))
            add((ref, ADMS.identifier, number))
        add((ref, DCAT.landingPage, nodes.document(addresses.entry(entry))))
        for place, title in enumerate(vocabularies.standards(entry), 1):
            standard = nodes.thing(
                f"{ref}#standard-{place}", DCTERMS.Standard, title=title
            )
            add((ref, DCTERMS.conformsTo, standard))

    def _items(self, nodes: Nodes, entry: Row, ref: URIRef) -> None:
        for place, item in enumerate(entry.get("information_items") or [], 1):
            node = nodes.thing(f"{ref}#item-{place}", own("InformationItem"))
            self.g.add((ref, own("information_item"), node))
            for field in OWN_ITEM_FIELDS:
                if not is_empty(item.get(field)):
                    self.g.add((node, own(field), Literal(str(item[field]))))

    def _period(self, nodes: Nodes, entry: Row, ref: URIRef) -> None:
        found = periods.of_entry(entry)
        if found:
            node = nodes.thing(f"{ref}#period", DCTERMS.PeriodOfTime)
            self.g.add((node, DCAT.startDate, date(found[0])))
            self.g.add((node, DCAT.endDate, date(found[1])))
            self.g.add((ref, DCTERMS.temporal, node))

    def _quality(self, nodes: Nodes, entry: Row, ref: URIRef) -> None:
        """Write the 405-point score and its dimensions as DQV measurements."""
        report = quality.of_entry(entry)
        whole = {"name": "mqa", "title": "元数据质量", "points": report["score"]}
        for each in (whole, *report["dimensions"]):
            metric = nodes.thing(str(own(f"{each['name']}_points")), DQV.Metric)
            self.g.add((metric, SKOS.prefLabel, text(each["title"])))
            node = nodes.thing(f"{ref}#quality-{each['name']}", DQV.QualityMeasurement)
            value = Literal(f"{each['points']:.1f}", datatype=XSD.decimal)
            self.g.add((node, DQV.isMeasurementOf, metric))
            self.g.add((node, DQV.value, value))
            self.g.add((ref, DQV.hasQualityMeasurement, node))


class JiangmenProfile2(JiangmenProfile):
    """DCAT-AP 2.1.1: sizes are decimals there, and SHA-256 is not known."""

    dcat_ap = 2
