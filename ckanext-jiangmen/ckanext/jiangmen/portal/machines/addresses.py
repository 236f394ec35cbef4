"""Absolute addresses of what machines read, from `ckan.site_url`: also their IRIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

Row = Mapping[str, Any]


def site(path: str = "") -> str:
    """Return the address of a path of this site, of the site itself without one."""
    return tk.config["ckan.site_url"].rstrip("/") + path


def entry(row: Row) -> str:
    """Return the address of an entry's page."""
    return site(f"/dataset/{row['name']}")


def file(row: Row, resource: Row) -> str:
    """Return the address of the page of an entry's file."""
    return f"{entry(row)}/resource/{resource['id']}"


def file_iri(row: Row, resource: Row) -> str:
    """Return the IRI of a file, as ckanext-dcat builds them: by ids, which stay."""
    return site(f"/dataset/{row['id']}/resource/{resource['id']}")


def export(row: Row, resource: Row, fmt: str) -> str:
    """Return the address of a table in one of the export's formats."""
    return f"{file(row, resource)}/export/{fmt}"


def organization(row: Row) -> str:
    """Return the address of a department's page."""
    return site(f"/organization/{row['name']}")


def group(row: Row) -> str:
    """Return the address of a library's page."""
    return site(f"/group/{row['name']}")


def region(code: str) -> str:
    """Return the IRI of an administrative division."""
    return site(f"/#region-{code}")


def document(row: Row, fmt: str) -> str:
    """Return the address of an entry in a format of RDF."""
    return f"{entry(row)}.{fmt}"
