"""Write what a machine adds to a site's settings: addresses, ports, secrets.

`config/share.ini` and `config/open.ini` hold the product's settings and take these in
by their first line. A test environment gets whole files, made from the same sources.
"""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import postgres
import redis_server
import solr
from layout import SITES, Layout, Wishes
from process import make_folder, write_file
from state import State
from supervise import socket

HEADING = "# Written by `make up`; holds secrets. Change settings in config/ instead.\n"


def site_url(state: State, site: str) -> str:
    """Return the address under which users reach the site."""
    return Wishes().site_url(site) or f"http://127.0.0.1:{state.port(site)}"


def other(site: str) -> str:
    """Return the other site."""
    return SITES[1 - SITES.index(site)]


def names(site: str, suffix: str = "") -> postgres.SiteDatabases:
    """Return the database names of a site, or of its test environment `suffix`."""
    return postgres.SiteDatabases(instance(site, suffix))


def instance(site: str, suffix: str = "") -> str:
    """Return the word for the site's databases, core, files: jiangmen_share_x."""
    return "_".join(part for part in ("jiangmen", site, suffix) if part)


def machine_settings(
    layout: Layout, state: State, site: str, suffix: str = ""
) -> dict[str, str]:
    """Return what only this machine knows of the site."""
    word = instance(site, suffix)
    databases = names(site, suffix)
    address = site_url(state, site)
    secure = address.startswith("https://")
    cookie = f"__Host-{word}" if secure else word
    secret = state.secret
    settings = {
        "ckan.site_id": word,
        "ckan.site_url": address,
        "ckanext.jiangmen.other_site_url": site_url(state, other(site)),
        "SECRET_KEY": secret(f"{word} session"),
        "WTF_CSRF_SECRET_KEY": secret(f"{word} forms"),
        "api_token.jwt.encode.secret": f"string:{secret(f'{word} tokens')}",
        "api_token.jwt.decode.secret": f"string:{secret(f'{word} tokens')}",
        "SESSION_COOKIE_NAME": cookie,
        "SESSION_COOKIE_SECURE": str(secure).lower(),
        "SESSION_KEY_PREFIX": f"{word}:session:",
        "REMEMBER_COOKIE_NAME": f"{cookie}_remember",
        "REMEMBER_COOKIE_SECURE": str(secure).lower(),
        "sqlalchemy.url": postgres.url(state, databases.main, databases.main),
        "ckan.datastore.write_url": postgres.url(
            state, databases.write, databases.datastore
        ),
        "ckan.datastore.read_url": postgres.url(
            state, databases.read, databases.datastore
        ),
        "solr_url": solr.core_url(state, word),
        "ckan.redis.url": redis_server.url(state, site + suffix),
        "ckan.storage_path": str(layout.storage(word)),
        "ckan.webassets.path": str(layout.storage(word) / "webassets"),
        "ckan.max_resource_size": Wishes().max_upload_mb,
        "ckanext.jiangmen.state_path": str(layout.etc),
        "ckanext.jiangmen.supervisor_socket": "" if suffix else str(socket(layout)),
        "ckanext.jiangmen.tables.key_file": str(layout.etc / f"keys-{word}.json"),
    }
    if Wishes().publication_addresses:
        settings["ckanext.jiangmen.publication.addresses"] = (
            Wishes().publication_addresses
        )
    if Wishes().publication_url:
        settings["ckanext.jiangmen.publication.open_url"] = Wishes().publication_url
    return settings


def escaped(settings: dict[str, str]) -> dict[str, str]:
    """Return the settings as an ini file wants them.

    CKAN's loader takes % for a variable, and passwords in addresses may have one.
    """
    return {key: value.replace("%", "%%") for key, value in settings.items()}


def _text(settings: dict[str, str]) -> str:
    lines = [f"{key} = {value}".rstrip() for key, value in settings.items()]
    # CKAN's loader would take the `use` of the file above for this one's as well.
    return "[app:main]\nuse = egg:ckan\n" + "\n".join(lines) + "\n"


def write(layout: Layout, state: State, site: str) -> Path:
    """Write `etc/<site>.ini`: the machine's part, or in a second instance the whole."""
    prepare_storage(layout, site)
    write_sealer(layout, state, site)
    path = layout.etc / f"{site}.ini"
    settings, logging = escaped(machine_settings(layout, state, site)), ""
    if (layout.root / "var").resolve() != layout.var:
        product, logging = product_settings(layout.root / "config" / f"{site}.ini")
        settings = product | settings
    write_file(path, HEADING + _text(settings) + "\n" + logging)
    return path


def write_sealer(layout: Layout, state: State, site: str, suffix: str = "") -> None:
    """Write how the trail's sealer reaches the database; the sites do not read it."""
    databases = names(site, suffix)
    address = postgres.url(state, databases.sealer, databases.main)
    write_file(layout.etc / f"sealer-{databases.prefix}.url", address + "\n")


def prepare_storage(layout: Layout, site: str, suffix: str = "") -> None:
    """Create the site's file store."""
    storage = make_folder(layout.storage(instance(site, suffix)))
    make_folder(storage / "webassets")
    make_folder(storage / "blobs")


def write_test(layout: Layout, state: State, site: str, suffix: str) -> Path:
    """Write a whole ini of the test environment `suffix`; return its path."""
    settings, logging = product_settings(layout.root / "config" / f"{site}.ini")
    testing, _ = product_settings(layout.root / "config" / "test.ini")
    settings |= escaped(machine_settings(layout, state, site, suffix)) | testing
    prepare_storage(layout, site, suffix)
    write_sealer(layout, state, site, suffix)
    path = layout.etc / f"test-{site}-{suffix}.ini"
    write_file(path, HEADING + _text(settings) + "\n" + logging)
    return path


def product_settings(path: Path) -> tuple[dict[str, str], str]:
    """Return the settings of a file in `config/` and its logging part as text."""
    text = path.read_text(encoding="utf-8")
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment]  # keys keep their case
    parser.read_string(text)
    settings = {
        key: " ".join(value.split())
        for key, value in parser.items("app:main")
        if key not in {"use", "here"}
    }
    start = text.find("[loggers]")
    return settings, text[start:] if start >= 0 else ""
