"""The head of a page: one address, Open Graph, schema.org."""

from __future__ import annotations

import json
import re

import pytest

SITE = "http://test.ckan.net"


@pytest.fixture
def entry(app, receiver, package_id):
    receiver.publish(package_id, title='行政区划</script><script>alert("1")</script>&')
    return app.get(f"/api/3/action/package_show?id={package_id}").json["result"]


def page_of(app, entry, more=""):
    return app.get(f"/dataset/{entry['name']}{more}").text


def test_every_address_of_an_entry_names_the_same_one(app, entry):
    wanted = f'<link rel="canonical" href="{SITE}/dataset/{entry["name"]}">'
    assert wanted in page_of(app, entry)
    assert wanted in page_of(app, entry, "?x=1")
    assert wanted in app.get(f"/dataset/{entry['id']}", follow_redirects=True).text
    assert wanted in app.get(f"/en/dataset/{entry['name']}").text


def test_a_files_page_has_its_own_address(app, entry):
    path = f"/dataset/{entry['name']}/resource/{entry['resources'][0]['id']}"
    assert f'<link rel="canonical" href="{SITE}{path}">' in app.get(path).text


def test_other_forms_are_named_and_answer(app, entry):
    forms = re.findall(r'<link rel="alternate"[^>]*href="([^"]*)"', page_of(app, entry))
    assert [each.rsplit(".", 1)[1] for each in forms[-3:]] == ["ttl", "rdf", "jsonld"]
    for each in forms[-3:]:
        assert app.get(each.removeprefix(SITE)).status_code == 200


def test_schema_org_says_what_the_entry_says(app, entry):
    page = page_of(app, entry)
    [block] = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', page, flags=re.S
    )
    said = json.loads(block)
    assert said["@type"] == "Dataset"
    assert said["name"] == entry["title"]
    assert said["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert {each["name"] for each in said["variableMeasured"]} >= {"代码", "名称"}
    assert {each["encodingFormat"] for each in said["distribution"]} >= {"text/csv"}


def test_what_departments_write_does_not_end_the_data_block(app, entry):
    page = page_of(app, entry)
    assert '<script>alert("1")' not in page
    assert page.count("</script>") == page.count("<script")


def test_open_graph_names_the_page(app, entry):
    page = page_of(app, entry)
    for name in ("og:title", "og:url", "og:site_name", "og:description", "og:type"):
        assert f'<meta property="{name}" content="' in page
