"""The words of other catalogues for the values of ours (``schemas/dcat.yaml``)."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ckanext.jiangmen.catalog import lists

Entry = Mapping[str, Any]
DEFAULT_THEME = "GOVE"


@dataclass(frozen=True)
class Format:
    """A file format: its IANA media type and its code in the EU file types."""

    name: str
    file: str
    media: str
    machine: bool = False
    open: bool = False

    @property
    def media_iri(self) -> str:
        """Return the IANA address of the media type."""
        return f"{words()['media_types']}/{self.media}"


@functools.cache
def words() -> MappingProxyType[str, Any]:
    """Return ``schemas/dcat.yaml``."""
    return MappingProxyType(lists.read_yaml("dcat.yaml"))


def authority(table: str, code: str = "") -> str:
    """Return the address of a code in an EU authority table, or of the table.

    >>> authority("frequency", "DAILY")
    'http://publications.europa.eu/resource/authority/frequency/DAILY'
    """
    return "/".join(part for part in (words()["authority"], table, code) if part)


def format_of(name: str | None) -> Format | None:
    """Return what is known of a format, None of one that the tables do not have."""
    known = words()["formats"].get(str(name or "").strip().upper())
    return Format(str(name), **known) if known else None


def themes(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the EU data themes of an entry: (code, label), the class's first."""
    key = f"{entry.get('class_lei')}-{entry.get('class_xiang')}"
    found = [words()["class_theme"].get(key, DEFAULT_THEME)]
    found.append(words()["subkind_theme"].get(entry.get("content_subkind"), ""))
    for code in dict.fromkeys(filter(None, found)):
        yield code, words()["themes"][code]


def dataset_types(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the EU dataset types of an entry: (code, label)."""
    for field in ("content_kind", "content_subkind"):
        row = words()["dataset_type"].get(entry.get(field))
        if row:
            yield row["code"], row["label"]


def region(entry: Entry) -> tuple[str, str] | None:
    """Return the region that an entry names: (GB/T 2260 code, name)."""
    code = str(entry.get("region_code") or "")
    name = lists.regions().get(code)
    return (code, name) if name else None


def standards(entry: Entry) -> list[str]:
    """Return the standards that the entry's items follow, each once."""
    items = entry.get("information_items") or []
    named = (str(item.get("standard") or "").strip() for item in items)
    return list(dict.fromkeys(filter(None, named)))


def licence_iri(licence_id: str | None) -> str:
    """Return the address of a licence's text, "" of one that is not listed."""
    for row in lists.licences():
        if row["id"] == licence_id:
            return row["url"]
    return ""
