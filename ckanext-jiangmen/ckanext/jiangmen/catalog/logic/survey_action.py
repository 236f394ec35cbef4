"""Actions on survey workbooks 《江门市政务信息资源调查表》 (四(三))."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import (
    attachments,
    entries,
    revisions,
    survey_export,
    survey_import,
    survey_plan,
    survey_undo,
)
from ckanext.jiangmen.catalog.model import Import
from ckanext.jiangmen.catalog.survey import (
    WorkbookRefused,
    annotate,
    limits,
    write_template,
)
from ckanext.jiangmen.parameters import number

DataDict = dict[str, Any]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_NAME = "江门市政务信息资源调查表.xlsx"


def uploaded_workbook(data_dict: DataDict) -> tuple[bytes, str]:
    """Return content and name of the upload; never more than the reader takes."""
    upload = data_dict.get("upload")
    if not attachments.is_upload(upload):
        raise tk.ValidationError({"upload": [attachments.NO_FILE]})
    content = upload.stream.read(limits.FILE_BYTES + 1)  # type: ignore[union-attr]
    return content, attachments.file_name_of(upload)  # type: ignore[arg-type]


def _plan(content: bytes, name: str, caller: Caller) -> survey_plan.Plan:
    try:
        return survey_import.plan(content, name, caller)
    except WorkbookRefused as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err


def workbook_answer(content: bytes, name: str) -> DataDict:
    """Return a workbook as actions answer it: name, type and content in base64."""
    return {
        "file_name": name,
        "mimetype": XLSX,
        "content_base64": base64.b64encode(content).decode(),
    }


@tk.side_effect_free
def jiangmen_survey_template(context: Context, data_dict: DataDict) -> DataDict:
    """Return the survey workbook with choice lists and instructions.

    ``ckanapi action jiangmen_survey_template``

    :param filled: with the newest state of the caller's own entries in it
    :returns: ``{"file_name", "mimetype", "content_base64"}``
    """
    tk.check_access("jiangmen_survey_template", context, data_dict)
    if not tk.asbool(data_dict.get("filled") or False):
        return workbook_answer(write_template(), TEMPLATE_NAME)
    owners = set(accounts.caller_of(context).organizations)
    found = survey_export.entries(owners, None)
    ids = [known.package_id for known in found]
    trail.note_file(context, "jiangmen_survey_template", TEMPLATE_NAME, entries=ids)
    return workbook_answer(survey_export.workbook(found), TEMPLATE_NAME)


def jiangmen_survey_preview(context: Context, data_dict: DataDict) -> DataDict:
    """Say what an import of a workbook would do; nothing is stored.

    ``ckanapi action jiangmen_survey_preview upload@survey.xlsx``

    :param upload: the workbook, xlsx or xls (multipart)
    :returns: ``{"created", "changed", "unchanged", "refused", "errors": [{"sheet",
        "cell", "field", "rule", "message"}], "notices": […], "rows": [{"row", "title",
        "change", "package_id", "fields": [{"field", "before", "after"}], "cells":
        [{"sheet", "cell", "item", "field", "label", "before", "after"}]}], "missing":
        [{"package_id", "title"}]}``; `missing` are entries that the workbook was
        exported with and has no row for: they stay as they are
    """
    tk.check_access("jiangmen_survey_preview", context, data_dict)
    content, name = uploaded_workbook(data_dict)
    made = _plan(content, name, accounts.caller_of(context))
    return survey_import.as_answer(made) | {"rows": survey_import.rows_of(made)}


def jiangmen_survey_import(context: Context, data_dict: DataDict) -> DataDict:
    """Store the entries of a workbook as drafts of the caller's department.

    The same workbook twice changes nothing. With wrong cells nothing is stored,
    unless `only_good_rows`.
    ``ckanapi action jiangmen_survey_import upload@survey.xlsx``

    :param upload: the workbook, xlsx or xls (multipart)
    :param only_good_rows: store the entries that have no wrong cell
    :param id: a UUID for the import, to follow it by `jiangmen_survey_show`
    :returns: ``{"import_id", "created", "changed", "unchanged", "refused",
        "revisions": [id], "errors": [{"sheet", "cell", "field", "rule", "message"}]}``
    """
    tk.check_access("jiangmen_survey_import", context, data_dict)
    content, name = uploaded_workbook(data_dict)
    caller = accounts.caller_of(context)
    only_good = tk.asbool(data_dict.get("only_good_rows") or False)
    import_id = _import_id(data_dict)
    survey_import.begin(import_id, name, content, caller, only_good_rows=only_good)
    try:
        made = _plan(content, name, caller)
        survey_import.progress(import_id, survey_import.PLANNED)
        return survey_import.write(import_id, made, caller, only_good_rows=only_good)
    except Exception as err:
        model.Session.rollback()
        survey_import.fail(import_id, type(err).__name__)
        if isinstance(err, IntegrityError):
            raise tk.ValidationError(
                {"upload": ["导入期间同一条目被他人修改，请重新预览后再导入。"]}
            ) from err
        raise


def _import_id(data_dict: DataDict) -> str:
    wanted = data_dict.get("id")
    if not wanted:
        return entries.new_id()
    validate_uuid: Any = tk.get_validator("uuid_validator")
    validate_uuid(wanted)
    if model.Session.get(Import, str(wanted)) is not None:
        raise tk.ValidationError({"id": ["该编号已经用于另一次导入。"]})
    return str(wanted)


def import_of(context: Context, data_dict: DataDict) -> Import:
    """Return an import of the caller or its department; NotFound for any other."""
    found = model.Session.get(Import, str(tk.get_or_bust(data_dict, "id")))
    caller = accounts.caller_of(context)
    if found is None or not (
        found.author == caller.user_id
        or caller.has(Role.COORDINATOR)
        or _colleagues(found.author, caller)
    ):
        raise tk.ObjectNotFound(tk._("There is no such import."))
    return found


def _colleagues(author: str, caller: Caller) -> bool:
    theirs = accounts.caller(author).organizations
    return bool(theirs & caller.organizations)


def jiangmen_survey_undo(context: Context, data_dict: DataDict) -> DataDict:
    """Take an import back, also after later edits.

    Drafts that nobody touched since are exactly as before, new ones are discarded. Of
    others only the import's own changes go back; a field that was changed again stays
    and is told with both values. Entries in force get a draft that undoes the change.
    ``ckanapi action jiangmen_survey_undo import_id=IMPORT``

    :param import_id: id of the import
    :param force: ids of entries whose conflicts go back as well, one or a list
    :returns: ``{"import_id", "state": "undone"|"partly_undone", "discarded",
        "restored", "proposed", "conflicts": [{"package_id", "title", "field", "item",
        "label", "imported", "now", "message"}]}``
    """
    tk.check_access("jiangmen_survey_undo", context, data_dict)
    wanted = str(tk.get_or_bust(data_dict, "import_id"))
    import_of(context, {"id": wanted})
    given = data_dict.get("force") or []
    force = [str(one) for one in (given if isinstance(given, list) else [given])]
    try:
        done = survey_undo.undo(wanted, accounts.caller_of(context), force)
    except survey_undo.UndoRefused as err:
        raise tk.ValidationError({"import_id": [str(err)]}) from err
    state = "partly_undone" if done.conflicts else "undone"
    return {"import_id": wanted, "state": state, **dataclasses.asdict(done)}


def jiangmen_survey_annotated(context: Context, data_dict: DataDict) -> DataDict:
    """Return the workbook with its wrong cells coloured and commented.

    ``ckanapi action jiangmen_survey_annotated upload@survey.xlsx``

    :param upload: the workbook, xlsx or xls (multipart)
    :returns: ``{"file_name", "mimetype", "content_base64", "errors": number}``
    """
    tk.check_access("jiangmen_survey_annotated", context, data_dict)
    content, name = uploaded_workbook(data_dict)
    made = _plan(content, name, accounts.caller_of(context))
    stem = name.rsplit(".", 1)[0]
    answer = workbook_answer(annotate(content, made.problems), f"{stem}-批注.xlsx")
    return answer | {"errors": len(made.problems)}


def _shown(row: Import) -> DataDict:
    return {
        "id": row.id,
        "file_name": row.file_name,
        "state": row.state,
        "progress": row.progress,
        "total": row.total,
        "only_good_rows": row.only_good_rows,
        "author": revisions.full_name(row.author),
        "created": row.created.isoformat(),
        "finished": row.finished.isoformat() if row.finished else None,
        "counts": {
            key: row.result.get(key, 0)
            for key in ("created", "changed", "unchanged", "refused")
        },
    }


@tk.side_effect_free
def jiangmen_survey_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return an import: how far it is, and its answer once it is done.

    ``ckanapi action jiangmen_survey_show id=IMPORT``

    :param id: id of the import
    :returns: ``{"id", "state": "running"|"done"|"undone"|"partly_undone"|
        "failed", "progress", "total", "result": the answer of the import, …}``
    """
    tk.check_access("jiangmen_survey_show", context, data_dict)
    row = import_of(context, data_dict)
    return _shown(row) | {"result": row.result}


@tk.side_effect_free
def jiangmen_survey_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """Return the imports of the caller's department, newest first.

    ``ckanapi action jiangmen_survey_list``

    :param limit: at most so many (50)
    :returns: ``[{"id", "file_name", "state", "progress", "counts", "author", …}]``
    """
    tk.check_access("jiangmen_survey_list", context, data_dict)
    caller = accounts.caller_of(context)
    members = (
        sa.select(accounts.RoleRow.user_id)
        .where(accounts.RoleRow.organization_id.in_(caller.organizations))
        .distinct()
    )
    query = (
        sa.select(Import)
        .where(sa.or_(Import.author == caller.user_id, Import.author.in_(members)))
        .order_by(Import.created.desc())
        .limit(number(data_dict, "limit", 50, 200))
    )
    return [_shown(row) for row in model.Session.scalars(query)]
