"""The Chinese TrueType font that editions embed, and what it cannot write.

ReportLab embeds TrueType outlines only (no CFF, as in Noto CJK). A character without a
glyph would be an empty box in a legal document: it is named, and nothing is issued.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.document import Document, Entry
from ckanext.jiangmen.catalog.editions.errors import FontMissing, GlyphMissing

MOST_NAMED = 10


@functools.cache
def load(path: str) -> TTFont:
    """Return the font of a TrueType file, or the first of a collection.

    Raise `FontMissing` if there is no such file or ReportLab cannot embed it.
    """
    if not Path(path).is_file():
        raise FontMissing(f"没有字体文件{path}，请安装后再编制。")
    try:
        font = TTFont("Catalogue", path, subfontIndex=0)
    except TTFError as err:
        raise FontMissing(f"字体文件{path}不是可嵌入的TrueType字体。") from err
    pdfmetrics.registerFont(font)
    return font


def check(document: Document, font: TTFont) -> None:
    """Raise `GlyphMissing` naming characters and entries that the font cannot write."""
    known = font.face.charToGlyph
    found: dict[str, str] = {}
    for where, text in _texts(document):
        for character in set(text):
            if ord(character) not in known and character != "\n":
                found.setdefault(character, where)
    if not found:
        return
    named = "；".join(
        f"“{character}”（U+{ord(character):04X}，见{where}）"
        for character, where in sorted(found.items())[:MOST_NAMED]
    )
    more = f"等{len(found)}个字" if len(found) > MOST_NAMED else ""
    raise GlyphMissing(f"字体缺少{named}{more}，请更正条目，或改用含有这些字的字体。")


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    yield "标题", document.title
    for entry in document.content.entries:
        where = entry.get("resource_code") or entry["title"]
        yield where, "".join(_strings(entry))
    for row in document.content.withheld:
        yield row["title"], "".join(_strings(row))
    for _, change in document.changes():
        fields = (text for field in change.fields for text in field)
        yield change.code or change.title, "".join((change.title, *fields))


def _strings(entry: Entry) -> Iterator[str]:
    for field, value in entry.items():
        if field == shape.ITEMS:
            for item in value:
                yield from item.values()
        else:
            yield from _of(value)


def _of(value: str | Iterable[str]) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value
