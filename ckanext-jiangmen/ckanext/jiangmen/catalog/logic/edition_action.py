"""Actions on editions of the catalogue: make one, list, show, take a file."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts, parameters
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import config, departments, jobs
from ckanext.jiangmen.catalog.editions import compiling, shown
from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.model import UNCHANGED, Edition
from ckanext.jiangmen.catalog.editions.render import FORMATS

DataDict = dict[str, Any]
LIST_MOST = 500
# A worker may go on for so long; what it did not finish is begun again.
WORK_S = 3600


def jiangmen_edition_create(context: Context, data_dict: DataDict) -> DataDict:
    """Compile 《江门市政务信息资源目录》, numbered and dated, in all formats.

    Small catalogues are done when the call answers; for others a worker goes on, and
    `jiangmen_edition_show` tells how far it is. If nothing changed since the last
    edition no new one is made, and the answer has the files of the last.
    ``ckanapi action jiangmen_edition_create organization=minzhengju``

    :param organization: id or name of a department; without it the whole city's
    :returns: as `jiangmen_edition_show`
    """
    tk.check_access("jiangmen_edition_create", context, data_dict)
    organization_id = _organization(data_dict)
    caller = accounts.caller_of(context)
    row = compiling.ask(organization_id, caller.user_id)
    if compiling.size(organization_id) <= config.edition_at_once_entries():
        jobs.run_of(row.id, compiling.KIND)
    else:
        limit = {"timeout": WORK_S}
        tk.enqueue_job(jobs.run_due, title="Edition of the catalogue", rq_kwargs=limit)
    return shown.whole(_found(row.id, caller), caller)


@tk.side_effect_free
def jiangmen_edition_list(context: Context, data_dict: DataDict) -> DataDict:
    """Return the editions of the catalogue, the newest first.

    ``ckanapi action jiangmen_edition_list organization=minzhengju``

    :param organization: id or name of a department; ``city`` for the city's only
    :param limit: at most so many (100, no more than 500)
    :param offset: leave out so many
    :returns: ``{"count", "results": [{"id", "address", "number", "title",
        "organization", "date", "state", "progress", "message", "counts", …}]}``;
        those not issued yet for who may make them only
    """
    tk.check_access("jiangmen_edition_list", context, data_dict)
    caller = accounts.caller_of(context)
    condition = sa.and_(shown.visible(caller), Edition.state != UNCHANGED)
    if data_dict.get("organization") == "city":
        condition = sa.and_(condition, Edition.organization_id.is_(None))
    elif data_dict.get("organization"):
        own = Edition.organization_id == _organization(data_dict)
        condition = sa.and_(condition, own)
    count = model.Session.scalar(
        sa.select(sa.func.count()).select_from(Edition).where(condition)
    )
    found = model.Session.scalars(
        sa.select(Edition)
        .where(condition)
        .order_by(Edition.created.desc(), Edition.id)
        .limit(parameters.number(data_dict, "limit", 100, LIST_MOST))
        .offset(parameters.natural(data_dict, "offset", 0))
    )
    return {"count": count, "results": shown.rows(list(found), caller)}


@tk.side_effect_free
def jiangmen_edition_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return an edition: how far it is, its files, what it changed.

    ``ckanapi action jiangmen_edition_show id=1``

    :param id: the edition's id, or its address (``1``, ``minzhengju-1``)
    :returns: ``{"id", "address", "number", "title", "organization", "date", "state",
        "progress" (per cent), "message", "previous" (address), "texts": [{"text",
        "title", "counts", "files": [{"format", "path", "file_name", "sha256",
        "size"}]}], "difference": [{"kind", "code", "title", "department", "fields":
        [{"name", "before", "after"}]}], …}``; ``texts`` are those that the caller may
        read: ``full``, ``departments``, ``public``
    """
    tk.check_access("jiangmen_edition_show", context, data_dict)
    caller = accounts.caller_of(context)
    return shown.whole(_found(tk.get_or_bust(data_dict, "id"), caller), caller)


@tk.side_effect_free
def jiangmen_edition_file(context: Context, data_dict: DataDict) -> DataDict:
    """Return which stored file one format of one text is, and note that it is taken.

    ``ckanapi action jiangmen_edition_file id=1 text=departments format=pdf``

    :param id: the edition's id or address
    :param text: ``full``, ``departments`` or ``public``
    :param format: ``xlsx``, ``pdf``, ``html``, ``xml``, ``xsd`` or ``jsonld``
    :returns: ``{"sha256", "size", "file_name", "mimetype"}``
    """
    tk.check_access("jiangmen_edition_file", context, data_dict)
    caller = accounts.caller_of(context)
    row = _found(tk.get_or_bust(data_dict, "id"), caller)
    text, ending = (str(data_dict.get(name) or "") for name in ("text", "format"))
    if text not in shown.texts_of(row, caller) or ending not in FORMATS:
        raise tk.ObjectNotFound(tk._("There is no such file."))
    if text != shape.PUBLIC:
        trail.note_read(
            context,
            "jiangmen_edition_file",
            entry_id="",
            resource_id=f"{row.address}/{text}.{ending}",
            rows=row.counts[text]["entries"],
            channel="download",
        )
    body = departments.of(row.organization_id or "")
    title = body["title"] if body else ""
    return {
        **row.files[text][ending],
        "file_name": shown.file_name(title, row.number or 0, text, ending),
        "mimetype": FORMATS[ending].mimetype,
    }


def _organization(data_dict: DataDict) -> str | None:
    wanted = str(data_dict.get("organization") or "")
    if not wanted:
        return None
    body = departments.of(wanted)
    if body is None:
        message = "没有这个单位，请填写单位的标识，如 minzhengju。"
        raise tk.ValidationError({"organization": [message]})
    return body["id"]


def _found(id_or_address: Any, caller: accounts.Caller) -> Edition:
    row = shown.find(str(id_or_address), caller)
    if row is None:
        raise tk.ObjectNotFound(tk._("There is no such edition."))
    return row
