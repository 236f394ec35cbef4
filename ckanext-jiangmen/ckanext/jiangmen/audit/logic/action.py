"""Actions: the auditor's search, and the published heads."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.audit import heads, reading, search, trail
from ckanext.jiangmen.audit.logic import schema

DataDict = dict[str, Any]


def checked(data_dict: DataDict) -> DataDict:
    """Return the filters of a search, or raise ValidationError."""
    wanted = schema.audit_list()
    given = {key: data_dict[key] for key in wanted if key in data_dict}
    data, errors = tk.navl_validate(given, wanted)
    if errors:
        raise tk.ValidationError(errors)
    return data


@tk.side_effect_free
def jiangmen_audit_list(context: Context, data_dict: DataDict) -> DataDict:
    """Search the audit trail, the newest rows first. For the auditor only.

    ``ckanapi action jiangmen_audit_list account=c_cataloguer since=2026-01-01``

    :param account: name of an account, or ``os:`` and an operator's login
    :param entry: id of an entry
    :param resource: id of a file or table
    :param grant: id of a grant
    :param action: name of an action or of a page's route
    :param kind: ``read``, ``refusal``, ``login``, ``logout`` or ``change``
    :param result: ``done``, ``refused`` or ``failed``
    :param address: the caller's address
    :param token: id of an API token
    :param since: first day, e.g. 2026-01-31, in Jiangmen's time
    :param until: last day
    :param before: only rows with a smaller id: ``next`` of the page before
    :param limit: rows a page, 100 if not given, 500 at most

    :returns: ``rows`` (parts that are empty are left out; ``seq`` is the row's place
        in the sealed chain) and ``next``, None at the end
    """
    tk.check_access("jiangmen_audit_list", context, data_dict)
    asked = checked(data_dict)
    limit = asked.pop("limit")
    with reading.connect() as connection:
        found = search.find(connection, asked, limit + 1)
    more, found = len(found) > limit, found[:limit]
    trail.note_search(context, "jiangmen_audit_list", asked, len(found))
    return {"rows": found, "next": found[-1]["id"] if more else None}


@tk.side_effect_free
def jiangmen_audit_head_list(context: Context, data_dict: DataDict) -> DataDict:
    """List the published heads of the audit trails: what an export is verified with.

    ``ckanapi action jiangmen_audit_head_list -r URL_OF_THE_OPEN_SITE``

    :returns: ``heads``, the newest day first: ``site``, ``day``, ``number`` of the
        seal, ``first`` and ``last`` link of its batch, ``previous`` and ``link``
        (SM3), ``at``, ``key`` and ``public_key`` (Ed25519), ``signature``
    """
    tk.check_access("jiangmen_audit_head_list", context, data_dict)
    return {"heads": heads.listed()}


def get_actions() -> dict[str, Any]:
    """Return the actions of this module by name."""
    return {
        "jiangmen_audit_list": jiangmen_audit_list,
        "jiangmen_audit_head_list": jiangmen_audit_head_list,
    }
