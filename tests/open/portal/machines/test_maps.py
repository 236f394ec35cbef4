"""Sitemaps, robots.txt and data.json: absolute addresses that all answer."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET

import pytest

SITE = "http://test.ckan.net"
XMLNS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(app, path):
    root = ET.fromstring(app.get(path).text)
    return [each.text for each in root.iter(f"{XMLNS}loc")]


@pytest.fixture
def entry(app, receiver, package_id):
    receiver.publish(package_id)
    return app.get(f"/api/3/action/package_show?id={package_id}").json["result"]


def test_robots_are_led_to_the_sitemap(app, platform):
    assert f"Sitemap: {SITE}/sitemap.xml" in app.get("/robots.txt").text


def test_every_address_of_the_sitemaps_answers(app, entry):
    parts = addresses(app, "/sitemap.xml")
    assert len(parts) == 2
    found = [each for part in parts for each in addresses(app, part.removeprefix(SITE))]
    assert f"{SITE}/dataset/{entry['name']}" in found
    assert f"{SITE}/organization/shi-min-zheng-ju" in found
    for each in found:
        assert app.get(each.removeprefix(SITE)).status_code == 200


def test_an_entry_is_told_with_the_day_of_its_change(app, entry):
    day = entry["metadata_modified"][:10]
    assert f"<lastmod>{day}</lastmod>" in app.get("/sitemap-1.xml").text


def test_parts_hold_every_entry_once(app, entry, receiver, monkeypatch):
    from ckanext.jiangmen.portal.machines import maps_views, published

    monkeypatch.setattr(maps_views, "PER_PART", 2)
    monkeypatch.setattr(published, "MOST_ROWS", 1)
    for number in range(4):
        receiver.publish(str(uuid.uuid4()), rows=None, name=f"tiao-mu-{number}")
    parts = [each for each in addresses(app, "/sitemap.xml") if "pages" not in each]
    found = [addresses(app, part.removeprefix(SITE)) for part in parts]
    assert [len(each) for each in found] == [2, 2, 1]
    assert len({each for part in found for each in part}) == 5


@pytest.mark.parametrize("part", [0, 9, 10**30])
def test_a_part_that_is_none_is_not_found(app, entry, part):
    assert app.get(f"/sitemap-{part}.xml").status_code == 404


def test_data_json_is_project_open_data(app, entry):
    said = app.get("/data.json").json
    assert said["conformsTo"].endswith("/v1.1/schema")
    [dataset] = said["dataset"]
    # What the schema of Project Open Data 1.1 demands of every dataset.
    for field in ("title", "description", "keyword", "modified", "publisher",
                  "contactPoint", "identifier", "accessLevel"):  # fmt: skip
        assert dataset[field]
    assert dataset["contactPoint"]["fn"] == "市民政局"
    kinds = {each["format"] for each in dataset["distribution"]}
    assert kinds == {"CSV", "XLSX", "JSON", "Parquet"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", dataset["modified"])


def test_data_json_of_nothing_is_whole_too(app, platform):
    assert app.get("/data.json").json["dataset"] == []
