"""Actions of the editor: check what is typed before anything is stored."""

from __future__ import annotations

import uuid
from typing import Any

from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts, clock
from ckanext.jiangmen.catalog import (
    attachments,
    beginning,
    checking,
    entries,
    files,
    proposals,
    revisions,
    unsaved,
)
from ckanext.jiangmen.catalog.logic import known

DataDict = dict[str, Any]

WRONG_FORM = "表单编号应为 UUID，请刷新页面后重试。"


def _standing(context: Context, data_dict: DataDict) -> revisions.Standing | None:
    """Return what there is of the entry named by `id`; None without one.

    Raise NotFound if the caller knows of none, NotAuthorized if it may not write it
    or, without an id, may not begin one.
    """
    if not data_dict.get("id"):
        tk.check_access(
            "package_create", context, {"owner_org": data_dict.get("owner_org")}
        )
        return None
    found = revisions.standing(model.Session, str(data_dict["id"]))
    if found is None:
        raise known.absent()
    known.check(context, found.package_id, found.owner_org)
    tk.check_access("package_update", context, {"id": found.package_id})
    return found


def jiangmen_entry_check(context: Context, data_dict: DataDict) -> DataDict:
    """Say what is wrong with a proposed entry, by field and item; store nothing.

    The sentences are those that saving, the survey workbook and the API have.
    ``ckanapi action jiangmen_entry_check title=… owner_org=市民政局``

    :param id: id or name of the entry, if it is there already
    :param title: every other field as `package_create` and `package_update` take it
    :returns: ``{"count", "problems": [{"field", "label", "rule", "message", "item",
        "item_field"}]}``, the first 500; `item` is the place among the items, from 0
    """
    tk.check_access("jiangmen_entry_check", context, data_dict)
    standing = _standing(context, data_dict)
    return checking.shown(checking.check(context, data_dict, standing))


def jiangmen_unsaved_keep(context: Context, data_dict: DataDict) -> DataDict:
    """Keep what is typed into a form, for its account only, until it is saved.

    Not a revision; forgotten after 30 days. A classified entry is not kept, and what
    was kept of it before is thrown away.
    ``ckanapi action jiangmen_unsaved_keep form=3f0c… title=… owner_org=市民政局``

    :param id: id or name of the entry, if it is there already
    :param form: without `id`, an id of the form's own (a UUID)
    :param title: every other field as `package_create` and `package_update` take it
    :returns: ``{"form", "kept"}``; `kept` is the moment, null if it is not kept
    """
    tk.check_access("jiangmen_unsaved_keep", context, data_dict)
    standing = _standing(context, data_dict)
    form = standing.package_id if standing else _form_id(data_dict)
    moment = unsaved.keep(
        model.Session,
        proposals.author_of(context),
        form,
        data_dict,
        is_new=standing is None,
    )
    model.Session.commit()
    kept = clock.local(moment).isoformat(timespec="seconds") if moment else None
    return {"form": form, "kept": kept}


def _form_id(data_dict: DataDict) -> str:
    try:
        return str(uuid.UUID(str(tk.get_or_bust(data_dict, "form"))))
    except ValueError as err:
        raise tk.ValidationError({"form": [WRONG_FORM]}) from err


@tk.side_effect_free
def jiangmen_unsaved_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """List what the caller has typed into forms and not saved, the newest first.

    ``ckanapi action jiangmen_unsaved_list``

    :returns: ``[{"form", "is_new", "title", "kept", "table"}]``; `form` is the
        entry's id, or the form's own where the entry is new, `table` the name of the
        file that it was made from
    """
    tk.check_access("jiangmen_unsaved_list", context, data_dict)
    found = unsaved.of(model.Session, proposals.author_of(context))
    return [unsaved.shown(one) for one in found]


@tk.side_effect_free
def jiangmen_unsaved_show(context: Context, data_dict: DataDict) -> DataDict:
    """Show what the caller has typed into a form and not saved.

    ``ckanapi action jiangmen_unsaved_show form=3f0c…``

    :param form: as `jiangmen_unsaved_list` has it
    :returns: ``{"form", "is_new", "title", "kept", "table", "entry"}``
    """
    tk.check_access("jiangmen_unsaved_show", context, data_dict)
    form = str(tk.get_or_bust(data_dict, "form"))
    found = unsaved.of(model.Session, proposals.author_of(context), form)
    if not found:
        raise tk.ObjectNotFound(tk._("Nothing unsaved is kept of this form."))
    return unsaved.shown(found[0], whole=True)


def jiangmen_unsaved_discard(context: Context, data_dict: DataDict) -> DataDict:
    """Throw away what the caller has typed into a form and not saved.

    ``ckanapi action jiangmen_unsaved_discard form=3f0c…``

    :param form: as `jiangmen_unsaved_list` has it
    :returns: ``{"form"}``
    """
    tk.check_access("jiangmen_unsaved_discard", context, data_dict)
    form = str(tk.get_or_bust(data_dict, "form"))
    author = proposals.author_of(context)
    if not unsaved.discard(model.Session, author, form):
        raise tk.ObjectNotFound(tk._("Nothing unsaved is kept of this form."))
    model.Session.commit()
    return {"form": form}


def jiangmen_unsaved_attach(context: Context, data_dict: DataDict) -> DataDict:
    """Attach the table that an unsaved form was made from to a draft.

    ``ckanapi action jiangmen_unsaved_attach form=3f0c… id=REVISION``

    :param form: as `jiangmen_unsaved_list` has it
    :param id: id of a draft
    :returns: as `jiangmen_revision_attach`
    """
    tk.check_access("jiangmen_unsaved_attach", context, data_dict)
    form = str(tk.get_or_bust(data_dict, "form"))
    found = unsaved.of(model.Session, proposals.author_of(context), form)
    table = found[0].data.get(unsaved.TABLE) if found else None
    if not table:
        raise tk.ObjectNotFound(tk._("Nothing unsaved is kept of this form."))
    with files.existing(table["sha256"]).open("rb") as stream:
        upload = FileStorage(stream, filename=table["file_name"])
        return tk.get_action("jiangmen_revision_attach")(
            Context(user=context.get("user", "")),
            {"id": tk.get_or_bust(data_dict, "id"), "upload": upload},
        )


def jiangmen_entry_from_table(context: Context, data_dict: DataDict) -> DataDict:
    """Begin an entry with the items that a table file shows; nothing is saved yet.

    Names, types and lengths come from the first 50,000 rows and have to be confirmed.
    ``ckanapi action jiangmen_entry_from_table upload@养老机构.csv``

    :param upload: the table (multipart): CSV, TSV, XLSX, XLS or JSON
    :param owner_org: the department; the caller's own without it
    :returns: as `jiangmen_unsaved_show`: the form that now holds it
    """
    caller = accounts.caller_of(context)
    owner = data_dict.get("owner_org") or next(iter(caller.organizations), "")
    tk.check_access("jiangmen_entry_from_table", context, data_dict)
    tk.check_access("package_create", context, {"owner_org": owner})
    upload = data_dict.get("upload")
    if not attachments.is_upload(upload):
        raise tk.ValidationError({"upload": [attachments.NO_FILE]})
    staged = attachments.stage(upload)  # type: ignore[arg-type]
    entry = {**beginning.from_table(staged), "owner_org": owner}
    return _begun(context, entry, staged)


def jiangmen_entry_copy(context: Context, data_dict: DataDict) -> DataDict:
    """Begin an entry with what another one of the department says; nothing is saved.

    Code, former numbers, files, ground for withholding and the result of the secrecy
    review are its own and are not copied.
    ``ckanapi action jiangmen_entry_copy id=ENTRY``

    :param id: id or name of the entry
    :returns: as `jiangmen_unsaved_show`: the form that now holds it
    """
    tk.check_access("jiangmen_entry_copy", context, data_dict)
    tk.get_or_bust(data_dict, "id")
    standing = _standing(context, data_dict)
    newest = standing.newest if standing else None
    return _begun(context, beginning.copied(newest or {}), None)


def _begun(context: Context, entry: DataDict, table: DataDict | None) -> DataDict:
    """Keep a new form with these contents and return it."""
    author, form = proposals.author_of(context), entries.new_id()
    unsaved.keep(model.Session, author, form, entry, is_new=True, table=table)
    model.Session.commit()
    return unsaved.shown(unsaved.of(model.Session, author, form)[0], whole=True)
