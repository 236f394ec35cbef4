"""Why an edition is not made."""

from __future__ import annotations

from ckanext.jiangmen.catalog.errors import CatalogError


class EditionError(CatalogError):
    """An edition cannot be made; the sentence says why and what to do."""


class FontMissing(EditionError):
    """The font that the PDF embeds is not there or cannot be embedded."""


class GlyphMissing(EditionError):
    """The font has no glyph for a character of the catalogue."""


class EditionBusy(CatalogError):
    """Another process makes an edition of the same catalogue; tried again later."""
