"""Template helpers of the dialogue: what words are called, what an entry has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.dialogue import sealing, shown
from ckanext.jiangmen.publication.dialogue.labels import (
    jiangmen_dialogue_kind,
    jiangmen_dialogue_state,
)
from ckanext.jiangmen.publication.dialogue.words import CLOCKS, Kind

SHORT_LIST = 5


def jiangmen_dialogue_reason(reason: str) -> str:
    """Return why something was not published, or a form refused."""
    return {
        "spam": tk._("advertisement or no meaning"),
        "personal_data": tk._("personal data"),
        "insult": tk._("insult"),
        "off_topic": tk._("not about data of this site"),
        "double": tk._("sent twice"),
        "wrong": tk._("wrong or missing fields"),
        "honeypot": tk._("filled in by a machine"),
        "too_fast": tk._("sent too fast"),
        "expired": tk._("form without a valid mark"),
        "throttled": tk._("too much from one address"),
        "file": tk._("with a file"),
    }.get(reason, reason)


def jiangmen_dialogue_kinds() -> list[tuple[str, str]]:
    """Return the kinds of messages that are answered, with what they are called."""
    return [
        (kind.value, jiangmen_dialogue_kind(kind)) for kind in Kind if kind in CLOCKS
    ]


def jiangmen_dialogue_states() -> list[tuple[str, str]]:
    """Return the states of public messages, with what they are called."""
    return [(state.value, jiangmen_dialogue_state(state)) for state in shown.ORDER]


def jiangmen_dialogue_of_entry(package_id: str) -> dict[str, Any]:
    """Return the newest messages about an entry: {count, results}."""
    asked = {"entry": package_id, "limit": SHORT_LIST}
    try:
        return tk.get_action("jiangmen_dialogue_list")(
            {"user": tk.current_user.name}, asked
        )
    except tk.ValidationError:
        return {"count": 0, "results": []}


def jiangmen_rating(package_id: str) -> dict[str, Any]:
    """Return how an entry was rated: {count, mean, stars}."""
    try:
        return tk.get_action("jiangmen_rating_show")(
            {"user": tk.current_user.name}, {"id": package_id}
        )
    except tk.ObjectNotFound:
        return {"count": 0, "mean": None, "stars": {}}


def jiangmen_form_mark() -> str:
    """Return the mark of a form that is given out now."""
    return sealing.form_mark()


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        name: function
        for name, function in globals().items()
        if name.startswith("jiangmen_") and callable(function)
    }
