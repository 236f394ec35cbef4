"""What the pages of the trail show: words for codes, sentences for changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.accounts import Role, caller_of
from ckanext.jiangmen.audit.search import KINDS, RESULTS


def jiangmen_audit_label(word: str) -> str:
    """Return what a code of the trail is called: kind, result, channel or verb."""
    return {
        "read": tk._("Reading"),
        "refusal": tk._("Refusal"),
        "login": tk._("Sign-in"),
        "logout": tk._("Sign-out"),
        "change": tk._("Change"),
        "done": tk._("Done"),
        "refused": tk._("Refused"),
        "failed": tk._("Failed"),
        "api": tk._("Interface"),
        "page": tk._("Page"),
        "download": tk._("Download"),
        "export": tk._("Export"),
        "command": tk._("Operator's command"),
        "job": tk._("Background job"),
        "database": tk._("Database directly"),
        "insert": tk._("added"),
        "update": tk._("changed"),
        "delete": tk._("deleted"),
        "truncate": tk._("emptied"),
    }.get(word, word)


def jiangmen_audit_reason(reason: str) -> str:
    """Return why something was refused, the codes of tokens' problems in words."""
    what, colon, which = reason.partition(": ")
    said = {
        "forged": tk._("forged"),
        "expired": tk._("expired"),
        "revoked": tk._("revoked"),
        "account closed": tk._("account closed"),
        "account left the department": tk._("account left the department"),
        "wrong address": tk._("wrong address"),
        "grants ended": tk._("grants ended"),
        "not a reading action": tk._("not a reading action"),
    }
    return said.get(what, what) + (f"：{which}" if colon else "")


def jiangmen_audit_kinds() -> tuple[str, ...]:
    """Return the kinds of rows, for a filter."""
    return KINDS


def jiangmen_audit_results() -> tuple[str, ...]:
    """Return the results, for a filter."""
    return RESULTS


def jiangmen_audit_departments(ids: list[str]) -> str:
    """Return the names of departments; an id where there is none any more."""
    found = [model.Group.get(each) for each in ids]
    return "、".join(
        (group.title if group else "") or each
        for each, group in zip(ids, found, strict=True)
    )


def jiangmen_audit_changes(changes: dict[str, list[Any]] | None) -> list[str]:
    """Return what changed, a line a column: name, value before → value after."""
    return [
        f"{column}: {' → '.join('—' if v is None else str(v) for v in values)}"
        for column, values in sorted((changes or {}).items())
    ]


def jiangmen_audit_is_auditor() -> bool:
    """Return whether the account of this request reads the trail."""
    return caller_of({"user": tk.current_user.name}).has(Role.AUDITOR)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers of this room's pages by name."""
    return {
        name: function
        for name, function in globals().items()
        if name.startswith("jiangmen_audit_") and callable(function)
    }
