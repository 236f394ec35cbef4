"""The account's page of tokens: personal ones and machines'."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import config

tokens = Blueprint("jiangmen_tokens", __name__, url_prefix="/tokens")


def _call(action: str, **data: Any) -> Any:
    """Call an action as the signed-in account; pages of errors for what it refuses."""
    try:
        return tk.get_action(action)({"user": tk.current_user.name}, data)
    except tk.NotAuthorized as err:
        tk.abort(403, str(err.message or ""))
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err.message or ""))


@tokens.before_request
def signed_in_only() -> Any:
    """Send whoever is not signed in to the login page, on the open site too."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=request.path)
    return None


@tokens.route("/")
def index() -> Any:
    """Show the account's tokens, and to departments the forms for new ones."""
    return _page()


def _page(*, made: dict[str, Any] | None = None) -> Any:
    """Show the page, with a token that was just made."""
    listed = _call("jiangmen_token_list")
    may_make = not config.is_open_site() and tk.h.check_access("jiangmen_token_create")
    page = tk.render(
        "jiangmen/tokens/index.html",
        {
            "tokens": [token for token in listed if token["state"] == "active"],
            "ended": [token for token in listed if token["state"] != "active"],
            "made": made,
            "form": request.form,
            "may_make": may_make,
            "grants": _grants() if may_make else [],
            "default_days": config.token_default_days(),
            "longest_days": config.token_longest_days(),
        },
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _grants() -> list[dict[str, Any]]:
    """Return the grants in force that a machine token of this account may name."""
    own = tk.h.jiangmen_caller().organizations
    found = _call("jiangmen_grant_list", state="active")
    return [grant for grant in found if grant["organization"] in own]


@tokens.route("/machine", methods=["POST"])
def create() -> Any:
    """Make a machine token and show it once."""
    form = request.form
    return _made(
        "jiangmen_token_create",
        name=form.get("name", ""),
        grants=form.getlist("grants"),
        ranges=form.get("ranges", ""),
        valid_until=form.get("valid_until", ""),
    )


@tokens.route("/personal", methods=["POST"])
def create_personal() -> Any:
    """Make a personal token and show it once."""
    data: dict[str, Any] = {"user": tk.current_user.name}
    data["name"] = request.form.get("personal_name", "")
    if request.form.get("days"):
        data["days"] = request.form["days"]
    return _made("api_token_create", **data)


@tokens.route("/<id>/rotate", methods=["POST"])
def rotate(id: str) -> Any:
    """Replace a token by a new one and show that once."""
    minutes = request.form.get("overlap_minutes", "")
    return _made("jiangmen_token_rotate", id=id, overlap_minutes=minutes)


def _made(action: str, **data: Any) -> Any:
    """Call an action that makes a token; show it, or what was wrong."""
    try:
        return _page(made=_call(action, **data))
    except tk.ValidationError as err:
        for sentences in err.error_dict.values():
            for sentence in sentences if isinstance(sentences, list) else [sentences]:
                tk.h.flash_error(str(sentence))
        return _page()


@tokens.route("/<id>/revoke", methods=["POST"])
def revoke(id: str) -> Any:
    """End a token."""
    _call("jiangmen_token_revoke", id=id)
    tk.h.flash_success(tk._("The token is revoked."))
    return tk.redirect_to("jiangmen_tokens.index")
