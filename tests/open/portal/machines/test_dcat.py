"""Entries and the catalogue as DCAT: three formats, no violation of two releases."""

from __future__ import annotations

import json
import uuid

import pytest
import rdflib
import shacl
from rdflib import DCAT, DCTERMS, RDF

SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
RDFLIB = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld"}
SITE = "http://test.ckan.net"


def graph_of(answer, fmt):
    return rdflib.Graph().parse(data=answer.data, format=RDFLIB[fmt])


@pytest.fixture
def published(app, receiver, package_id):
    """A published entry with a table, a document and a region."""
    receiver.publish(
        package_id,
        files=[("说明.pdf", b"%PDF-1.4 synthetic")],
        region_code="440703",
        former_codes=["JM-2017-001"],
        update_cycle="每季度",
    )
    return app.get(f"/api/3/action/package_show?id={package_id}").json["result"]


@pytest.mark.parametrize("fmt", ["ttl", "rdf", "xml", "jsonld"])
def test_an_entry_is_sent_in_every_format(app, published, fmt):
    answer = app.get(f"/dataset/{published['name']}.{fmt}")
    assert answer.status_code == 200
    graph = graph_of(answer, fmt)
    [dataset] = graph.subjects(RDF.type, DCAT.Dataset)
    assert str(dataset) == f"{SITE}/dataset/{published['id']}"
    title = rdflib.Literal(published["title"], lang="zh")
    assert graph.value(dataset, DCTERMS.title) == title


def test_formats_say_the_same(app, published):
    address = f"/dataset/{published['name']}"
    graphs = [graph_of(app.get(f"{address}.{fmt}"), fmt) for fmt in RDFLIB]
    assert all(set(graph) == set(graphs[0]) for graph in graphs[1:])


def test_an_entry_is_said_in_the_words_of_other_catalogues(app, published):
    graph = graph_of(app.get(f"/dataset/{published['name']}.ttl"), "ttl")
    dataset = rdflib.URIRef(f"{SITE}/dataset/{published['id']}")
    authority = "http://publications.europa.eu/resource/authority"
    for predicate, value in (
        (DCTERMS.accrualPeriodicity, f"{authority}/frequency/QUARTERLY"),
        (DCTERMS.language, f"{authority}/language/ZHO"),
        (DCTERMS.accessRights, f"{authority}/access-right/PUBLIC"),
        (DCAT.theme, f"{authority}/data-theme/REGI"),
        (DCTERMS.spatial, f"{SITE}/#region-440703"),
        (DCTERMS.license, "https://creativecommons.org/licenses/by/4.0/"),
    ):
        assert str(graph.value(dataset, predicate)) == value
    assert str(graph.value(dataset, DCTERMS.identifier)) == published["resource_code"]


def test_a_file_is_told_with_its_size_sum_and_format(app, published):
    graph = graph_of(app.get(f"/dataset/{published['name']}.ttl"), "ttl")
    [pdf] = [r for r in published["resources"] if r["format"] == "PDF"]
    file = rdflib.URIRef(f"{SITE}/dataset/{published['id']}/resource/{pdf['id']}")
    assert int(graph.value(file, DCAT.byteSize)) == pdf["size"]
    total = graph.value(file, SPDX.checksum)
    assert str(graph.value(total, SPDX.checksumValue)) == pdf["sha256"]
    assert str(graph.value(file, DCAT.mediaType)).endswith("/application/pdf")


def test_a_table_is_told_in_every_format_of_the_export(app, published):
    graph = graph_of(app.get(f"/dataset/{published['name']}.ttl"), "ttl")
    addresses = {str(each) for each in graph.objects(None, DCAT.downloadURL)}
    exports = [each for each in addresses if "/export/" in each]
    assert {each.rsplit("/", 1)[1] for each in exports} == {"xlsx", "json", "parquet"}
    for each in addresses:
        assert app.get(each.removeprefix(SITE)).status_code == 200


@pytest.mark.parametrize(
    ("profile", "release"),
    [("", "3.0.1"), ("euro_dcat_ap_2", "2.1.1"), ("jiangmen_dcat_ap_2", "2.1.1")],
)
def test_nothing_violates_the_shapes(app, published, receiver, profile, release):
    receiver.publish(str(uuid.uuid4()), rows=None, name="mei-you-wen-jian-1")
    asked = f"?profiles={profile}" if profile else ""
    for address in (f"/dataset/{published['name']}.ttl", "/catalog.ttl"):
        graph = graph_of(app.get(address + asked), "ttl")
        assert not shacl.violations(graph, release)


def test_the_shapes_find_what_is_wrong(app, published):
    graph = graph_of(app.get(f"/dataset/{published['name']}.ttl"), "ttl")
    graph.remove((None, DCTERMS.title, None))
    graph.remove((None, DCAT.accessURL, None))
    assert shacl.violations(graph, "3.0.1")


def test_the_catalogue_comes_in_pages_that_lead_on(
    app, published, monkeypatch, receiver
):
    from ckanext.jiangmen.portal.machines import dcat_views

    monkeypatch.setattr(dcat_views, "PER_PAGE", 1)
    receiver.publish(str(uuid.uuid4()), rows=None, name="di-er-ge-1")
    hydra = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
    seen, address = set(), "/catalog.ttl"
    while address:
        graph = graph_of(app.get(address), "ttl")
        seen |= set(graph.objects(None, DCAT.dataset))
        following = next(graph.objects(None, hydra.next), None)
        address = str(following).removeprefix(SITE) if following else ""
    assert len(seen) == 2
    assert app.get("/catalog.ttl?page=3").status_code == 404


def test_an_empty_catalogue_is_one_too(app, platform):
    graph = graph_of(app.get("/catalog.ttl"), "ttl")
    assert not shacl.violations(graph, "3.0.1")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/catalog.ttl?page=0", 400),
        ("/catalog.ttl?page=-1", 400),
        ("/catalog.ttl?page=²", 400),
        ("/catalog.ttl?page=99999999999999999999", 400),
        ("/catalog.ttl?page=7", 404),
        ("/catalog.ttl?profiles=croissant", 400),
        ("/catalog.exe", 404),
        ("/dataset/nothing-here.ttl", 404),
        ("/dataset/江门.ttl", 404),
    ],
)
def test_odd_addresses_get_a_page_and_no_error(app, platform, address, status):
    answer = app.get(address)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_what_is_unchanged_is_not_sent_again(app, published):
    for address in (
        "/catalog.ttl",
        f"/dataset/{published['name']}.jsonld",
        "/data.json",
    ):
        first = app.get(address)
        held = {"If-None-Match": first.headers["ETag"]}
        assert first.headers["Last-Modified"]
        again = app.get(address, headers=held)
        assert (again.status_code, again.data) == (304, b"")


def test_a_new_version_is_sent_again(app, published, receiver):
    first = app.get("/catalog.ttl")
    receiver.publish(published["id"], 2, title="江门市行政区划（新）")
    again = app.get("/catalog.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert "江门市行政区划（新）" in again.text


def test_a_withdrawn_entry_is_gone_from_every_document(app, published, receiver):
    receiver.withdraw(published["id"])
    assert app.get(f"/dataset/{published['name']}.ttl").status_code == 410
    for address in ("/catalog.ttl", "/sitemap.xml", "/sitemap-pages.xml", "/data.json"):
        assert published["name"] not in app.get(address).text


def test_jsonld_names_no_context_that_must_be_fetched(app, published):
    said = json.loads(app.get(f"/dataset/{published['name']}.jsonld").text)
    assert isinstance(said["@context"], dict)


def test_only_the_export_of_ckanext_dcat_is_used():
    """Its parser and harvesters are not loaded: 498 bytes of RDF took 29 s."""
    import ckan.plugins as p

    assert not any(p.plugin_loaded(name) for name in ("dcat", "dcat_rdf_harvester"))
