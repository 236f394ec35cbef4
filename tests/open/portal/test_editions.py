"""The public reads the editions that have arrived."""

from __future__ import annotations

import io
import json

import pytest

import ckan.plugins.toolkit as tk


@pytest.fixture
def arrive(as_platform):
    """Return a function that has an edition arrive, files first."""
    from ckanext.jiangmen.catalog import files
    from ckanext.jiangmen.publication import editions

    def make(address="1", **changes):
        held = []
        for ending in editions.ENDINGS:
            content = f"{address} {ending}"
            if ending == "difference":
                field = {"name": "摘要", "before": "旧的", "after": "新的"}
                row = {
                    "kind": "变更",
                    "code": "307/1",
                    "title": "区划",
                    "fields": [field],
                }
                content = json.dumps([row | {"department": "市民政局"}])
            blob = files.put(io.BytesIO(content.encode()))
            held.append({"format": ending, "sha256": blob.sha256, "size": blob.size})
        body = {
            "address": address,
            "number": 1,
            "organization": "",
            "date": "2026-11-23",
            "counts": {"entries": 3, "items": 9, "departments": 2},
            "files": held,
        } | changes
        return as_platform(
            "jiangmen_publication_receive", kind="edition", name=address, body=body
        )

    return make


def test_before_any_has_arrived_the_page_says_so(app, platform):
    assert "尚未发布目录版本" in app.get("/editions").body


def test_an_edition_has_a_page_and_files_at_stable_addresses(app, platform, arrive):
    assert arrive()["status"] == "received"
    assert arrive()["status"] == "already"
    assert "第1版" in app.get("/editions").body
    page = app.get("/editions/1").body
    assert "旧的" in page
    assert "/editions/1/catalogue.pdf" in page
    answer = app.get("/editions/1/catalogue.pdf")
    assert answer.body == "1 pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    ["/editions/2", "/editions/1/catalogue.exe", "/editions/1/catalogue.difference"],
)
def test_what_is_not_there_is_not_found(app, platform, arrive, path):
    arrive()
    assert app.get(path).status_code == 404


def test_an_edition_never_changes(app, platform, arrive):
    arrive()
    with pytest.raises(tk.ValidationError, match="内容不同"):
        arrive(date="2026-11-24")


def test_cleaning_keeps_the_files_of_editions(app, platform, arrive, monkeypatch):
    from ckanext.jiangmen.publication import cleanup

    arrive()
    monkeypatch.setattr(cleanup, "YOUNG_S", -10)
    assert cleanup.remove_unowned_files() == []
    assert app.get("/editions/1/catalogue.xml").status_code == 200


def test_a_withdrawn_edition_answers_gone_and_cannot_come_again(
    app, platform, arrive, as_platform
):
    arrive()
    body = {
        "address": "1",
        "number": 1,
        "organization": "",
        "reason": "内容有误",
        "withdrawn": "2026-11-23T12:00:00+08:00",
    }
    said = {"kind": "edition_withdrawal", "name": "1", "body": body}
    done = as_platform("jiangmen_publication_receive", **said)
    assert done["status"] == "received"
    for path in ("/editions/1", "/editions/1/catalogue.pdf"):
        answer = app.get(path, status=410)
        assert "内容有误" in answer.body
        assert "no-store" in answer.headers["Cache-Control"]
    with pytest.raises(tk.ValidationError, match="已撤回"):
        arrive()
    said["body"] = body | {"reason": "别的原因"}
    with pytest.raises(tk.ValidationError, match="内容不同"):
        as_platform("jiangmen_publication_receive", **said)
