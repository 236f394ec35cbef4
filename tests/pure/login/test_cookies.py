"""Behind TLS cookies are Secure and bound to the host, and HSTS is sent; else not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """Return what the stack writes for a site under an address, and its nginx part."""
    monkeypatch.syspath_prepend(str(ROOT / "config/stack"))
    monkeypatch.setenv("JIANGMEN_VAR", str(tmp_path))
    known = set(sys.modules)

    def write(site, address):
        import nginx
        import site_ini
        from layout import Layout
        from state import State

        monkeypatch.setenv(f"JIANGMEN_{site.upper()}_URL", address)
        layout = Layout()
        state = State(layout, {"ports": {}})
        return (
            site_ini.machine_settings(layout, state, site),
            nginx._server_values(layout, state, site),
        )

    yield write
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.mark.parametrize("site", ["share", "open"])
def test_behind_tls_cookies_are_secure_and_bound_to_the_host(settings, site):
    written, server = settings(site, "https://data.example")
    assert written["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert written["SESSION_COOKIE_SECURE"] == "true"
    assert written["REMEMBER_COOKIE_SECURE"] == "true"
    assert "max-age=31536000" in server["HSTS"]


@pytest.mark.parametrize("site", ["share", "open"])
def test_without_tls_there_is_no_hsts(settings, site):
    written, server = settings(site, "http://127.0.0.1:8701")
    assert written["SESSION_COOKIE_SECURE"] == "false"
    assert server["HSTS"] == ""


def test_the_sites_have_secrets_and_cookies_of_their_own(settings):
    share, _ = settings("share", "https://a.example")
    open_, _ = settings("open", "https://b.example")
    for key in ("SECRET_KEY", "SESSION_COOKIE_NAME", "SESSION_KEY_PREFIX"):
        assert share[key] != open_[key]
