"""The 405 points of data.europa.eu, figure by figure."""

from __future__ import annotations

import pytest

from ckanext.jiangmen.catalog.quality import mqa

FULL = {
    "title": "江门市行政区划",
    "notes": "全市区划代码与名称。",
    "tags": [{"name": "行政区划"}],
    "class_lei": "1",
    "class_xiang": "03",
    "region_code": "440700",
    "license_id": "CC-BY-4.0",
    "sharing_category": "可社会公开",
    "contact_phone": "0750-12345",
    "organization": {"title": "市民政局"},
    "open_condition": "无",
    "publish_date": "2026-11-22",
    "metadata_modified": "2026-11-22T01:02:03",
    "resources": [
        {"id": "a", "url": "http://x/a.csv", "format": "CSV", "size": 3},
        {"id": "b", "url": "http://x/b.json", "format": "JSON", "size": 3},
    ],
}
ANSWERED = {"a": True, "b": True}


def facts(answers=ANSWERED, period="2020-01-01 至 2020-12-31", **changes):
    return mqa.Facts(FULL | changes, answers, answers, period)


def found(report, name):
    return next(
        each
        for dimension in report["dimensions"]
        for each in dimension["indicators"]
        if each["name"] == name
    )


def test_dimensions_have_the_points_of_the_method():
    of = {row["name"]: row["of"] for row in mqa.report(facts())["dimensions"]}
    assert of == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }
    assert mqa.most() == 405


def test_an_entry_with_all_has_all_points_and_nothing_to_raise():
    report = mqa.report(facts())
    assert (report["score"], report["band_title"]) == (405, "优秀")
    rows = [each for d in report["dimensions"] for each in d["indicators"]]
    assert [each["raise"] for each in rows] == [""] * len(rows)


def test_an_empty_entry_has_no_points_and_each_is_told_how():
    report = mqa.report(mqa.Facts({}, {}, {}))
    assert (report["score"], report["band_title"]) == (0, "较差")
    rows = [each for d in report["dimensions"] for each in d["indicators"]]
    assert all(each["raise"] and each["lacking"] == each["of"] for each in rows)


@pytest.mark.parametrize(
    ("score", "title"),
    [(405, "优秀"), (351, "优秀"), (350, "良好"), (221, "良好"), (220, "合格"),
     (121, "合格"), (120, "较差"), (0, "较差")],
)  # fmt: skip
def test_bands_are_those_of_the_method(score, title):
    assert mqa.band(score)["band_title"] == title


def test_an_address_that_nobody_tried_earns_nothing_and_says_so():
    report = mqa.report(facts({"a": True}))
    row = found(report, "access")
    assert row["points"] == 25
    assert row["figure"] == "2个文件中1个（1个未检查）"
    assert found(report, "download_works")["points"] == 15


def test_an_address_that_failed_earns_nothing():
    row = found(mqa.report(facts({"a": True, "b": False})), "access")
    assert (row["points"], row["figure"]) == (25, "2个文件中1个")


@pytest.mark.parametrize(
    ("name", "changes", "points"),
    [
        ("keyword", {"tags": [], "subject_terms": []}, 0),
        ("keyword", {"tags": [], "subject_terms": ["水"]}, 30),
        ("spatial", {"region_code": "999999"}, 0),
        ("spatial", {"region_code": "", "spatial": '{"type": "Point"}'}, 20),
        ("open_format", {"resources": [{"id": "a", "format": "DOC"}]}, 0),
        ("machine_readable", {"resources": [{"id": "a", "format": "pdf"}]}, 0),
        ("machine_readable", {"resources": [{"id": "a", "format": "geojson"}]}, 20),
        ("format_known", {"resources": [{"id": "a", "format": "奇怪"}]}, 0),
        ("format", {"resources": []}, 0),
        ("licence_known", {"license_id": "自定"}, 0),
        ("licence", {"license_id": "自定"}, 20),
        ("contact", {"contact_phone": "", "contact_name": ""}, 0),
        ("publisher", {"organization": None}, 0),
        ("compliance", {"notes": ""}, 0),
    ],
)
def test_each_indicator_looks_at_its_field(name, changes, points):
    assert found(mqa.report(facts(**changes)), name)["points"] == points


def test_points_of_parts_are_those_of_the_whole():
    report = mqa.report(facts({"a": True}, period=""))
    parts = sum(row["points"] for row in report["dimensions"])
    assert report["score"] == round(parts)
