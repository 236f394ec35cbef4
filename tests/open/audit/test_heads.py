"""Heads on the open site: received once, listed for everybody, never replaced."""

import json
import uuid

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import accounts
from ckanext.jiangmen.audit import config, verify
from ckanext.jiangmen.audit.keys import SigningKey, load_or_make
from ckanext.jiangmen.audit.sealing import Sealer

KEY = SigningKey(Ed25519PrivateKey.generate())


def _head(**changes):
    head = {
        "site": "jiangmen_share_x",
        "number": 7,
        "first": 11,
        "last": 20,
        "previous": "00" * 32,
        "link": "11" * 32,
        "at": "2026-11-22T10:00:00.000000+00:00",
        "key": KEY.name,
    } | changes
    signature = KEY.sign(verify.statement(head)).hex()
    shown = {"day": "2026-11-22", "public_key": KEY.public, "signature": signature}
    return head | shown


def _document(head):
    name = f"{head['site']} {head['day']} {head['number']}"
    return {"kind": "audit_head", "name": name, "body": head}


@pytest.fixture
def receive(platform, as_platform):
    user = as_platform(
        "user_create",
        name="publication",
        email=f"{uuid.uuid4().hex}@example.invalid",
        password="Zhongwen-2026-Receiver",
    )
    accounts.grant_role(user["id"], accounts.Role.RECEIVER)
    model.Session.commit()
    token = as_platform("api_token_create", user="publication", name="t")["token"]

    def call(document):
        return platform.post(
            "/api/3/action/jiangmen_publication_receive",
            json=document,
            headers={"Authorization": token},
        )

    return call


def test_a_head_is_received_once_and_listed_for_everybody(app, receive):
    assert receive(_document(_head())).json["result"]["status"] == "received"
    assert receive(_document(_head())).json["result"]["status"] == "already"
    listed = app.get("/api/3/action/jiangmen_audit_head_list").json["result"]["heads"]
    assert [h for h in listed if h["site"] == "jiangmen_share_x"] == [_head()]
    assert verify.trusted_keys(listed)[KEY.name] == KEY.public


def test_the_page_of_heads_is_chinese(app, receive):
    receive(_document(_head()))
    page = app.get("/audit")
    assert page.status_code == 200
    assert "留痕链头公示" in page.body
    assert "11" * 32 in page.body


def test_a_head_never_changes(receive):
    receive(_document(_head()))
    answer = receive(_document(_head(link="22" * 32)))
    assert answer.status_code == 409
    assert "内容不同" in json.dumps(answer.json, ensure_ascii=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "audit_head", "name": "x", "body": _head()},
        {"kind": "audit_head", "name": None, "body": None},
        {"kind": "other", "name": "x", "body": {}},
        {"kind": ["audit_head"], "name": "x", "body": {}},
        _document(_head() | {"signature": "00" * 64}),
        _document(_head() | {"signature": 7}),
        _document(_head() | {"public_key": "zz"}),
        _document(_head() | {"secret": "x"}),
    ],
)
def test_a_document_that_is_not_right_is_refused_in_a_sentence(receive, wrong):
    answer = receive(wrong)
    assert answer.status_code == 409
    assert answer.json["error"]["body"]


def test_nobody_else_brings_documents(app, people_of_nobody):
    answer = app.post(
        "/api/3/action/jiangmen_publication_receive",
        json=_document(_head()),
        headers={"Authorization": people_of_nobody},
    )
    assert answer.status_code == 403


@pytest.fixture
def people_of_nobody(platform, as_platform):
    as_platform(
        "user_create",
        name="somebody",
        email="somebody@example.invalid",
        password="Zhongwen-2026-Somebody",
    )
    return as_platform("api_token_create", user="somebody", name="t")["token"]


def test_the_open_sites_own_trail_is_sealed_and_listed(app, receive, trail):
    receive(_document(_head()))
    (row,) = trail(kind="change", object="jiangmen_document")
    assert row["account"] == "publication"
    assert row["action"] == "jiangmen_publication_receive"
    engine = sa.create_engine(config.sealer_url())
    sealer = Sealer(engine, load_or_make(config.key_file()), config.site())
    while sealer.step():
        pass
    sealer.publish_now()
    engine.dispose()
    listed = app.get("/api/3/action/jiangmen_audit_head_list").json["result"]["heads"]
    assert tk.config["ckan.site_id"] in {head["site"] for head in listed}


def test_the_trail_itself_is_closed_on_the_open_site(app, platform):
    assert app.get("/api/3/action/jiangmen_audit_list").status_code == 403
    assert app.get("/audit/trail").status_code == 403
