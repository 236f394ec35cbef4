"""Actions on the summary table 《江门市政务信息资源调查汇总表》 (四(三))."""

from __future__ import annotations

import dataclasses
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts, clock
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import summary, survey_export
from ckanext.jiangmen.catalog.logic import survey_action
from ckanext.jiangmen.catalog.survey import WorkbookRefused

DataDict = dict[str, Any]
FILE_NAME = "江门市政务信息资源调查汇总表-{:%Y%m%d}.xlsx"


@tk.side_effect_free
def jiangmen_summary_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return the summary table: entries in force by department, and by what they are.

    Counted by 共享方式类别, 内容类别, 信息资源格式分类 and 更新周期 as the departments
    wrote them. A department sees its own rows, the coordinating office all.
    ``ckanapi action jiangmen_summary_show organization=minzhengju``

    :param organization: id or name of an organization
    :returns: ``{"departments": [{"id", "title", "entries", "items", "by": {field:
        {value: entries}}}], "total": the same, "rows": [{"organization", "owner_org",
        "sharing_category", "content_kind", "format_class", "update_cycle", "entries",
        "items"}]}``
    """
    tk.check_access("jiangmen_summary_show", context, data_dict)
    return dataclasses.asdict(_counted(context, data_dict))


@tk.side_effect_free
def jiangmen_summary_export(context: Context, data_dict: DataDict) -> DataDict:
    """Return the summary table as a workbook.

    ``ckanapi action jiangmen_summary_export``

    :param organization: id or name of an organization
    :returns: ``{"file_name", "mimetype", "content_base64"}``
    """
    tk.check_access("jiangmen_summary_export", context, data_dict)
    name = FILE_NAME.format(clock.local(clock.now()))
    counted = _counted(context, data_dict)
    content = summary.write(counted)
    counts = len(counted.rows)
    trail.note_file(context, "jiangmen_summary_export", name, rows=counts)
    return survey_action.workbook_answer(content, name)


def jiangmen_summary_compare(context: Context, data_dict: DataDict) -> DataDict:
    """Hold a typed summary table against the count; nothing is stored.

    ``ckanapi action jiangmen_summary_compare upload@summary.xlsx``

    :param upload: the workbook, xlsx or xls (multipart)
    :param organization: id or name of an organization
    :returns: ``{"differences": [{"organization", "column", "typed", "counted",
        "cell", "message"}]}``
    """
    tk.check_access("jiangmen_summary_compare", context, data_dict)
    content, _name = survey_action.uploaded_workbook(data_dict)
    try:
        found = summary.compare(content, _counted(context, data_dict))
    except WorkbookRefused as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err
    return {"differences": [dataclasses.asdict(each) for each in found]}


def _counted(context: Context, data_dict: DataDict) -> summary.Summary:
    return summary.count(owners_asked(context, data_dict))


def owners_asked(context: Context, data_dict: DataDict) -> set[str]:
    """Return the ids of the organizations a call is about, of those it may see.

    Raise NotFound for an organization that is absent or another's.
    """
    owners = survey_export.owners(accounts.caller_of(context))
    if not data_dict.get("organization"):
        return owners
    group = model.Group.get(str(data_dict["organization"]))
    if group is None or group.id not in owners:
        raise tk.ObjectNotFound(tk._("Organization was not found."))
    return {group.id}
