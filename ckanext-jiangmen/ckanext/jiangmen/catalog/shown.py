"""Revisions as plain dicts, for answers and pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import (
    comments,
    departments,
    entries,
    lists,
    merging,
    review,
    revisions,
)
from ckanext.jiangmen.catalog.model import (
    EDITABLE_STATES,
    OPEN_STATES,
    Revision,
    RevisionEvent,
    Version,
)
from ckanext.jiangmen.duties import book

ROLE_TITLES = {
    "reviewer": "本部门审核员",
    "leader": "本部门分管领导",
    "secrecy": "保密审查员",
    "coordinator": "市网信统筹局",
}
STATE_TITLES = {
    "draft": "草稿",
    "submitted": "审核中",
    "returned": "已退回",
    "approved": "已通过",
    "superseded": "已被取代",
    "discarded": "已作废",
    "aside": "已搁置",
}


def rows(revisions_found: Iterable[Revision], caller: Caller) -> list[dict[str, Any]]:
    """Return revisions for a list: everything but the entry's content."""
    found = list(revisions_found)
    bodies = departments.by_ids(r.owner_org for r in found)
    people = revisions.full_names(r.author for r in found)
    versions = _versions(r.package_id for r in found)
    terms = book.terms(model.Session(), (r.id for r in found))
    said = comments.of_revisions(model.Session(), (r.id for r in found))
    hands = revisions.hands(model.Session(), (r.id for r in found))
    return [
        _row(
            revision,
            bodies.get(revision.owner_org),
            people,
            versions.get(revision.package_id, 0),
            caller,
            hands[revision.id],
        )
        | {
            "term": _term(terms.get(revision.id)),
            "comments": said.get(revision.id, []),
        }
        for revision in found
    ]


def whole(revision: Revision, caller: Caller) -> dict[str, Any]:
    """Return one revision with the proposed entry, its changes and its events."""
    shown = rows([revision], caller)[0]
    last = revisions.last_version(model.Session, revision.package_id)
    before = revisions.version_data(
        model.Session, revision.package_id, revision.base_version
    ) or (last.data if last else {})
    shown["entry"] = revision.data
    shown["changes"] = changes(before, revision.data)
    shown["steps"] = _way(revision)
    shown["conflicts"] = _conflicts(revision)
    shown["events"] = events(revisions.events(model.Session, revision.id))
    return shown


def _conflicts(revision: Revision) -> list[dict[str, Any]]:
    """Return what an edit set aside and the newest state changed both."""
    if revision.state != "aside":
        return []
    standing = revisions.standing(model.Session(), revision.package_id)
    newest = (standing.newest if standing else None) or {}
    _merged, both = merging.merge(base_of(revision), newest, revision.data)
    return [conflict.as_dict() for conflict in both]


def base_of(revision: Revision) -> dict[str, Any]:
    """Return the state that an edit set aside was written against."""
    if revision.base is not None:
        return revision.base
    session = model.Session()
    version = revision.base_version
    return revisions.version_data(session, revision.package_id, version) or {}


def _way(revision: Revision) -> list[str]:
    """Return the steps of a revision, the one that is due among them."""
    led = review.has_leader_step(departments.of(revision.owner_org))
    way = {*review.steps(revision.kind, revision.data, led=led), revision.step}
    return [step for step in review.ORDER if step in way]


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what differs: field, its Chinese name, before and after."""
    return [
        {
            "field": field,
            "label": "文件" if field == "resources" else lists.label(field),
            "before": old,
            "after": new,
        }
        for field, (old, new) in entries.changed_fields(before, after).items()
    ]


def events(found: Iterable[RevisionEvent]) -> list[dict[str, Any]]:
    """Return events for people, oldest first."""
    happened = list(found)
    people = revisions.full_names(event.actor for event in happened)
    return [
        {
            "revision_id": event.revision_id,
            "event": event.event,
            "step": event.step,
            "step_title": review.STEP_TITLES.get(event.step or "", ""),
            "actor": people.get(event.actor, ""),
            "comment": event.comment,
            "detail": event.detail,
            "at": event.at.isoformat(),
        }
        for event in happened
    ]


def _term(term: book.Term | None) -> dict[str, Any] | None:
    """Return until when the next act is due; `days_left` in working days."""
    if term is None:
        return None
    return {
        "kind": term.kind,
        "working_days": term.working_days,
        "since": term.since.isoformat(),
        "due": term.due.isoformat(),
        "days_left": term.days_left,
        "certain": term.certain,
    }


def waits_on(
    revision: Revision, department: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return who has to act now: role, organization and since when; None: nobody."""
    if revision.state == "submitted" and revision.step:
        role = review.ROLE_OF_STEP[revision.step]
        body = department if revision.step in review.STEPS_OF_DEPARTMENT else None
        since = revision.waiting_since
        title = ROLE_TITLES[revision.step]
    elif revision.state in EDITABLE_STATES:
        role, body, since = Role.CATALOGUER, department, revision.modified
        title = "编目员"
    else:
        return None
    return {
        "role": str(role),
        "title": title,
        "step": revision.step,
        "organization": _body(body),
        "since": since.isoformat() if since else None,
    }


def _row(  # noqa: PLR0913, PLR0917 - what the row is made of, fetched for all rows at once
    revision: Revision,
    department: dict[str, Any] | None,
    people: dict[str, str],
    current: int,
    caller: Caller,
    hands: revisions.Hands,
) -> dict[str, Any]:
    return {
        "id": revision.id,
        "package_id": revision.package_id,
        "name": revision.data.get("name", ""),
        "title": revision.title,
        "owner_org": revision.owner_org,
        "organization": _body(department),
        "kind": revision.kind,
        "state": revision.state,
        "state_title": STATE_TITLES[revision.state],
        "step": revision.step,
        "waits_on": waits_on(revision, department),
        "opens": review.opens(revision.data),
        "sharing_category": revision.data.get("sharing_category", ""),
        "category_badge": revision.data.get("category_badge", ""),
        "base_version": revision.base_version,
        "current_version": current,
        "author": {
            "id": revision.author,
            "name": people.get(revision.author, ""),
        },
        "note": revision.note,
        "import_id": revision.import_id,
        "lock_version": revision.lock_version,
        "created": revision.created.isoformat(),
        "modified": revision.modified.isoformat(),
        "submitted": revision.submitted.isoformat() if revision.submitted else None,
        "may": may(revision, caller, hands),
    }


def may(revision: Revision, caller: Caller, hands: revisions.Hands) -> dict[str, bool]:
    """Return what the caller may do with a revision now; pages show buttons by it."""
    own = caller.user_id == revision.author
    catalogues = caller.has(Role.CATALOGUER, revision.owner_org)
    editable = revision.state in EDITABLE_STATES
    takes_step = revision.state == "submitted" and not review.may_take(
        caller,
        revision.step or "",
        revision.owner_org,
        hands.wrote | {revision.author},
        hands.took,
    )
    return {
        "edit": editable and catalogues,
        "take_over": editable and catalogues and not own,
        "submit": editable and catalogues and own,
        "approve": takes_step,
        "return": takes_step,
        "discard": revision.state in (*OPEN_STATES, "aside") and catalogues and own,
        "merge": revision.state == "aside" and catalogues and own,
    }


def _body(department: dict[str, Any] | None) -> dict[str, str] | None:
    if department is None:
        return None
    return {key: department[key] for key in ("id", "name", "title")}


def _versions(package_ids: Iterable[str]) -> dict[str, int]:
    found = model.Session.execute(
        sa.select(Version.package_id, sa.func.max(Version.version))
        .where(Version.package_id.in_(set(package_ids)))
        .group_by(Version.package_id)
    )
    return {row[0]: row[1] for row in found}
