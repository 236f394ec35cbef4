"""The token that signs a request: whose it is, what binds it, why one was refused.

`sharing` reads tokens and says here what it found; everything below it looks here.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, g, has_request_context

from ckanext.jiangmen import answers


@dataclass(frozen=True)
class Bearer:
    """An accepted token; `grants` is None for an account's personal one."""

    id: str
    user_id: str
    grants: frozenset[str] | None = None


@dataclass(frozen=True)
class Refusal:
    """A token that was refused; `token_id` and `account` are "" for a forged one."""

    reason: str
    sentence: str
    status: int
    token_id: str = ""
    account: str = ""


def accept(bearer: Bearer) -> None:
    """Keep the token that signs this request."""
    g.jiangmen_bearer = bearer


def refuse(refusal: Refusal) -> None:
    """Keep why the token of this request was refused; `stand_before` answers."""
    g.jiangmen_token_refusal = refusal


def current() -> Bearer | None:
    """Return the token that signs this request, None without one."""
    return g.get("jiangmen_bearer") if has_request_context() else None


def refusal() -> Refusal | None:
    """Return why this request's token was refused, None where none was."""
    return g.get("jiangmen_token_refusal") if has_request_context() else None


def stand_before() -> Response | None:
    """Answer a request whose token was refused, even where a session signs it too."""
    refused = refusal()
    if refused is None:
        return None
    answer = answers.refused(refused.status, "Authorization Error", refused.sentence)
    if refused.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
