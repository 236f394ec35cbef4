"""The formats of an edition: each one file, the same bytes for the same document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ckanext.jiangmen.catalog.editions import html, jsonld, pdf, xlsx, xml, xsd
from ckanext.jiangmen.catalog.editions.document import Document


@dataclass(frozen=True)
class Format:
    """A format by its ending; `write(document, path, font_path)` makes the file."""

    title: str
    mimetype: str
    write: Callable[[Document, Path, str], None]


def _without_font(
    write: Callable[[Document, Path], None],
) -> Callable[[Document, Path, str], None]:
    return lambda document, path, _font_path: write(document, path)


FORMATS = {
    "xlsx": Format(
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _without_font(xlsx.write),
    ),
    "pdf": Format("PDF", "application/pdf", pdf.write),
    "html": Format("HTML", "text/html; charset=utf-8", _without_font(html.write)),
    "xml": Format("XML", "application/xml", _without_font(xml.write)),
    "xsd": Format("XSD", "application/xml", _without_font(xsd.write)),
    "jsonld": Format("JSON-LD", "application/ld+json", _without_font(jsonld.write)),
}
