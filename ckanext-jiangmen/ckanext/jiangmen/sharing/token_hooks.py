"""What happens to a token on its way in and out: CKAN's IApiToken, and the last use.

A token holds its bounds twice, in the signed claims and in our row; both must agree.
What is found goes to `bearer`, whose guard answers a refused one.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

import jwt
import sqlalchemy as sa
from flask import Response, has_request_context, request

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import api_token
from ckan.types import Schema

from ckanext.jiangmen import answers, bearer, clock, config
from ckanext.jiangmen.accounts import Role, RoleRow, acting_as
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.bearer import Bearer, Refusal
from ckanext.jiangmen.sharing import granting, token_model, tokens
from ckanext.jiangmen.sharing.model import GrantRow
from ckanext.jiangmen.sharing.token_model import TokenRow
from ckanext.jiangmen.sharing.tokens import Problem

log = logging.getLogger(__name__)

# Who may hold machine tokens, and only for their own department.
HOLDERS = (Role.CATALOGUER, Role.REVIEWER)

# Key under which a token that could not be decoded says why.
PROBLEM = "jiangmen_problem"

# The last use is accurate to so many seconds: not every call writes a row.
LAST_USE_S = 60

# All that a machine token may do. Every other action and address is refused.
READING_ACTIONS = frozenset(
    {
        "package_show",
        "package_search",
        "resource_show",
        "datastore_search",
        "datastore_info",
        "status_show",
        "help_show",
    }
)
READING_ENDPOINTS = frozenset(
    {
        "resource.download",
        "dataset_resource.download",
        "datastore.dump",
        "jiangmen_sharing.export_table",
        "jiangmen.health",
        "jiangmen.robots",
        "static",
    }
)

FORBIDDEN = frozenset({Problem.ADDRESS, Problem.LEFT, Problem.ENDED, Problem.WRITING})


class TokenHooks:
    """Methods of `IApiToken`, for the plugin of this room."""

    def create_api_token_schema(self, schema: Schema) -> Schema:
        """Let a personal token's term be chosen, in days."""
        schema["days"] = [tk.get_validator("ignore_missing"), _days_in_bounds]
        return schema

    def decode_api_token(self, encoded: str, **kwargs: Any) -> dict[str, Any] | None:
        """Return the signed claims, or why there are none."""
        try:
            return api_token.decode_token(encoded.removeprefix("Bearer "), **kwargs)
        except jwt.ExpiredSignatureError:
            return {"jti": "", PROBLEM: Problem.EXPIRED}
        except (jwt.PyJWTError, ValueError, TypeError):
            return {"jti": "", PROBLEM: Problem.FORGED}

    def preprocess_api_token(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let a token in that is in force here and now; keep whose it is."""
        problem = data.get(PROBLEM)
        known = None if problem else token_model.presented(str(data.get("jti") or ""))
        row, owner = known or (None, None)
        if problem is None:
            problem = _problem(row, owner, data)
        held = _grants_held(row) if row and row.is_machine and not problem else None
        if held is not None and not held:
            problem = Problem.ENDED
        if problem is not None or row is None:
            _refuse(problem or Problem.REVOKED, row)
            return {}
        _accept(row, held)
        return data

    def postprocess_api_token(
        self, data: dict[str, Any], jti: str, data_dict: dict[str, Any]
    ) -> dict[str, Any]:
        """Give a personal token its term."""
        days = data_dict.get("days") or config.token_default_days()
        until = clock.now() + dt.timedelta(days=days)
        token = model.ApiToken.get(jti)
        if token is None or token.user_id is None:
            raise tk.ObjectNotFound(tk._("There is no such token."))
        row = TokenRow(
            id=jti, user_id=token.user_id, name=token.name, valid_until=until
        )
        model.Session.add(row)
        model.Session.commit()
        return {**data, "exp": int(until.timestamp())}


def _days_in_bounds(value: Any) -> int:
    longest = config.token_longest_days()
    text = str(value)
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if not 1 <= days <= longest:
        raise tk.Invalid(
            tk._("A token is valid for 1 to {days} days.").format(days=longest)
        )
    return days


def _problem(
    row: TokenRow | None, owner: model.User | None, data: Mapping[str, Any]
) -> Problem | None:
    """Return what is wrong with a token whose signature is ours."""
    if row is None or row.revoked or owner is None:
        return Problem.REVOKED
    if not tokens.claims_agree(data.get(tokens.CLAIM), row.grants, row.ranges):
        return Problem.FORGED
    if row.valid_until <= clock.now():
        return Problem.EXPIRED
    if owner.state != model.State.ACTIVE:
        return Problem.CLOSED
    return _machine_problem(row, owner) if row.is_machine else None


def _machine_problem(row: TokenRow, owner: model.User) -> Problem | None:
    if owner.sysadmin or not _works_for(row.user_id, row.organization_id):
        return Problem.LEFT
    if not tokens.is_inside(_address(), row.ranges or ()):
        return Problem.ADDRESS
    return None


def _works_for(user_id: str, organization_id: str | None) -> bool:
    """Return whether the account still works for the department of its grants."""
    found = model.Session.scalar(
        sa.select(RoleRow.id)
        .join(model.Group, model.Group.id == RoleRow.organization_id)
        .where(
            RoleRow.user_id == user_id,
            RoleRow.organization_id == organization_id,
            RoleRow.role.in_(HOLDERS),
            model.Group.state == model.State.ACTIVE,
        )
        .limit(1)
    )
    return found is not None


def _address() -> str | None:
    """Return the client's address as the server saw it, never as a header tells it.

    nginx writes the one it saw, and config/stack/wsgi.py takes it in from nginx only.
    """
    return request.remote_addr if has_request_context() else None


def _grants_held(row: TokenRow) -> frozenset[str]:
    """Return the grants in force of a token that its department still holds."""
    wanted = sa.select(GrantRow.id).where(
        GrantRow.id.in_(row.grants or ()),
        GrantRow.organization == row.organization_id,
        granting.is_live(),
    )
    return frozenset(model.Session.scalars(wanted))


def _accept(row: TokenRow, grants: frozenset[str] | None) -> None:
    """Keep the token for this request; CKAN commits the last use with its own."""
    now = clock.now()
    old = row.last_used is None or (now - row.last_used).total_seconds() > LAST_USE_S
    if old or row.last_address != _address():
        row.last_used, row.last_address = now, _address()
    if has_request_context():
        bearer.accept(Bearer(row.id, row.user_id, grants))


def _refuse(problem: Problem, row: TokenRow | None) -> None:
    if not has_request_context():
        return
    owner = model.Session.get(model.User, row.user_id) if row else None
    status = 403 if problem in FORBIDDEN else 401
    name = owner.name if owner else ""
    token_id = row.id if row else ""
    bearer.refuse(Refusal(str(problem), _sentence(problem), status, token_id, name))


def _sentence(problem: Problem) -> str:
    said = {
        Problem.FORGED: tk._("This token is not valid here."),
        Problem.EXPIRED: tk._("This token has expired; please use a new one."),
        Problem.REVOKED: tk._("This token has been revoked; please use a new one."),
        Problem.CLOSED: tk._("The account of this token is closed."),
        Problem.LEFT: tk._(
            "The account of this token no longer works for the department that holds "
            "its grants."
        ),
        Problem.ADDRESS: tk._("This token may not be used from this address."),
        Problem.ENDED: tk._("The grants of this token have ended."),
        Problem.WRITING: tk._(
            "A machine token only reads data by its grants; please use an account for "
            "this."
        ),
    }
    return said[problem]


def stand_before_machines() -> Response | None:
    """Answer 403 where a machine token asks for anything but data to read."""
    token = bearer.current()
    if token is None or token.grants is None or _is_reading():
        return None
    refusal = Refusal(
        str(Problem.WRITING),
        _sentence(Problem.WRITING),
        403,
        token.id,
        tk.current_user.name,
    )
    bearer.refuse(refusal)
    return answers.refused(403, "Authorization Error", refusal.sentence)


def _is_reading() -> bool:
    endpoint = request.endpoint or ""
    if endpoint == "api.action":
        name = (request.view_args or {}).get("logic_function")
        return name in READING_ACTIONS
    if endpoint == "static":
        return not str((request.view_args or {}).get("filename")).startswith("uploads/")
    return endpoint in READING_ENDPOINTS and request.method in {"GET", "HEAD"}


def note_refusal(response: Response) -> Response:
    """Write refused tokens into the trail; forged ones name nobody, so to the log."""
    refused = bearer.refusal()
    if refused is None:
        return response
    if not refused.token_id:
        log.warning("a %s token was refused from %s", refused.reason, _address())
        return response
    try:
        trail.note_refusal(
            acting_as(refused.account),
            "token",
            reason=f"{refused.reason}: {refused.token_id}",
        )
    except trail.TrailUnavailable:
        log.exception("the refusal of a token could not be written")
    return response
