"""Why an account can or cannot read: in the words of the decision itself (G2)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.accounts import Caller
from ckanext.jiangmen.catalog import openness, stored
from ckanext.jiangmen.sharing import callers, decision, purposes
from ckanext.jiangmen.sharing.decision import Reason, Standing, Verdict, Viewer
from ckanext.jiangmen.sharing.grants import GRANTABLE, Channel
from ckanext.jiangmen.sharing.logic import schema

DataDict = dict[str, Any]


def sentence(reason: Reason) -> str:
    """Return the reason in one sentence, with what mends a refusal."""
    return {
        Reason.OWNER: tk._("Read: the account works for the entry's department."),
        Reason.COORDINATOR: tk._(
            "Read by the coordinating office; identity numbers are masked."
        ),
        Reason.PUBLISHED: tk._("Read: the data are published."),
        Reason.OPEN: tk._("Read: the item is open to everybody."),
        Reason.SHARED: tk._("Read: the item is shared with every department."),
        Reason.GRANTED: tk._("Read by a grant that names the item."),
        Reason.PURPOSE_MISSING: tk._(
            "Not read yet: the item belongs to a base library; declare today's "
            "purpose first."
        ),
        Reason.NOT_GRANTED: tk._(
            "Not read: the item is shared under conditions and no grant in force "
            "names it; ask the entry's department for one."
        ),
        Reason.OTHER_CHANNEL: tk._(
            "Not read by this channel: the grant names other channels."
        ),
        Reason.OUTSIDE_TOKEN: tk._(
            "Not read: no grant of the machine token names the item."
        ),
        Reason.WITHHELD: tk._(
            "Not read: the item is withheld by law; nobody can be granted it."
        ),
        Reason.NO_BUSINESS: tk._(
            "Not read: the account's role reads no business data."
        ),
    }[reason]


@tk.side_effect_free
def jiangmen_access_explain(context: Context, data_dict: DataDict) -> DataDict:
    """Say item by item why an account can or cannot read an entry's data.

    An account asks about itself; the entry's department and the coordinating office
    ask about everybody. It is the decision that every channel takes, put in words.
    ``ckanapi action jiangmen_access_explain id=ENTRY account=b_cataloguer``

    :param id: id or name of the entry
    :param account: name of the account, the caller's own without it
    :param channel: 系统对接 (without it), 前置机共享, 联机查询 or 部门批量下载
    :returns: ``{"id", "account", "standing", "channel", "found" (whether the account
        finds the entry at all), "items": [{"name", "category", "readable",
        "masked", "reason", "sentence", "rows" (all or some), "grants"}]}``
    """
    seen = tk.get_action("package_show")(
        accounts.acting_as(context.get("user", "")),
        {"id": str(tk.get_or_bust(data_dict, "id"))},
    )
    entry = stored.whole_entry(seen["id"])
    channel = _channel(data_dict)
    asking = accounts.caller_of(context)
    account, own = _account(data_dict, asking, context)
    asks_all = callers.is_platform(context) or (
        callers.standing(asking, entry["owner_org"]) in decision.SEES_EVERYTHING
    )
    if not (own or asks_all):
        raise tk.NotAuthorized(
            tk._(
                "Only the entry's department and the coordinating office ask about "
                "other accounts."
            )
        )
    viewer = _viewer(account, entry, channel, own)
    known = (
        openness.items_of(entry)
        if asks_all
        else decision.visible_items(entry, viewer.standing)
    )
    verdicts = [decision.judge(entry, item, viewer) for item in known]
    return {
        "id": entry["id"],
        "account": account.name,
        "standing": viewer.standing.value,
        "channel": str(channel),
        "found": _finds(entry, viewer),
        "items": [_told(entry, verdict, viewer) for verdict in verdicts],
    }


def _channel(data_dict: DataDict) -> Channel:
    wrong: schema.Wrong = {}
    wanted = data_dict.get("channel") or str(GRANTABLE[0])
    chosen = schema.channels({"channels": wanted}, wrong)
    if wrong:
        raise tk.ValidationError({"channel": wrong["channels"]})
    return Channel(chosen[0])


def _account(
    data_dict: DataDict, asking: Caller, context: Context
) -> tuple[Caller, bool]:
    """Return the account asked about, and whether it asks itself. Raise NotFound."""
    wanted = str(data_dict.get("account") or asking.name or "")
    if wanted and wanted in {asking.name, asking.user_id}:
        return asking, True
    user = model.User.get(wanted) if wanted else None
    if user is None or user.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(tk._("There is no such account."))
    return accounts.caller(user.name), False


def _viewer(account: Caller, entry: DataDict, channel: Channel, own: bool) -> Viewer:
    at = callers.standing(account, entry["owner_org"])
    if at is not Standing.DEPARTMENT:
        return Viewer(at, channel)
    purpose = purposes.sent_with_request() if own else ""
    return callers.department_viewer(account, entry, channel, purpose)


def _finds(entry: DataDict, viewer: Viewer) -> bool:
    if viewer.standing in decision.SEES_EVERYTHING:
        return True
    if viewer.standing is Standing.NOBODY or decision.is_withheld(entry):
        return False
    return bool(viewer.grants) or not viewer.grants_only


def _told(entry: DataDict, verdict: Verdict, viewer: Viewer) -> DataDict:
    filtered = verdict.grants and all(g.rows is not None for g in verdict.grants)
    some = bool(filtered) and not verdict.anyway
    return {
        "name": verdict.item["name"],
        "category": openness.item_category(entry, verdict.item),
        "readable": verdict.readable,
        "masked": verdict.mode is decision.Mode.MASKED,
        "reason": str(verdict.reason),
        "sentence": sentence(verdict.reason),
        "rows": "some" if some else "all",
        "grants": [grant.id for grant in verdict.grants],
    }


def get_actions() -> dict[str, Any]:
    """Return the actions of this module by name."""
    return {"jiangmen_access_explain": jiangmen_access_explain}
