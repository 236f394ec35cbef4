"""Settings of the valve, each read through one typed function."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

import ckan.plugins.toolkit as tk

OPEN_URL = "ckanext.jiangmen.publication.open_url"
TOKEN = "ckanext.jiangmen.publication.token"  # noqa: S105 - an option's name
ADDRESSES = "ckanext.jiangmen.publication.addresses"
TIMEOUT = "ckanext.jiangmen.publication.timeout_s"
CHUNK = "ckanext.jiangmen.publication.chunk_bytes"
FILE_LIMIT = "ckanext.jiangmen.publication.file_limit_bytes"
PROXIES = "ckanext.jiangmen.publication.proxies"
RECONCILE_HOUR = "ckanext.jiangmen.publication.reconcile_hour"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def open_url() -> str:
    """Return the open site's address as the worker reaches it, no slash at its end."""
    address = tk.config[OPEN_URL] or tk.config["ckanext.jiangmen.other_site_url"]
    return str(address).rstrip("/")


def token() -> str:
    """Return the service token of the open site's receiver.

    From the setting, else from the accounts' file of the open site beside the share
    site's own state. "" if there is none.
    """
    if tk.config[TOKEN]:
        return str(tk.config[TOKEN])
    folder = tk.config.get("ckanext.jiangmen.state_path")
    accounts = Path(folder) / "accounts-open.json" if folder else None
    if accounts is None or not accounts.is_file():
        return ""
    known = json.loads(accounts.read_text("utf-8"))
    return str(known.get("receiver", {}).get("token", ""))


def addresses() -> list[Network]:
    """Return the networks that the receiver may be called from."""
    return _networks(tk.config[ADDRESSES])


def proxies() -> list[Network]:
    """Return the networks whose X-Forwarded-For is believed."""
    return _networks(tk.config[PROXIES])


def _networks(words: list[str]) -> list[Network]:
    return [ipaddress.ip_network(word, strict=False) for word in words]


def timeout_s() -> int:
    """Return how long one call of the open site may take, in seconds."""
    return int(tk.config[TIMEOUT])


def chunk_bytes() -> int:
    """Return how much of a file is sent in one call."""
    return int(tk.config[CHUNK])


def file_limit_bytes() -> int:
    """Return how large a received file may be."""
    return int(tk.config[FILE_LIMIT])


def reconcile_hour() -> int:
    """Return from which hour of Jiangmen's day both sites are compared; -1: never."""
    return int(tk.config[RECONCILE_HOUR])
