"""What can go wrong in the catalogue, a sentence each."""

from __future__ import annotations

from ckanext.jiangmen.errors import JiangmenError


class CatalogError(JiangmenError):
    """The catalogue cannot do what was asked."""


class BlobMissing(CatalogError):
    """A file that an entry names is not in the store."""


class FileTooLarge(CatalogError):
    """An uploaded file is larger than allowed."""


class CodeTaken(CatalogError):
    """A 信息资源代码 belongs to another entry already."""


class WrongState(CatalogError):
    """A revision is not in the state that the step needs."""


class LoadFailed(CatalogError):
    """The table of a file could not be loaded."""
