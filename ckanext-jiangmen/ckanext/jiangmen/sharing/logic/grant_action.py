"""Actions on grants and purposes (四(二), 五(二))."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import clock
from ckanext.jiangmen.accounts import Caller, Role, acting_as, caller_of
from ckanext.jiangmen.catalog import stored
from ckanext.jiangmen.sharing import callers, granting, purposes
from ckanext.jiangmen.sharing.logic import schema
from ckanext.jiangmen.sharing.model import GrantRow

DataDict = dict[str, Any]
PAGE = 100


def jiangmen_grant_create(context: Context, data_dict: DataDict) -> DataDict:
    """Let another department read items of an entry, for a purpose and a term.

    ``ckanapi action jiangmen_grant_create id=ENTRY organization=ORG
    items:'["名称"]' channels:'["系统对接"]' purpose=… valid_until=2027-12-31``

    :param id: id or name of the entry
    :param organization: id, name or title of the department that may read
    :param items: names of information items; none that is 不予共享
    :param channels: some of 系统对接, 前置机共享, 联机查询, 部门批量下载
    :param purpose: what the data are used for
    :param valid_until: last day, or a moment with its zone; at most five years
    :param rows: which rows, as ``{"item": value | [values] | {"gte": value}}`` or a
        list of such dicts, of which one must hold; all rows without it
    :returns: the grant as `jiangmen_grant_show` answers
    """
    entry = _entry(context, data_dict)
    _check_keeper(context, entry["owner_org"])
    wrong: schema.Wrong = {}
    organization = schema.grantee(data_dict, entry, wrong)
    items = schema.items(data_dict, entry, wrong)
    channels = schema.channels(data_dict, wrong)
    purpose = schema.text(data_dict, "purpose", wrong)
    until = schema.until(data_dict, wrong)
    rows = schema.rows(data_dict, entry, wrong)
    if wrong:
        raise tk.ValidationError(wrong)
    row = GrantRow(
        id=str(uuid.uuid4()),
        package_id=entry["id"],
        owner_org=entry["owner_org"],
        organization=organization,
        items=items,
        channels=channels,
        rows=rows,
        purpose=purpose,
        valid_until=until,
        created_by=caller_of(context).user_id or str(context.get("user")),
    )
    model.Session.add(row)
    model.Session.commit()
    return _shown(row)


def jiangmen_grant_revoke(context: Context, data_dict: DataDict) -> DataDict:
    """End a grant now, on every channel.

    ``ckanapi action jiangmen_grant_revoke id=GRANT reason=…``

    :param id: id of the grant
    :param reason: why; the department that held it reads it
    :returns: the grant as `jiangmen_grant_show` answers
    """
    row = _grant(context, data_dict)
    _check_keeper(context, row.owner_org)
    wrong: schema.Wrong = {}
    reason = schema.text(data_dict, "reason", wrong)
    if wrong:
        raise tk.ValidationError(wrong)
    if row.revoked is None:
        granting.end([row], caller_of(context).user_id, reason)
        model.Session.commit()
    return _shown(row)


@tk.side_effect_free
def jiangmen_grant_show(context: Context, data_dict: DataDict) -> DataDict:
    """Show one grant to who gave it, who holds it and the coordinating office.

    ``ckanapi action jiangmen_grant_show id=GRANT``

    :param id: id of the grant
    :returns: ``{"id", "entry", "entry_title", "owner", "organization", "items",
        "channels", "rows", "purpose", "valid_until", "state" (active, expired or
        revoked), "created", "created_by", "revoked", "reason"}``
    """
    return _shown(_grant(context, data_dict))


@tk.side_effect_free
def jiangmen_grant_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """List the grants that the caller's department gave or holds, newest first.

    The coordinating office sees all of them.
    ``ckanapi action jiangmen_grant_list state=active``

    :param id: id or name of an entry, for the grants on it
    :param organization: id or name of the department that holds them
    :param state: active, expired or revoked
    :param offset: how many to pass over
    :param limit: at most so many, 100 at most
    :returns: a list of grants as `jiangmen_grant_show` answers
    """
    query = sa.select(GrantRow).where(_seen_by(_signed_in(context)))
    if data_dict.get("id"):
        entry = _entry(context, data_dict)
        query = query.where(GrantRow.package_id == entry["id"])
    if data_dict.get("organization"):
        group = schema.department(data_dict["organization"])
        query = query.where(GrantRow.organization == (group.id if group else ""))
    states = {
        "active": granting.is_live(),
        "expired": sa.and_(
            GrantRow.revoked.is_(None), GrantRow.valid_until <= clock.now()
        ),
        "revoked": GrantRow.revoked.isnot(None),
    }
    state = data_dict.get("state")
    if state:
        if state not in states:
            sentence = tk._("The state is one of active, expired, revoked.")
            raise tk.ValidationError({"state": [sentence]})
        query = query.where(states[state])
    query = query.order_by(GrantRow.created.desc(), GrantRow.id)
    query = query.offset(schema.number(data_dict, "offset", 0)).limit(
        min(schema.number(data_dict, "limit", PAGE), PAGE)
    )
    return [_shown(row) for row in model.Session.scalars(query)]


def jiangmen_grant_move(context: Context, data_dict: DataDict) -> DataDict:
    """Move what one department holds and gave to another: they were merged.

    ``ckanapi action jiangmen_grant_move organization=OLD to=NEW reason=…``

    :param organization: id or name of the department that ends
    :param to: id or name of the department that takes over
    :param reason: the document that merges them
    :returns: ``{"moved", "ended"}``, numbers of grants; a grant between the two ends
    """
    caller = caller_of(context)
    if not (caller.has(Role.COORDINATOR) or callers.is_platform(context)):
        raise tk.NotAuthorized(tk._("Grants are moved by the coordinating office."))
    wrong: schema.Wrong = {}
    reason = schema.text(data_dict, "reason", wrong)
    old, new = (schema.department(data_dict.get(key)) for key in ("organization", "to"))
    for key, group in (("organization", old), ("to", new)):
        if group is None:
            wrong[key] = [tk._("There is no such department.")]
    if wrong or old is None or new is None:
        raise tk.ValidationError(wrong)
    rows = granting.of_organization(old.id)
    between = [r for r in rows if {r.organization, r.owner_org} == {old.id, new.id}]
    granting.end(between, caller.user_id, reason)
    moved = [row for row in rows if row not in between]
    for row in moved:
        if row.organization == old.id:
            row.organization = new.id
        else:
            row.owner_org = new.id
    model.Session.commit()
    return {"moved": len(moved), "ended": len(between)}


def jiangmen_purpose_declare(context: Context, data_dict: DataDict) -> DataDict:
    """Declare what the caller reads a base library for today.

    ``ckanapi action jiangmen_purpose_declare id=ENTRY purpose=…``

    :param id: id or name of an entry of a base library, or of the library
    :param purpose: what the data are used for, 4 to 200 characters
    :returns: ``{"libraries", "purpose", "day"}``
    """
    caller = _signed_in(context)
    purpose = purposes.checked(data_dict.get("purpose"))
    wanted = str(tk.get_or_bust(data_dict, "id"))
    group = model.Group.get(wanted)
    if group is not None and not group.is_organization:
        libraries = granting.base_libraries({"groups": [{"name": group.name}]})
    else:
        libraries = granting.base_libraries(_entry(context, data_dict))
    if not libraries:
        sentence = tk._("A purpose is asked for entries of base libraries only.")
        raise tk.ValidationError({"id": [sentence]})
    for library in libraries:
        purposes.declare(caller.user_id, library, purpose)
    day = clock.today().isoformat()
    return {"libraries": libraries, "purpose": purpose, "day": day}


def _signed_in(context: Context) -> Caller:
    caller = caller_of(context)
    if caller.anonymous or not (
        caller.grants is not None or callers.works_with_entries(caller)
    ):
        raise tk.NotAuthorized(tk._("This is for accounts of departments."))
    return caller


def _entry(context: Context, data_dict: DataDict) -> DataDict:
    """Return the whole entry, if the caller may know of it. Raise NotFound."""
    wanted = str(tk.get_or_bust(data_dict, "id"))
    seen = tk.get_action("package_show")(
        acting_as(context.get("user", "")), {"id": wanted}
    )
    return stored.whole_entry(seen["id"])


def _check_keeper(context: Context, owner_org: str) -> None:
    caller = caller_of(context)
    if callers.is_platform(context) or caller.has(Role.COORDINATOR):
        return
    if owner_org not in caller.organizations:
        raise tk.NotAuthorized(
            tk._("Grants are given by the entry's department or coordinating office.")
        )


def _grant(context: Context, data_dict: DataDict) -> GrantRow:
    """Return a grant the caller may know of; absent and foreign are one answer."""
    wanted = str(tk.get_or_bust(data_dict, "id"))
    row = model.Session.scalar(
        sa.select(GrantRow).where(
            GrantRow.id == wanted,
            sa.true()
            if callers.is_platform(context)
            else _seen_by(_signed_in(context)),
        )
    )
    if row is None:
        raise tk.ObjectNotFound(tk._("There is no such grant."))
    return row


def _seen_by(caller: Caller) -> sa.ColumnElement[bool]:
    if caller.grants is not None:
        return GrantRow.id.in_(caller.grants)
    if caller.has(Role.COORDINATOR):
        return sa.true()
    own = caller.organizations
    return sa.or_(GrantRow.organization.in_(own), GrantRow.owner_org.in_(own))


def _shown(row: GrantRow) -> DataDict:
    """Return a grant as the actions answer."""
    package = model.Package.get(row.package_id)
    state = "revoked" if row.revoked else "active"
    if state == "active" and row.valid_until <= clock.now():
        state = "expired"
    return {
        "id": row.id,
        "entry": row.package_id,
        "entry_title": package.title if package else "",
        "owner": row.owner_org,
        "organization": row.organization,
        "items": row.items,
        "channels": row.channels,
        "rows": row.rows,
        "purpose": row.purpose,
        "valid_until": row.valid_until.isoformat(),
        "state": state,
        "created": row.created.isoformat(),
        "created_by": row.created_by,
        "revoked": row.revoked.isoformat() if row.revoked else None,
        "reason": row.reason,
    }


@tk.chained_action
def organization_delete(next_action: Any, context: Context, data_dict: DataDict) -> Any:
    """End the grants that a department gave or holds when it is closed."""
    group = schema.department(data_dict.get("id"))
    answer = next_action(context, data_dict)
    if group is not None:
        rows = granting.of_organization(group.id)
        user_id = caller_of(context).user_id or str(context.get("user"))
        granting.end(rows, user_id, tk._("The department was closed."))
        model.Session.commit()
    return answer


def get_actions() -> dict[str, Any]:
    """Return the actions of this module by name."""
    own = {
        name: value for name, value in globals().items() if name.startswith("jiangmen_")
    }
    return {**own, "organization_delete": organization_delete}
