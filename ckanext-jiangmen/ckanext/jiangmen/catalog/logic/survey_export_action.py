"""The action that exports a selection of entries as a survey workbook."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts, clock
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import survey_export
from ckanext.jiangmen.catalog.logic import survey_action

DataDict = dict[str, Any]
PAGE, MOST = 1000, 20_000
DESK_FILTERS = ("state", "mine", "waiting_for_me")
FILE_NAME = "江门市政务信息资源调查表-{scope}-{day:%Y%m%d}.xlsx"


@tk.side_effect_free
def jiangmen_survey_export(context: Context, data_dict: DataDict) -> DataDict:
    """Return a selection of entries as a survey workbook, to be edited and uploaded.

    A department gets its own entries in full, the coordinating office all; each in
    its newest state. Several parameters narrow the selection; without any it is
    everything. Uploaded unchanged, the workbook changes nothing.
    ``ckanapi action jiangmen_survey_export organization=minzhengju``

    :param id: ids or names of entries, or ids of revisions: one or a list
    :param organization: id or name of an organization
    :param import_id: the entries that an import created or changed
    :param q: a search, as in `package_search`; `fq` as there
    :param state: entries with a revision in these states, as in
        `jiangmen_revision_list`; so `mine` and `waiting_for_me`
    :returns: ``{"file_name", "mimetype", "content_base64", "entries": number}``
    """
    tk.check_access("jiangmen_survey_export", context, data_dict)
    owners = survey_export.owners(accounts.caller_of(context))
    scope = "全部"
    if data_dict.get("organization"):
        group = model.Group.get(str(data_dict["organization"]))
        owners &= {group.id} if group is not None else set()
        scope = group.title if group is not None else scope
    wanted = _wanted(context, data_dict)
    found = survey_export.entries(owners, wanted)
    _all_found(data_dict, {known.package_id for known in found})
    if not found:
        raise tk.ValidationError(
            {"selection": ["所选范围内没有可由本账户导出的条目，请重新选择。"]}
        )
    if wanted is not None:
        scope = f"所选{len(found)}项"
    name = FILE_NAME.format(scope=scope, day=clock.local(clock.now()))
    answer = survey_action.workbook_answer(survey_export.workbook(found), name)
    ids = [known.package_id for known in found]
    trail.note_file(context, "jiangmen_survey_export", name, entries=ids)
    return answer | {"entries": len(found)}


def _wanted(context: Context, data_dict: DataDict) -> set[str] | None:
    """Return the ids that every given parameter selects; None without parameters."""
    chosen: list[set[str]] = []
    if data_dict.get("id"):
        chosen.append(set(survey_export.package_ids(_ids(data_dict)).values()))
    if data_dict.get("import_id"):
        done = survey_action.import_of(context, {"id": data_dict["import_id"]})
        chosen.append(survey_export.of_import(done.id))
    if data_dict.get("q") or data_dict.get("fq"):
        chosen.append(_searched(context, data_dict))
    if any(data_dict.get(name) for name in DESK_FILTERS):
        asked = {name: data_dict.get(name) for name in DESK_FILTERS}
        listed = tk.get_action("jiangmen_revision_list")(
            _as_caller(context), {**asked, "limit": MOST}
        )
        chosen.append({revision["package_id"] for revision in listed})
    return set.intersection(*chosen) if chosen else None


def _ids(data_dict: DataDict) -> list[str]:
    given = data_dict.get("id")
    return [str(one) for one in (given if isinstance(given, list) else [given])]


def _all_found(data_dict: DataDict, found: set[str]) -> None:
    """Raise NotFound where an entry asked for by name is absent or another's."""
    if not data_dict.get("id"):
        return
    known = survey_export.package_ids(_ids(data_dict))
    absent = [one for one in _ids(data_dict) if known.get(one) not in found]
    if absent:
        raise tk.ObjectNotFound(
            f"没有可由本账户导出的条目：{'、'.join(absent)[:200]}。"
        )


def _searched(context: Context, data_dict: DataDict) -> set[str]:
    found: set[str] = set()
    for start in range(0, MOST, PAGE):
        page = tk.get_action("package_search")(
            _as_caller(context),
            {
                "q": data_dict.get("q") or "*:*",
                "fq": data_dict.get("fq") or "",
                "rows": PAGE,
                "start": start,
            },
        )
        found |= {entry["id"] for entry in page["results"]}
        if start + PAGE >= page["count"]:
            break
    return found


def _as_caller(context: Context) -> Context:
    return accounts.acting_as(str(context.get("user") or ""))
