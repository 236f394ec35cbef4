"""The family of errors every capability raises; a sentence each.

Domain code raises them; only ``logic/`` and views turn them into CKAN's own errors.
"""

from __future__ import annotations


class JiangmenError(Exception):
    """The platform cannot do what was asked; the text says why and what mends it."""
