"""Template helpers of the share site."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import Role, acting_as, caller_of
from ckanext.jiangmen.login import separation

STATES = ("draft", "submitted", "returned", "approved", "superseded", "discarded")


def facets() -> dict[str, str]:
    """Return the filters by the name of their search field."""
    return {
        "organization": tk._("Provider"),
        "sharing_category": tk._("Sharing category"),
        "groups": tk._("Library"),
        "content_kind": tk._("Kind of content"),
        "region": tk._("Region"),
        "format_class": tk._("Format class"),
        "exchange_method": tk._("Exchange method"),
        "update_cycle": tk._("Update cycle"),
        "timeliness": tk._("Timeliness"),
        "res_format": tk._("File format"),
    }


def jiangmen_state_label(state: str) -> str:
    """Return a revision's state as the pages name it."""
    return {
        "draft": tk._("draft"),
        "submitted": tk._("under review"),
        "returned": tk._("returned for changes"),
        "approved": tk._("approved"),
        "superseded": tk._("superseded"),
        "discarded": tk._("discarded"),
        "aside": tk._("set aside"),
    }.get(state, state)


def jiangmen_kind_label(kind: str) -> str:
    """Return what a revision does to its entry."""
    return {
        "create": tk._("new entry"),
        "edit": tk._("change"),
        "update": tk._("change"),
        "withdraw": tk._("withdrawal"),
        "withdrawal": tk._("withdrawal"),
        "retirement": tk._("retired"),
        "import": tk._("import"),
        "restore": tk._("restored"),
        "data": tk._("new data"),
        "approval": tk._("approved by review"),
        "direct": tk._("written by the operator"),
    }.get(kind, kind)


def jiangmen_step_label(step: str | None) -> str:
    """Return the step a revision waits for."""
    return {
        "reviewer": tk._("review by the department"),
        "leader": tk._("approval by the leader in charge"),
        "secrecy": tk._("secrecy review"),
        "coordinator": tk._("review by the coordinating office"),
    }.get(step or "", step or "")


def jiangmen_event_label(event: str) -> str:
    """Return what happened to a revision."""
    return {
        "created": tk._("written"),
        "saved": tk._("changed"),
        "attached": tk._("file attached"),
        "detached": tk._("file removed"),
        "taken_over": tk._("taken over"),
        "submitted": tk._("submitted"),
        "recalled": tk._("taken back"),
        "step_approved": tk._("step passed"),
        "approved": tk._("approved"),
        "returned": tk._("returned for changes"),
        "superseded": tk._("superseded"),
        "discarded": tk._("discarded"),
        "imported": tk._("imported"),
        "import_undone": tk._("import undone"),
        "version": tk._("new data"),
        "set_aside": tk._("set aside"),
        "merged": tk._("merged with a simultaneous edit"),
    }.get(event, event)


def jiangmen_term_label(term: dict[str, Any] | None) -> str:
    """Return how many working days a term has left."""
    if term is None:
        return ""
    left = term["days_left"]
    if left < 0:
        return tk._("{count} working days late").format(count=-left)
    if left == 0:
        return tk._("due today")
    return tk._("{count} working days left").format(count=left)


def jiangmen_review_comments(package_id: str, field: str) -> list[dict[str, Any]]:
    """Return the open comments of reviewers at a field of an entry's open revision."""
    if not package_id:
        return []
    known = getattr(tk.g, "jiangmen_review_comments", None)
    if known is None or known[0] != package_id:
        context, asked = acting_as(tk.current_user.name), {"package_id": package_id}
        found = tk.get_action("jiangmen_revision_list")(
            context, asked | {"state": "open", "limit": 1}
        )
        known = (package_id, found[0]["comments"] if found else [])
        tk.g.jiangmen_review_comments = known
    return [
        each for each in known[1] if each["field"] == field and not each["resolved"]
    ]


def jiangmen_retired(entry: dict[str, Any]) -> dict[str, Any] | None:
    """Return the end of an entry that is in force no more, None of one that is."""
    if entry.get("state") != "deleted":
        return None
    asked = {"id": entry["id"]}
    try:
        return tk.get_action("jiangmen_entry_retired_show")(
            acting_as(tk.current_user.name), asked
        )
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def _waiting() -> int:
    """Return how many revisions wait for the account, returned ones included."""
    context = acting_as(tk.current_user.name)
    count = tk.get_action("jiangmen_revision_count")
    try:
        waiting = count(context, {"waiting_for_me": True})["count"]
        returned = count(context, {"mine": True, "state": "returned"})["count"]
    except tk.NotAuthorized:
        return 0
    return waiting + returned


def jiangmen_import_state(state: str) -> str:
    """Return how far an import of a workbook is."""
    return {
        "running": tk._("running"),
        "done": tk._("done"),
        "undone": tk._("undone"),
        "partly_undone": tk._("partly undone"),
        "failed": tk._("failed"),
    }.get(state, state)


def jiangmen_may_write() -> bool:
    """Return whether the account catalogues for a department."""
    return caller_of({"user": tk.current_user.name}).has(Role.CATALOGUER)


def jiangmen_may_export() -> bool:
    """Return whether the account may take whole entries out as a survey workbook."""
    caller = caller_of({"user": tk.current_user.name})
    return bool(caller.organizations) or caller.has(Role.COORDINATOR)


def jiangmen_search_filter(chosen: Iterable[tuple[str, str]] | None) -> str:
    """Return the filters chosen on a search page as `fq` of `package_search`."""
    quoted = ((name, value.replace('"', r"\"")) for name, value in chosen or ())
    return " ".join(f'{name}:"{value}"' for name, value in quoted)


def _reads_grounds() -> bool:
    caller = caller_of({"user": tk.current_user.name})
    offices = (Role.COORDINATOR, Role.CITY_APPROVER)
    return bool(caller.organizations) or any(caller.has(role) for role in offices)


def _answers_the_public() -> bool:
    caller = caller_of({"user": tk.current_user.name})
    return bool(caller.organizations) or caller.has(Role.COORDINATOR)


def jiangmen_navigation() -> list[dict[str, Any]]:
    """Return the links under the header: [{label, url, active, count}]."""
    if not tk.current_user.is_authenticated:
        return []
    links = [
        ("jiangmen_desk.index", tk._("Desk"), ("jiangmen_desk.index",)),
        (
            "dataset.search",
            tk._("Catalogue"),
            ("dataset.", "dataset_resource.", "jiangmen_entry."),
        ),
        (
            "jiangmen_desk.revisions",
            tk._("Drafts and reviews"),
            ("jiangmen_desk.revision",),
        ),
        ("jiangmen_edition.index", tk._("Editions"), ("jiangmen_edition.",)),
        ("jiangmen_access.grants", tk._("Grants"), ("jiangmen_access.grants",)),
        ("organization.index", tk._("Providers"), ("organization.",)),
        ("group.index", tk._("Libraries"), ("group.",)),
    ]
    if jiangmen_may_export():
        links.insert(
            2,
            (
                "jiangmen_summary.index",
                tk._("Summary table"),
                ("jiangmen_summary.", "jiangmen_reference."),
            ),
        )
    if jiangmen_may_write():
        links.insert(
            2, ("jiangmen_survey.index", tk._("Survey import"), ("jiangmen_survey.",))
        )
    if _answers_the_public():
        links.insert(
            -2, ("jiangmen_inquiry.index", tk._("Dialogue"), ("jiangmen_inquiry.",))
        )
    if _reads_grounds():
        links.insert(
            -2,
            (
                "jiangmen_legal_basis.index",
                tk._("Grounds for withholding"),
                ("jiangmen_legal_basis.",),
            ),
        )
    return _links(_of_keeper() or links)


def _of_keeper() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the pages of system operator, security officer or auditor, else none."""
    role = separation.keeper_role(caller_of({"user": tk.current_user.name}))
    if role is None:
        return []
    own = [("jiangmen_login.accounts", tk._("Accounts"), ("jiangmen_login.accounts",))]
    if role is Role.AUDITOR:
        route = "jiangmen_audit.trail_search"
        own.append((route, tk._("Audit trail"), ("jiangmen_audit.",)))
    return own


def _links(links: list[tuple[str, str, tuple[str, ...]]]) -> list[dict[str, Any]]:
    endpoint = tk.request.endpoint or ""
    return [
        {
            "label": label,
            "url": tk.url_for(route),
            "active": any(endpoint.startswith(start) for start in starts),
            "count": _waiting() if route == "jiangmen_desk.index" else 0,
        }
        for route, label, starts in links
    ]


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {
        name: function
        for name, function in globals().items()
        if name.startswith("jiangmen_") and callable(function)
    }
