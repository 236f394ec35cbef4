"""An edition is taken off the open site in an emergency, for good and with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.publication import documents, withdrawn
from ckanext.jiangmen.publication.model import Document


def test_a_withdrawn_edition_is_gone_with_its_files_and_says_why(
    open_site, approve, send, act, trail
):
    approve()
    send()
    act("jiangmen_edition_create", user="coordinator")
    documents.send_due()
    [shown] = open_site.action("jiangmen_portal_edition_list")
    made = act("jiangmen_edition_withdraw", user="coordinator", id="1", reason="有误")
    assert made["done"] is None
    decided = f"{withdrawn.DECIDED} 1"
    assert [row["verb"] for row in trail(object_id=decided)] == ["insert"]
    assert documents.send_due() >= 1

    page = open_site.get("/editions/1")
    assert (page.status_code, "有误" in page.text) == (410, True)
    for file in shown["files"]:
        assert open_site.get(file["path"]).status_code == 410
    assert open_site.action("jiangmen_portal_edition_list") == []
    assert "第1版" not in open_site.get("/editions").text
    [receipt] = act("jiangmen_edition_withdrawal_list", user="c_cataloguer")
    assert receipt["done"]
    sums = {file["sha256"] for file in shown["files"]}
    assert open_site.action("jiangmen_portal_edition_show", id="1") is None
    stored = {path.name for path in _open_store().rglob("*") if path.is_file()}
    assert not sums & stored
    assert model.Session.get(Document, (withdrawn.KIND, "1")).body["reason"] == "有误"
    again = act("jiangmen_edition_withdraw", user="coordinator", id="1", reason="又")
    assert again["reason"] == "有误"
    assert documents.send_due() == 0
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_edition_withdraw", user="coordinator", id="7", reason="有误")


def _open_store():
    share = tk.config["ckan.storage_path"]
    return Path(share.replace("share", "open")) / "blobs"


def test_an_edition_that_was_taken_back_before_it_crossed_never_does(
    open_site, approve, act
):
    approve()
    act("jiangmen_edition_create", user="c_reviewer", organization="minzhengju")
    said = {"id": "minzhengju-1", "reason": "内容有误"}
    act("jiangmen_edition_withdraw", user="coordinator", **said)
    documents.send_due()
    assert open_site.get("/editions/minzhengju-1").status_code == 410
    assert open_site.get("/editions/minzhengju-1/catalogue.pdf").status_code == 410


@pytest.mark.parametrize(
    "reason", ["", " ", "误" * 501, "联系电话13800138000", "属于秘密★10年"]
)
def test_the_reason_is_read_by_the_public_and_looked_at(people, act, approve, reason):
    approve()
    act("jiangmen_edition_create", user="coordinator")
    with pytest.raises(tk.ValidationError, match="原因"):
        act("jiangmen_edition_withdraw", user="coordinator", id="1", reason=reason)


@pytest.mark.parametrize("user", ["c_reviewer", "secrecy", "auditor", ""])
def test_editions_are_withdrawn_by_the_coordinating_office_only(people, act, user):
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_edition_withdraw", user=user, id="1", reason="内容有误")


def _withdrawal():
    return {
        "address": "1",
        "number": 1,
        "organization": "",
        "reason": "内容有误",
        "withdrawn": "2026-11-23T12:00:00+08:00",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "../1"),
        ("number", "1"),
        ("reason", ""),
        ("reason", ["内容"]),
        ("withdrawn", "昨天"),
        ("withdrawn", "2026-11-23T12:00:00"),
        ("author", "coordinator"),
    ],
)
def test_a_withdrawal_of_an_edition_holds_nothing_else(field, value):
    assert withdrawn.is_right("1", _withdrawal())
    assert not withdrawn.is_right("1", _withdrawal() | {field: value})
