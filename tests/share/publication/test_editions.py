"""The public text of an edition crosses with its files and stays at its address."""

from __future__ import annotations

import copy
import hashlib

import pytest

from ckanext.jiangmen.publication import documents, editions, reconcile


def test_the_public_text_has_what_the_open_site_shows_and_stays(
    open_site, approve, send, act
):
    package_id = approve()
    approve(None, title="未送达的条目", notes="联系电话13800138000。")
    send()
    first = act("jiangmen_edition_create", user="coordinator")
    assert [t["counts"]["entries"] for t in first["texts"]] == [2, 2, 1]
    documents.send_due()
    assert documents.send_due() == 0

    page = open_site.get("/editions/1")
    assert page.status_code == 200
    assert "江门市政务信息资源目录 第1版" in page.text
    [shown] = open_site.action("jiangmen_portal_edition_list")
    for file in shown["files"]:
        answer = open_site.get(file["path"])
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        assert "未送达的条目" not in answer.text
    text = open_site.get("/editions/1/catalogue.html").text
    assert "江门市行政区划" in text
    assert "值班审查员" not in text

    act("jiangmen_entry_withdraw", user="coordinator", id=package_id, reason="不再公开")
    send()
    act("jiangmen_edition_create", user="coordinator")
    documents.send_due()
    again = open_site.get("/editions/1/catalogue.html").text
    assert again == text
    second = open_site.action("jiangmen_portal_edition_show", id="2")
    assert second["counts"]["entries"] == 0
    assert [row["kind"] for row in second["difference"]] == ["停用"]
    listed = open_site.get("/editions").text
    assert listed.index("第2版") < listed.index("第1版")
    assert open_site.get("/editions/3").status_code == 404
    assert open_site.get("/editions/1/catalogue.difference").status_code == 404


def test_files_that_the_open_site_lost_are_sent_again(open_site, approve, send, act):
    from pathlib import Path

    import ckan.plugins.toolkit as tk

    approve()
    send()
    made = act("jiangmen_edition_create", user="c_reviewer", organization="minzhengju")
    documents.send_due()
    [file] = [f for f in made["texts"][2]["files"] if f["format"] == "pdf"]
    share = Path(tk.config["ckan.storage_path"])
    stored = Path(str(share).replace("share", "open")) / "blobs"
    path = stored / file["sha256"][:2] / file["sha256"]
    assert path.is_file()
    path.unlink()
    report = reconcile.compare()
    assert report.strays["editions"] == ["minzhengju-1"]
    reconcile.repair(report)
    documents.send_due()
    assert path.is_file()
    assert not reconcile.compare().strays["editions"]


def _body():
    return {
        "address": "1",
        "number": 1,
        "organization": "",
        "date": "2026-11-23",
        "counts": {"entries": 1, "items": 2, "departments": 1},
        "files": [
            {"format": ending, "sha256": "0" * 64, "size": 7}
            for ending in editions.ENDINGS
        ],
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "../1"),
        ("number", "1"),
        ("date", "昨天"),
        ("organization", "市" * 101),
        ("counts", {"withheld": 3}),
        ("counts", {"entries": "3"}),
        ("files", []),
        ("entries", [{"title": "名册"}]),
    ],
)
def test_a_description_of_an_edition_holds_nothing_else(field, value):
    assert editions.is_right("1", _body())
    wrong = copy.deepcopy(_body()) | {field: value}
    assert not editions.is_right("1", wrong)


def test_an_edition_without_its_files_is_refused(platform):
    from ckanext.jiangmen.publication.errors import DocumentRefused

    with pytest.raises(DocumentRefused, match="文件尚未全部送达"):
        documents.receive("edition", "1", _body())
