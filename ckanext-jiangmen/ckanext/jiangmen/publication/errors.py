"""What can go wrong in the valve, a sentence each."""

from __future__ import annotations

from typing import Any

from ckanext.jiangmen.errors import JiangmenError


class PublicationError(JiangmenError):
    """A crossing cannot be made."""


class NotYet(PublicationError):
    """A crossing has to wait for work of its own site, a table being loaded."""


class Blocked(PublicationError):
    """An entry holds what must not become public; `findings` names the places."""

    def __init__(self, message: str, findings: list[dict[str, Any]]) -> None:
        super().__init__(message)
        self.findings = findings


class Superseded(PublicationError):
    """A newer crossing of the same entry waits: this one has lost its meaning."""


class OpenSiteFailed(PublicationError):
    """The open site did not answer, or refused; tried again later."""


class NotReceived(PublicationError):
    """What was sent is not whole or not in order; nothing of it is visible."""


class WithdrawalRefused(PublicationError):
    """An edition cannot be withdrawn, or not with this reason."""


class DocumentRefused(PublicationError):
    """A document is of no known kind, incomplete, or not what was received before."""
