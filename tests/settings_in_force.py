"""The hardened settings are in force in a site's process, row by row.

Each site's `test_settings.py` takes these tests as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import config

ROOT = Path(__file__).parents[1]
ROWS = yaml.safe_load((ROOT / "tests/settings.yaml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.usefixtures("site_app")


@pytest.mark.parametrize("key", ROWS)
def test_the_setting_is_in_force(key):
    wanted = ROWS[key]
    if isinstance(wanted, dict):
        wanted = wanted[config.site()]
    value = tk.config.get(key)
    if isinstance(wanted, list):
        # Plugins append theirs each time the configuration is read.
        value, wanted = sorted(set(value)), sorted(wanted)
    assert value == wanted


@pytest.mark.parametrize("key", [key for key in ROWS if key.isupper()])
def test_flask_has_the_setting_too(site_app, key):
    assert site_app.flask_app.config.get(key) == ROWS[key]


@pytest.mark.parametrize(
    "key",
    [
        "SECRET_KEY",
        "WTF_CSRF_SECRET_KEY",
        "api_token.jwt.encode.secret",
        "api_token.jwt.decode.secret",
    ],
)
def test_secrets_are_long_of_their_own_and_in_no_file_of_the_project(key):
    value = tk.config[key].removeprefix("string:")
    assert len(value) >= 48
    folders = ("ckanext-jiangmen", "config", "schemas", "tests", "demo", "docs")
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".ini", ".yaml", ".md", ".conf"}:
                assert value not in path.read_text(encoding="utf-8"), path


def test_the_secrets_of_a_site_differ():
    sessions, forms = tk.config["SECRET_KEY"], tk.config["WTF_CSRF_SECRET_KEY"]
    tokens = tk.config["api_token.jwt.encode.secret"].removeprefix("string:")
    assert len({sessions, forms, tokens}) == 3


def test_plugins_that_fetch_or_show_on_their_own_are_off():
    loaded = set(tk.aslist(tk.config["ckan.plugins"]))
    off = {"resource_proxy", "datapusher", "xloader", "activity", "stats", "harvest"}
    assert not loaded & off


def test_hashes_have_the_rounds_of_the_standard():
    from passlib.hash import pbkdf2_sha512

    assert pbkdf2_sha512.default_rounds >= 210_000


def test_uploads_have_one_limit_in_the_site_and_in_front_of_it():
    source = (ROOT / "config/stack/nginx.py").read_text(encoding="utf-8")
    assert "MAX_BODY_MB" in source
    assert "max_upload_mb" in source
    assert int(tk.config["ckan.max_resource_size"]) > 0


def test_the_addresses_of_clients_come_from_nginx_only():
    server = (ROOT / "config/nginx/server.conf").read_text(encoding="utf-8")
    sent = re.findall(r"X-Forwarded-For (\S+);", server)
    assert sent == ["$remote_addr"]


def test_the_version_is_not_told(site_app):
    page = site_app.get("/user/login").body
    assert "ckan 2." not in page.lower()
