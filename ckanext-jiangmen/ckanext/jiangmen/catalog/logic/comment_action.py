"""Actions on comments at fields: reviewers write them, cataloguers resolve them."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import comments, shown, steps
from ckanext.jiangmen.catalog.logic.taking import locked_revision

DataDict = dict[str, Any]
LONGEST_COMMENT = 1000


def jiangmen_revision_comment_create(context: Context, data_dict: DataDict) -> DataDict:
    """Say something about one field or item of a revision under review.

    By whoever may take the step that is due. It travels with the return, and is
    resolved when the cataloguer marks it or submits again.
    ``ckanapi action jiangmen_revision_comment_create id=ID field=notes comment=…``

    :param id: id of the revision
    :param field: the field's name, such as notes, information_items or resources
    :param item: with field information_items, the name of one item
    :param comment: what has to be mended there
    :returns: the revision as `jiangmen_revision_show`, with its `comments`
    """
    revision = locked_revision(context, data_dict)
    tk.check_access("jiangmen_revision_comment_create", context, {"revision": revision})
    caller = accounts.caller_of(context)
    text = str(data_dict.get("comment") or "").strip()
    try:
        step = steps.due_step_of(revision, caller)
        if not text or len(text) > LONGEST_COMMENT:
            raise comments.CommentWrong(f"请写明意见，最多{LONGEST_COMMENT}个字。")
        field, item = (str(data_dict.get(key) or "") for key in ("field", "item"))
        comments.add(
            model.Session(), revision, step, caller.user_id, field, item.strip(), text
        )
    except steps.StepRefused as err:
        model.Session.rollback()
        if err.forbidden:
            raise tk.NotAuthorized(str(err)) from err
        raise tk.ValidationError({"revision": [str(err)]}) from err
    except comments.CommentWrong as err:
        model.Session.rollback()
        raise tk.ValidationError({"comment": [str(err)]}) from err
    model.Session.commit()
    return shown.whole(revision, caller)


def jiangmen_revision_comment_resolve(
    context: Context, data_dict: DataDict
) -> DataDict:
    """Mark a comment at a field as done.

    ``ckanapi action jiangmen_revision_comment_resolve id=REVISION comment_id=1``

    :param id: id of the revision
    :param comment_id: id of the comment
    :returns: the revision as `jiangmen_revision_show`, with its `comments`
    """
    revision = locked_revision(context, data_dict)
    tk.check_access(
        "jiangmen_revision_comment_resolve", context, {"revision": revision}
    )
    caller = accounts.caller_of(context)
    wanted = str(data_dict.get("comment_id") or "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
    if not number or not comments.resolve(
        model.Session(), revision, caller.user_id, number
    ):
        model.Session.rollback()
        raise tk.ValidationError({"comment_id": ["没有这条批注，或者它已经处理。"]})
    model.Session.commit()
    return shown.whole(revision, caller)
