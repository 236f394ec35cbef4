"""Template helpers: what the head of a page says to machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from ckanext.jiangmen.portal.machines import addresses, quality, schemaorg

Row = dict[str, Any]


def jiangmen_canonical(entry: Row, resource: Row | None = None) -> str:
    """Return the one address of an entry's page, or of its file's."""
    return addresses.file(entry, resource) if resource else addresses.entry(entry)


def jiangmen_absolute(path: str) -> str:
    """Return the absolute address of a path of this site."""
    return addresses.site(path)


def jiangmen_schema_org(entry: Row) -> Markup:
    """Return the entry as schema.org Dataset, text for a data block."""
    return schemaorg.script(entry)


def jiangmen_other_forms(entry: Row) -> list[tuple[str, str, str]]:
    """Return the entry's documents for machines: [(address, media type, title)]."""
    return schemaorg.links(entry)


def jiangmen_mqa(entry: Row) -> Row:
    """Return the report on an entry's quality, 405 points."""
    return quality.of_entry(entry)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        "jiangmen_canonical": jiangmen_canonical,
        "jiangmen_absolute": jiangmen_absolute,
        "jiangmen_schema_org": jiangmen_schema_org,
        "jiangmen_other_forms": jiangmen_other_forms,
        "jiangmen_mqa": jiangmen_mqa,
    }
