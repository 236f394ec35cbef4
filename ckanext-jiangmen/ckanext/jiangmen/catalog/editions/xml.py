"""An edition as XML after GB/T 21063.3, and the schema that it follows (`xsd`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.document import Change, Document, Entry

NAMESPACE = "urn:jiangmen:catalogue-edition:1"


def write(document: Document, path: Path) -> None:
    """Write the document, a piece at a time."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for piece in _pieces(document):
            stream.write(piece)


def element(field: str) -> str:
    """Return the element's name of a field: `share_type` is ``shareType``."""
    head, *rest = field.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _pieces(document: Document) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield (
        f'<catalogue xmlns="{NAMESPACE}"'
        f' number="{document.number}" date="{document.date}" text="{document.text}"'
        f' previous="{document.previous}">\n'
    )
    yield _leaf("title", document.title)
    yield _leaf("organization", document.organization)
    yield "<resources>\n"
    for entry in document.content.entries:
        yield _entry(entry)
    yield "</resources>\n<withheldResources>\n"
    for row in document.content.withheld:
        grounds = "".join(_leaf("ground", text) for text in row["grounds"])
        head = _leaf("title", row["title"]) + _leaf("department", row["department"])
        yield f"<withheldResource>\n{head}{grounds}</withheldResource>\n"
    yield "</withheldResources>\n<changes>\n"
    for kind, change in document.changes():
        yield _change(kind, change)
    yield "</changes>\n</catalogue>\n"


def _leaf(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>\n" if value else ""


def _entry(entry: Entry) -> str:
    parts = [f"<resource name={quoteattr(entry['name'])}>\n"]
    for field in shape.FIELDS:
        value = entry.get(field, "")
        values = value if isinstance(value, list) else [value]
        parts += [_leaf(element(field), text) for text in values]
    parts.append("<informationItems>\n")
    for item in entry[shape.ITEMS]:
        said = [_leaf(element(f), item.get(f, "")) for f in shape.ITEM_FIELDS]
        parts += ["<informationItem>\n", *said, "</informationItem>\n"]
    parts.append("</informationItems>\n</resource>\n")
    return "".join(parts)


def _change(kind: str, change: Change) -> str:
    fields = "".join(
        f"<field>\n<name>{escape(name)}</name>\n<before>{escape(before)}</before>\n"
        f"<after>{escape(after)}</after>\n</field>\n"
        for name, before, after in change.fields
    )
    return (
        f"<change kind={quoteattr(kind)}>\n{_leaf('resourceCode', change.code)}"
        f"{_leaf('title', change.title)}{_leaf('department', change.department)}"
        f"{fields}</change>\n"
    )
