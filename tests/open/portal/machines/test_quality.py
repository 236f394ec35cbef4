"""The quality of published entries: honest, for everybody, on pages and in DCAT."""

from __future__ import annotations

import uuid

import pytest
import rdflib
from rdflib import DCAT, DCTERMS

DQV = rdflib.Namespace("http://www.w3.org/ns/dqv#")
DATED = [
    {"name": "代码", "column": "代码", "data_type": "字符型", "data_length": "12"},
    {"name": "名称", "column": "名称", "data_type": "字符型", "data_length": "60"},
    {"name": "户数", "column": "户数", "data_type": "整型"},
]


def report_on(app, name):
    return app.get(f"/api/3/action/jiangmen_mqa_show?id={name}").json["result"]


def found(report, name):
    rows = [each for d in report["dimensions"] for each in d["indicators"]]
    return next(each for each in rows if each["name"] == name)


@pytest.fixture
def entry(app, receiver, package_id):
    receiver.publish(package_id, region_code="440703")
    return app.get(f"/api/3/action/package_show?id={package_id}").json["result"]


def test_anybody_is_told_the_score(app, entry):
    report = report_on(app, entry["name"])
    assert report["of"] == 405
    # All but the period: this table has no date.
    assert (report["score"], report["band_title"]) == (385, "优秀")
    assert found(report, "temporal")["raise"]


def test_a_file_that_is_lost_does_not_answer(app, entry):
    from ckanext.jiangmen.catalog import files

    files.path(entry["resources"][0]["sha256"]).unlink()
    report = report_on(app, entry["name"])
    assert found(report, "download_works")["points"] == 0
    assert found(report, "access")["points"] == 50


def test_an_address_elsewhere_was_not_tried(app, entry):
    from ckanext.jiangmen.catalog.quality import reach

    file = entry["resources"][0] | {"url": "http://169.254.169.254/latest"}
    assert reach.download(entry | {"resources": [file]}) == {}


def test_an_entry_without_files_is_scored_honestly(app, receiver, package_id):
    receiver.publish(package_id, rows=None)
    report = report_on(app, package_id)
    assert found(report, "access")["figure"] == "没有数据文件"
    assert report["band_title"] == "合格"


def test_the_page_tells_the_score_and_what_raises_it(app, entry):
    page = app.get(f"/dataset/{entry['name']}").text
    for text in ("元数据质量", "优秀", "时间范围", "数据表中设日期列"):
        assert text in page


def test_the_score_stands_in_the_dcat_document(app, entry):
    graph = rdflib.Graph().parse(data=app.get(f"/dataset/{entry['id']}.ttl").data)
    dataset = rdflib.URIRef(f"http://test.ckan.net/dataset/{entry['id']}")
    values = {
        str(node).rsplit("-", 1)[1]: float(graph.value(node, DQV.value))
        for node in graph.objects(dataset, DQV.hasQualityMeasurement)
    }
    assert values["mqa"] == 385
    assert values["reusability"] == 75
    assert not list(graph.objects(dataset, DCTERMS.temporal))


def test_the_period_is_what_the_tables_dates_say(
    app, receiver, package_id, monkeypatch
):
    from ckanext.jiangmen.portal.machines import periods

    receiver.publish(package_id)
    entry = app.get(f"/api/3/action/package_show?id={package_id}").json["result"]
    asked = periods._asked(entry["resources"], "名称")
    assert asked == ["第0村", "第2村"]
    monkeypatch.setattr(periods, "_asked", lambda *_: ["2020-01-29", "2020-12-08"])
    items = [*DATED, {"name": "日期", "data_type": "日期型", "is_key": "是"}]
    dated = entry | {"information_items": items}
    assert periods.of_entry(dated) == ("2020-01-29", "2020-12-08")
    assert periods.of_entry(entry) is None


def test_figures_are_by_department(app, entry, receiver):
    receiver.publish(str(uuid.uuid4()), rows=None, name="mei-you-wen-jian")
    told = app.get("/api/3/action/jiangmen_mqa_statistics").json["result"]
    assert told["entries"] == 2
    [row] = told["departments"]
    assert (row["title"], row["entries"]) == ("市民政局", 2)
    assert row["bands"] == {"excellent": 1, "good": 0, "sufficient": 1, "bad": 0}
    page = app.get("/quality").text
    assert "市民政局" in page
    assert str(told["average"]) in page


def test_figures_follow_the_catalogue(app, entry, receiver):
    assert (
        app.get("/api/3/action/jiangmen_mqa_statistics").json["result"]["entries"] == 1
    )
    receiver.withdraw(entry["id"])
    assert (
        app.get("/api/3/action/jiangmen_mqa_statistics").json["result"]["entries"] == 0
    )
    assert app.get("/quality").status_code == 200


def test_a_large_catalogue_is_counted_once_a_day_only(app, entry, monkeypatch):
    from ckanext.jiangmen.portal.machines import quality

    monkeypatch.setattr(quality, "AT_ONCE", 0)
    told = app.get("/api/3/action/jiangmen_mqa_statistics").json["result"]
    assert told["as_of"] is None
    assert app.get("/quality").status_code == 200
    quality.count_daily()
    told = app.get("/api/3/action/jiangmen_mqa_statistics").json["result"]
    assert told["entries"] == 1


@pytest.mark.parametrize("id", ["", "nothing", "8bdebfe6-d159-42ac-be63-db46d537c3dd"])
def test_of_what_is_not_there_nothing_is_told(app, entry, id):
    answer = app.get(f"/api/3/action/jiangmen_mqa_show?id={id}")
    assert answer.status_code in {404, 409}


def test_a_withdrawn_entry_has_no_score(app, entry, receiver):
    receiver.withdraw(entry["id"])
    answer = app.get(f"/api/3/action/jiangmen_mqa_show?id={entry['id']}")
    assert answer.status_code == 404


def test_dcat_tells_distributions_of_a_scored_entry(app, entry):
    graph = rdflib.Graph().parse(data=app.get(f"/dataset/{entry['id']}.ttl").data)
    assert len(set(graph.objects(None, DCAT.distribution))) == 4
