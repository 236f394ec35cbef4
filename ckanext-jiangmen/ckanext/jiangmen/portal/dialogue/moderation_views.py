"""The moderator's pages: what waits, and what was decided."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.dialogue import book
from ckanext.jiangmen.portal.dialogue.views import PAGE_ROWS, call, page_number, paging

moderation = Blueprint("jiangmen_moderation", __name__)

SAID = ("decision", "reason", "title", "text")


@moderation.route("/moderation")
def index() -> Any:
    """Show messages of a state, those that wait first of all."""
    page, state = page_number(), request.args.get("state", "")
    try:
        found = call(
            "jiangmen_dialogue_queue",
            state=state, limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS,
        )  # fmt: skip
    except tk.NotAuthorized as err:
        return tk.abort(403, str(err.message or ""))
    except tk.ValidationError:
        return tk.redirect_to("jiangmen_moderation.index")
    return tk.render(
        "jiangmen/dialogue/moderation.html",
        {
            **found,
            **paging(page, found["count"]),
            "wanted": {"state": state} if state else {},
            "reasons": book.REASONS,
        },
    )


@moderation.route("/moderation/<number>", methods=["POST"])
def decide(number: str) -> Any:
    """Carry out one decision."""
    said = {name: request.form.get(name, "") for name in SAID}
    try:
        call("jiangmen_dialogue_moderate", number=number, **said)
    except tk.NotAuthorized as err:
        return tk.abort(403, str(err.message or ""))
    except tk.ObjectNotFound as err:
        return tk.abort(404, str(err.message or ""))
    except tk.ValidationError as err:
        for sentence in err.error_summary.values():
            tk.h.flash_error(sentence)
    else:
        tk.h.flash_success(tk._("Message {number}: done.").format(number=number))
    return tk.redirect_to("jiangmen_moderation.index")
