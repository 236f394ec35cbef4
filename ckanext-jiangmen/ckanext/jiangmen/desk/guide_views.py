"""Versions of the guide: what a new one would make wrong, and moving the entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import acting_as
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.desk import downloads
from ckanext.jiangmen.desk.calls import call, pages_of_errors, tell_errors

guide = Blueprint("jiangmen_guide", __name__)

PART = 500


@guide.route("/desk/guides")
def index() -> str:
    """List the versions: since when, which is in force, how many entries each has."""
    with pages_of_errors():
        listed = call("jiangmen_guide_list")
    return tk.render("jiangmen/desk/guides.html", {"guides": listed})


@guide.route("/desk/guides/<version>")
def preview(version: str) -> Any:
    """Show which entries would not be right under a version; nothing is written."""
    return _page(version, "jiangmen_guide_preview", request.args.get("after", ""))


@guide.route("/desk/guides/<version>/apply", methods=["POST"])
def apply(version: str) -> Any:
    """Move the next entries to a version; show those that stay as they are."""
    return _page(version, "jiangmen_guide_apply", request.form.get("after", ""))


def _page(version: str, action: str, after: str) -> Any:
    with pages_of_errors():
        try:
            found = call(action, version=version, after=after, limit=PART)
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_guide.index")
    return tk.render(
        "jiangmen/desk/guide.html",
        {"found": found, "applied": action == "jiangmen_guide_apply"},
    )


@guide.route("/desk/guides/<version>/problems.csv")
def problems(version: str) -> Any:
    """Send what would not be right under a version, a line for each sentence."""
    with pages_of_errors():
        try:
            lines = list(_lines(version))
            context = acting_as(tk.current_user.name)
            trail.note_file(context, "guide_problems", version, rows=len(lines))
        except tk.ValidationError as err:
            tell_errors(err)
            return tk.redirect_to("jiangmen_guide.index")
    heads = (
        tk._("Provider"),
        tk._("Entry"),
        tk.h.jiangmen_field_label("resource_code"),
        tk._("Filed under"),
        tk._("Field"),
        tk._("What is wrong and how to mend it"),
    )
    name = tk._("To be mended under {version}").format(version=version)
    return downloads.answer(
        downloads.as_csv(heads, lines), f"{name}.csv", downloads.CSV
    )


def _lines(version: str) -> Iterator[list[str]]:
    after: str | None = ""
    while after is not None:
        found = call("jiangmen_guide_preview", version=version, after=after, limit=PART)
        for entry in found["entries"]:
            kept = ("organization", "title", "resource_code", "schema_version")
            begin = [entry[name] for name in kept]
            for problem in entry["problems"]:
                for message in problem["messages"]:
                    yield [*begin, problem["label"], message]
        after = found["next"]
