"""The action on duties: who owes what by which working day."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts, clock, parameters
from ckanext.jiangmen.duties import book, clocks
from ckanext.jiangmen.duties.model import Duty

DataDict = dict[str, Any]
LIMIT, MOST = 50, 500


@tk.side_effect_free
def jiangmen_duty_list(context: Context, data_dict: DataDict) -> DataDict:
    """Return who owes what by which working day, the most urgent first.

    A department sees its own, the coordinating office all.
    ``ckanapi action jiangmen_duty_list mine=true state=overdue``

    :param mine: only those that the caller's account or roles owe
    :param state: open (default), soon, overdue, done or cancelled
    :param kind: a clock of ``schemas/clocks.yaml``, such as revision_reviewer
    :param organization: id or name of the organization that owes
    :param package_id: only those about one entry, by id or name
    :param subject: only those about one revision
    :param limit: at most so many (50, no more than 500)
    :param offset: leave out so many
    :returns: ``{"count", "duties": [{"id", "kind", "kind_title", "working_days",
        "source", "role", "organization", "account", "subject", "package_id", "title",
        "since", "due", "certain", "state", "working_days_left", "closed",
        "reminders", "reminded"}]}``; `certain` is false where the year's holidays
        are not announced yet
    """
    tk.check_access("jiangmen_duty_list", context, data_dict)
    caller = accounts.caller_of(context)
    conditions = [book.visible_to(caller), *_wanted(data_dict)]
    if tk.asbool(data_dict.get("mine") or False):
        conditions.append(book.owed_by(caller))
    limit = parameters.number(data_dict, "limit", LIMIT, MOST)
    offset = parameters.natural(data_dict, "offset", 0)
    count, duties = book.found(model.Session(), conditions, limit, offset)
    return {"count": count, "duties": duties}


def _wanted(data_dict: DataDict) -> list[Any]:
    state = str(data_dict.get("state") or "open")
    if state not in book.STATES:
        listed = "、".join(book.STATES)
        raise tk.ValidationError(
            {"state": [f"没有“{state}”这种状态，可用：{listed}。"]}
        )
    conditions = [book.in_state(state, clock.today())]
    kind = str(data_dict.get("kind") or "")
    if kind and kind not in clocks.clocks():
        listed = "、".join(clocks.clocks())
        raise tk.ValidationError({"kind": [f"没有“{kind}”这种时限，可用：{listed}。"]})
    if kind:
        conditions.append(Duty.kind == kind)
    if organization := data_dict.get("organization"):
        group = model.Group.get(str(organization))
        conditions.append(Duty.organization == (group.id if group else "-"))
    if wanted := data_dict.get("package_id"):
        package = model.Package.get(str(wanted))
        conditions.append(Duty.package_id == (package.id if package else str(wanted)))
    if subject := data_dict.get("subject"):
        conditions.append(Duty.subject == str(subject))
    return conditions
