"""Tokens of accounts and machines: made, listed, rotated, revoked.

The token itself is in one answer only; nothing of it is stored or logged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import api_token
from ckan.types import AuthResult, Context

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller, Role, caller_of
from ckanext.jiangmen.sharing import grants as granted
from ckanext.jiangmen.sharing import token_model, tokens
from ckanext.jiangmen.sharing.logic import token_schema
from ckanext.jiangmen.sharing.logic.token_schema import LONGEST_ID
from ckanext.jiangmen.sharing.token_hooks import HOLDERS
from ckanext.jiangmen.sharing.token_model import TokenRow
from ckanext.jiangmen.sharing.tokens import Claims

DataDict = dict[str, Any]

MAX_LIVE_TOKENS = 50
MAX_LISTED = 1000


def jiangmen_token_create(context: Context, data_dict: DataDict) -> DataDict:
    """Make a machine token: it reads by its grants, from its addresses, for its term.

    The account must be a cataloguer or reviewer of the department that holds the
    grants. The token is shown in this answer only.

    :param grants: ids of grants of one department, a list of 1 to 50
    :param name: what the token is for, e.g. the system that uses it
    :param ranges: addresses or networks (CIDR) it may be used from, a list of 1 to 20
    :param valid_until: day or moment it ends, at the latest with its longest grant and
        after 365 days; default 90 days, or the end of the longest grant
    :returns: dict with `token`, `id`, `name`, `grants`, `ranges`, `valid_until`

    ``ckanapi action jiangmen_token_create grants:'["…"]' name=养老系统
    ranges:'["10.2.0.0/16"]' valid_until=2027-01-31``
    """
    tk.check_access("jiangmen_token_create", context, data_dict)
    caller = caller_of(context)
    name = token_schema.name(data_dict)
    ranges = token_schema.ranges(data_dict)
    organization, longest = _grants_held(
        context, caller, token_schema.grant_ids(data_dict)
    )
    until = token_schema.valid_until(data_dict, longest)
    if token_model.count_live(caller.user_id, clock.now()) >= MAX_LIVE_TOKENS:
        raise token_schema.wrong(
            "name",
            tk._(
                "This account has {count} tokens in force; please revoke one first."
            ).format(count=MAX_LIVE_TOKENS),
        )
    claims = Claims(tuple(token_schema.grant_ids(data_dict)), tuple(ranges), until)
    row, token = _issue(caller.user_id, name, organization, claims)
    model.Session.commit()
    return {"token": token, **_shown(row, caller.name)}


def _issue(
    user_id: str, name: str, organization_id: str, claims: Claims
) -> tuple[TokenRow, str]:
    """Add CKAN's row and ours; return ours and the signed token."""
    ours = model.ApiToken(user_id, name)
    model.Session.add(ours)
    model.Session.flush()
    row = TokenRow(
        id=ours.id,
        user_id=user_id,
        name=name,
        organization_id=organization_id,
        grants=list(claims.grants),
        ranges=list(claims.ranges),
        valid_until=claims.expires,
    )
    model.Session.add(row)
    model.Session.flush()
    said = {
        "jti": ours.id,
        "iat": int(clock.now().timestamp()),
        "exp": int(claims.expires.timestamp()),
        tokens.CLAIM: claims.as_json(),
    }
    return row, api_token.encode(said)


def _grants_held(
    context: Context, caller: Caller, ids: Iterable[str]
) -> tuple[str, dt.datetime]:
    """Return the department that holds the grants, and the end of the longest.

    Raise NotAuthorized where one is absent, another department's or has ended: what
    exists elsewhere is not told.
    """
    found = [_grant_held(context, caller, grant_id) for grant_id in ids]
    organizations = {organization for organization, _ in found}
    if len(organizations) > 1:
        raise token_schema.wrong(
            "grants", tk._("The grants of one token are of one department.")
        )
    return organizations.pop(), max(until for _, until in found)


def _grant_held(
    context: Context, caller: Caller, grant_id: str
) -> tuple[str, dt.datetime]:
    refused = tk.NotAuthorized(
        tk._("Your department holds no grant “{id}” in force.").format(id=grant_id)
    )
    asked: Any = {"user": context.get("user")}
    try:
        grant = tk.get_action("jiangmen_grant_show")(asked, {"id": grant_id})
    except (tk.ObjectNotFound, tk.NotAuthorized) as err:
        raise refused from err
    organization = model.Group.get(str(grant["organization"]))
    until = granted.moment_until(grant["valid_until"])
    held = organization is not None and any(
        caller.has(role, organization.id) for role in HOLDERS
    )
    live = grant["state"] == "active"
    if not held or not live or organization is None or until is None:
        raise refused
    return organization.id, until


def jiangmen_token_rotate(context: Context, data_dict: DataDict) -> DataDict:
    """Replace a machine token by a new one with the same bounds, without a gap.

    The old one works for the overlap and ends then; both have the same term else.

    :param id: the token's id
    :param overlap_minutes: how long the old one still works, 0 to 10080; default 60
    :returns: as `jiangmen_token_create`, with `replaces` and `old_valid_until`

    ``ckanapi action jiangmen_token_rotate id=… overlap_minutes=120``
    """
    row = _own(context, "jiangmen_token_rotate", data_dict)
    minutes = token_schema.overlap_minutes(data_dict)
    now = clock.now()
    if not row.is_machine or row.organization_id is None:
        raise token_schema.wrong(
            "id", tk._("A personal token is not rotated; make a new one.")
        )
    if _state(row, now) != "active":
        raise token_schema.wrong(
            "id", tk._("This token has ended; please make a new one.")
        )
    if row.replaced_by:
        raise token_schema.wrong("id", tk._("This token was replaced already."))
    claims = Claims(tuple(row.grants or ()), tuple(row.ranges or ()), row.valid_until)
    new, token = _issue(row.user_id, row.name, row.organization_id, claims)
    row.replaced_by = new.id
    row.valid_until = min(row.valid_until, now + dt.timedelta(minutes=minutes))
    model.Session.commit()
    return {
        "token": token,
        **_shown(new, caller_of(context).name),
        "replaces": row.id,
        "old_valid_until": row.valid_until.isoformat(),
    }


def jiangmen_token_revoke(context: Context, data_dict: DataDict) -> DataDict:
    """End a token now, a personal or a machine's: the next call with it is refused.

    By its account or by the security officer. Doing it again changes nothing.

    :param id: the token's id
    :returns: the token as `jiangmen_token_list` shows it

    ``ckanapi action jiangmen_token_revoke id=…``
    """
    row = _own(context, "jiangmen_token_revoke", data_dict)
    if row.revoked is None:
        end(row, caller_of(context).user_id)
        model.Session.commit()
    return _shown(row, _names([row])[row.user_id])


def end(row: TokenRow, user_id: str) -> None:
    """Revoke a token; CKAN's row goes, ours stays and tells by whom and when."""
    row.revoked, row.revoked_by = clock.now(), user_id
    ours = model.ApiToken.get(row.id)
    if ours is not None:
        model.Session.delete(ours)
    model.Session.flush()


def _own(context: Context, action: str, data_dict: DataDict) -> TokenRow:
    """Return the row of a token that the caller may act on, locked.

    Raise NotFound for others' tokens as for absent ones.
    """
    tk.check_access(action, context, data_dict)
    wanted = data_dict.get("id")
    caller = caller_of(context)
    short = isinstance(wanted, str) and 0 < len(wanted) <= LONGEST_ID
    row = token_model.get(str(wanted), locked=True) if short else None
    officer = action == "jiangmen_token_revoke" and caller.has(Role.SECURITY_OFFICER)
    if row is None or not (officer or row.user_id == caller.user_id):
        raise tk.ObjectNotFound(tk._("There is no such token."))
    return row


@tk.side_effect_free
def jiangmen_token_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """List tokens with bounds, state and last use, newest first, at most 1,000.

    An account sees its own; the security officer everybody's, or one account's.

    :param account: name of an account (security officer only)
    :returns: list of dicts with `id`, `kind` (personal, machine), `name`, `account`,
        `organization`, `grants`, `ranges`, `created`, `valid_until`, `last_used` (to
        the minute), `last_address`, `state` (active, expired, revoked), `replaced_by`

    ``ckanapi action jiangmen_token_list``
    """
    tk.check_access("jiangmen_token_list", context, data_dict)
    caller = caller_of(context)
    user_id: str | None = caller.user_id
    if caller.has(Role.SECURITY_OFFICER):
        name = data_dict.get("account")
        user = model.User.get(str(name)[:LONGEST_ID]) if name else None
        if name and user is None:
            raise tk.ObjectNotFound(tk._("There is no such account."))
        user_id = user.id if user else None
    rows = token_model.of_accounts(user_id, MAX_LISTED)
    names = _names(rows)
    return [_shown(row, names[row.user_id]) for row in rows]


def _names(rows: Iterable[TokenRow]) -> dict[str, str]:
    """Return names of the tokens' accounts by their ids."""
    ids = {row.user_id for row in rows}
    found = model.Session.query(model.User).filter(model.User.id.in_(ids))
    return {user.id: user.name for user in found}


def _state(row: TokenRow, now: dt.datetime) -> str:
    if row.revoked is not None:
        return "revoked"
    return "active" if row.valid_until > now else "expired"


def _shown(row: TokenRow, account: str) -> DataDict:
    """Return what is told about a token; never the token."""
    return {
        "id": row.id,
        "kind": "machine" if row.is_machine else "personal",
        "name": row.name,
        "account": account,
        "organization": row.organization_id,
        "grants": row.grants,
        "ranges": row.ranges,
        "created": _iso(row.created),
        "valid_until": _iso(row.valid_until),
        "last_used": _iso(row.last_used),
        "last_address": row.last_address,
        "state": _state(row, clock.now()),
        "replaced_by": row.replaced_by,
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@tk.chained_action
def api_token_revoke(next_action: Any, context: Context, data_dict: DataDict) -> Any:
    """Revoke a token as core does; our row tells by whom and when."""
    jti = data_dict.get("jti")
    if not jti and data_dict.get("token"):
        jti = (api_token.decode(str(data_dict["token"])) or {}).get("jti")
    answer = next_action(context, data_dict)
    row = token_model.get(str(jti)) if jti else None
    if row is not None and row.revoked is None:
        row.revoked, row.revoked_by = clock.now(), caller_of(context).user_id
        model.Session.commit()
    return answer


def _signed_in(context: Context) -> bool:
    """Return whether an account acts with its own rights: no machine token."""
    caller = caller_of(context)
    return not caller.anonymous and caller.grants is None


def _may_hold(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Cataloguers and reviewers of departments hold machine tokens."""
    caller = caller_of(context)
    if any(caller.has(role) for role in HOLDERS):
        return {"success": True}
    return {
        "success": False,
        "msg": tk._(
            "Machine tokens are made by cataloguers and reviewers of departments."
        ),
    }


def _may_keep(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Everybody keeps their own tokens; the actions see to whose they are."""
    if _signed_in(context):
        return {"success": True}
    return {"success": False, "msg": tk._("Please sign in first.")}


def get_auth_functions() -> dict[str, Any]:
    """Return who may call the actions, by name."""
    return {
        "jiangmen_token_create": _may_hold,
        "jiangmen_token_rotate": _may_hold,
        "jiangmen_token_revoke": _may_keep,
        "jiangmen_token_list": _may_keep,
    }


def get_actions() -> dict[str, Any]:
    """Return the actions of this module by name."""
    actions = (
        jiangmen_token_create,
        jiangmen_token_rotate,
        jiangmen_token_revoke,
        jiangmen_token_list,
        api_token_revoke,
    )
    return {action.__name__: action for action in actions}
