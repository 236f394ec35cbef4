"""What other rooms are told when the catalogue changes, inside the same transaction.

A listener writes rows through the session it is given and nothing else: if the
approval is rolled back, so is everything that listeners did. ::

    events.on_approved(write_outbox_row)      # once, in a plugin's update_config
    events.on_withdrawn(write_withdrawal_row)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Approved = Callable[[Any, str, int, dict[str, Any]], None]
Withdrawn = Callable[[Any, str, str], None]

_approved: list[Approved] = []
_withdrawn: list[Withdrawn] = []


def on_approved(listener: Approved) -> Approved:
    """Have `listener(session, package_id, version, entry)` called on every new version.

    `entry` is the approved entry as `package_show` answers it, items included.
    """
    if listener not in _approved:
        _approved.append(listener)
    return listener


def on_withdrawn(listener: Withdrawn) -> Withdrawn:
    """Have `listener(session, package_id, reason)` called on every withdrawal."""
    if listener not in _withdrawn:
        _withdrawn.append(listener)
    return listener


def tell_approved(
    session: Any, package_id: str, version: int, entry: dict[str, Any]
) -> None:
    """Call every listener for a new approved version; a failure stops the approval."""
    for listener in _approved:
        listener(session, package_id, version, entry)


def tell_withdrawn(session: Any, package_id: str, reason: str) -> None:
    """Call every listener for a withdrawal; a failure stops the withdrawal."""
    for listener in _withdrawn:
        listener(session, package_id, reason)
