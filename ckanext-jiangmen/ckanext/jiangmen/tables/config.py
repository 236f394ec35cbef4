"""Settings of the tables, each read through one typed function."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import config
from ckanext.jiangmen.tables.limits import MEGABYTE, Limits

PREFIX = "ckanext.jiangmen.tables."
KEY_FILE = PREFIX + "key_file"


def key_file() -> Path:
    """Return where the keys of identity numbers lie."""
    named = tk.config.get(KEY_FILE)
    if named:
        return Path(named)
    return Path(tk.config["ckan.storage_path"]) / "keys" / "tables.json"


def encrypts() -> bool:
    """Return whether this site encrypts identity numbers; the open site has none."""
    return config.site() == "share"


def limits() -> Limits:
    """Return what one file may cost."""
    return Limits(
        file_bytes=int(tk.config[PREFIX + "max_file_megabytes"]) * MEGABYTE,
        workbook_bytes=int(tk.config[PREFIX + "max_workbook_megabytes"]) * MEGABYTE,
        rows=int(tk.config[PREFIX + "max_rows"]),
        columns=int(tk.config[PREFIX + "max_columns"]),
    )


def swap_timeout_s() -> int:
    """Return how many seconds a prepared table waits for readers to leave."""
    return int(tk.config[PREFIX + "swap_timeout_s"])


def write_dsn() -> str:
    """Return libpq's address of the DataStore for its writing role."""
    return _dsn("ckan.datastore.write_url")


def read_role() -> str:
    """Return the name of the DataStore's reading role."""
    return str(sa.make_url(tk.config["ckan.datastore.read_url"]).username)


def _dsn(option: str) -> str:
    url = sa.make_url(tk.config[option]).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
