"""Addresses of the operator's own servers: what is taken, and what is never shown."""

from configparser import ConfigParser

import given
import postgres
import pytest
import redis_server
import site_ini
import solr
from layout import Layout, StackError, Wishes
from state import State, _recall_given

from ckanext.jiangmen.redaction import redact

SECRET = "p%40ss%2Fw%25rd%3A%231"
POSTGRES = f"postgresql://boss:{SECRET}@db.example:6432/main?sslmode=require"


@pytest.fixture
def state(tmp_path):
    return State(Layout(var=tmp_path), {"secrets": {"role jiangmen_share": "own"}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES", POSTGRES),
        ("POSTGRES", "postgres://boss@[::1]/"),
        ("REDIS", "redis://:x@127.0.0.1:6379"),
        ("REDIS", f"rediss://jobs:{SECRET}@redis.example/3?ssl_cert_reqs=none"),
        ("SOLR", "http://127.0.0.1:8983/solr"),
        ("SOLR", f"https://solr:{SECRET}@solr.example/solr/"),
    ],
)
def test_an_address_of_a_server_is_taken(name, value):
    assert given.parse(name, value).hostname


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES", "SECRET"),
        ("POSTGRES", "mysql://boss:SECRET@127.0.0.1/postgres"),
        ("POSTGRES", "postgresql://127.0.0.1/postgres"),
        ("POSTGRES", "postgresql://boss:SECRET/1@127.0.0.1/postgres"),
        ("POSTGRES", "postgresql://boss:SECRET#1@127.0.0.1/postgres"),
        ("POSTGRES", "postgresql://boss:SECRET?1@127.0.0.1/postgres"),
        ("POSTGRES", "postgresql://boss:SECRET%zz@127.0.0.1/postgres"),
        ("POSTGRES", "postgresql://boss:SECRET@127.0.0.1:port/postgres"),
        ("POSTGRES", "postgresql://boss:SEC RET@127.0.0.1/postgres"),
        ("REDIS", "redis://:SECRET@127.0.0.1/zero"),
        ("REDIS", "unix:///SECRET.sock"),
        ("REDIS", "redis://:SECRET@/0"),
        ("SOLR", "ftp://SECRET/solr"),
        ("SOLR", "SECRET:8983/solr"),
        ("SOLR", ""),
    ],
)
def test_what_is_no_address_is_refused_in_one_sentence_without_its_password(
    name, value
):
    with pytest.raises(StackError) as refusal:
        given.parse(name, value)
    assert f"JIANGMEN_{name}_URL is not an address like" in str(refusal.value)
    assert "SECRET" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_roles_reach_the_databases_by_the_operators_host_port_and_tls(
    state, monkeypatch
):
    monkeypatch.setenv("JIANGMEN_POSTGRES_URL", POSTGRES)
    assert postgres.admin_url(state) == POSTGRES
    assert postgres.admin_url(state, "jiangmen_share") == (
        f"postgresql://boss:{SECRET}@db.example:6432/jiangmen_share?sslmode=require"
    )
    assert postgres.url(state, "jiangmen_share", "jiangmen_share") == (
        "postgresql://jiangmen_share:own@db.example:6432/jiangmen_share?sslmode=require"
    )


def test_databases_of_redis_are_numbered_from_the_one_that_the_address_names(
    state, monkeypatch
):
    monkeypatch.setenv("JIANGMEN_REDIS_URL", f"rediss://:{SECRET}@r/3?ssl=1")
    assert redis_server.url(state, "share") == f"rediss://:{SECRET}@r/3?ssl=1"
    assert redis_server.url(state, "open") == f"rediss://:{SECRET}@r/4?ssl=1"


def test_cores_are_below_the_address_of_solr(state, monkeypatch):
    monkeypatch.setenv("JIANGMEN_SOLR_URL", f"http://s:{SECRET}@solr:8983/solr/")
    assert solr.core_url(state, "jiangmen_open") == (
        f"http://s:{SECRET}@solr:8983/solr/jiangmen_open"
    )


def test_an_escaped_password_survives_the_loader_of_the_settings():
    settings = site_ini.escaped({"ckan.redis.url": f"redis://:{SECRET}@r/3"})
    parser = ConfigParser()
    parser.read_string(site_ini._text(settings))
    assert parser.get("app:main", "ckan.redis.url") == f"redis://:{SECRET}@r/3"


def test_the_servers_are_remembered_until_another_or_a_private_one_is_asked_for(
    state, monkeypatch
):
    for name in ("POSTGRES", "REDIS", "SOLR"):
        monkeypatch.setenv(f"JIANGMEN_{name}_URL", "")
    monkeypatch.setenv("JIANGMEN_POSTGRES_URL", POSTGRES)
    state.remember_given()
    monkeypatch.setenv("JIANGMEN_POSTGRES_URL", "")
    _recall_given(state.kept)
    assert Wishes().given() == {"postgres": POSTGRES}
    monkeypatch.setenv("JIANGMEN_POSTGRES_URL", "private")
    _recall_given(state.kept)
    assert Wishes().given() == {}


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "８７０１"])
def test_a_port_that_is_none_is_refused_in_one_sentence(port, monkeypatch):
    monkeypatch.setenv("JIANGMEN_OPEN_PORT", port)
    with pytest.raises(StackError, match="a number from 1 to 65535"):
        Wishes().port("open")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("at http://solr:s%40lr@127.0.0.1:8983/solr", "http://solr:***@127.0.0.1:8983"),
        ("redis://:geheim@r:6379/0 is gone", "redis://:***@r:6379/0 is gone"),
        ("two http://a:b@c/ and http://d:e@f/", "http://a:***@c/ and http://d:***@f/"),
        ("江门 http://127.0.0.1:8702/dataset/a@b", "http://127.0.0.1:8702/dataset/a@b"),
        ("", ""),
    ],
)
def test_a_log_line_keeps_the_address_and_loses_the_password(line, shown):
    assert shown in redact(line)
    assert "geheim" not in redact(line)
    assert "s%40lr" not in redact(line)
