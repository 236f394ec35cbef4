"""Settings of the catalogue, each read through one typed function."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.jiangmen.catalog."
EDITION_FONT = PREFIX + "edition_font"
EDITION_AT_ONCE = PREFIX + "edition_at_once_entries"
FILE_LIMIT = PREFIX + "file_limit_bytes"
LOAD_AT_ONCE = PREFIX + "load_at_once_bytes"
QUERY_LIMIT = PREFIX + "query_limit_characters"


def file_limit_bytes() -> int:
    """Return the size of the largest file that may be attached to an entry."""
    return tk.config[FILE_LIMIT]


def load_at_once_bytes() -> int:
    """Return up to which size a table is loaded by the request that approved it."""
    return tk.config[LOAD_AT_ONCE]


def query_limit_characters() -> int:
    """Return after how many characters a search text is cut."""
    return tk.config[QUERY_LIMIT]


def edition_font() -> str:
    """Return the path of the TrueType font that PDF editions embed."""
    return tk.config[EDITION_FONT]


def edition_at_once_entries() -> int:
    """Return up to how many entries an edition is made by the call itself."""
    return tk.config[EDITION_AT_ONCE]
