"""Actions that take the public text of an edition back from the open site."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.accounts import caller_of
from ckanext.jiangmen.publication import documents, editions, withdrawn
from ckanext.jiangmen.publication.errors import WithdrawalRefused

DataDict = dict[str, Any]


def jiangmen_edition_withdraw(context: Context, data_dict: DataDict) -> DataDict:
    """Take the public text of an edition off the open site, for good, with a reason.

    For emergencies: within a minute its files are gone there and its address answers
    410 with the reason. The texts on this site stay; a new edition may follow.
    ``ckanapi action jiangmen_edition_withdraw id=1 reason=内容有误``

    :param id: the edition's address (``1``, ``minzhengju-1``)
    :param reason: why, at most 500 characters; the public reads it
    :returns: ``{"address", "number", "organization", "reason", "withdrawn", "done"}``;
        ``done`` is when the open site has done it, null until then
    """
    tk.check_access("jiangmen_edition_withdraw", context, data_dict)
    address = str(tk.get_or_bust(data_dict, "id"))
    edition = editions.due().get(address)
    if edition is None:
        known = [body for body in withdrawn.listed() if body["address"] == address]
        if known:
            return known[0]
        raise tk.ObjectNotFound(tk._("There is no such edition."))
    try:
        reason = str(data_dict.get("reason") or "")
        author = caller_of(context).user_id
        body = withdrawn.body_of(edition, reason, author)
    except WithdrawalRefused as err:
        raise tk.ValidationError({"reason": [str(err)]}) from err
    documents.keep_decision(withdrawn.DECIDED, address, body)
    return withdrawn.public(body) | {"done": None}


@tk.side_effect_free
def jiangmen_edition_withdrawal_list(
    context: Context, data_dict: DataDict
) -> list[DataDict]:
    """Return the editions whose public text was taken back, and why.

    ``ckanapi action jiangmen_edition_withdrawal_list``

    :returns: a list as `jiangmen_edition_withdraw` answers
    """
    tk.check_access("jiangmen_edition_withdrawal_list", context, data_dict)
    return withdrawn.listed()
