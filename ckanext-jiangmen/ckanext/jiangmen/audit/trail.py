"""Writing the trail: what every capability calls before data leaves.

The trail is imported by every room and imports none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckanext.jiangmen.errors import JiangmenError


class TrailUnavailable(JiangmenError):
    """The trail cannot be written; what it should tell of must not happen."""


def note_read(
    context: Any,
    action: str,
    *,
    entry_id: str,
    resource_id: str | None = None,
    items: Sequence[str] = (),
    rows: int | None = None,
    grants: Sequence[str] = (),
    purpose: str | None = None,
    channel: str = "api",
) -> None:
    """Write that the caller of `context` reads data, before it is sent.

    `items` are the names of the information items read, `rows` their number (None
    where it is not known before sending), `channel` one of api, download, export,
    page. Committed on its own. Raise `TrailUnavailable` if it cannot be written.
    """


def note_refusal(
    context: Any,
    action: str,
    *,
    entry_id: str | None = None,
    resource_id: str | None = None,
    reason: str,
    channel: str = "api",
) -> None:
    """Write that the caller of `context` was refused, and why.

    Raise `TrailUnavailable` if it cannot be written.
    """
