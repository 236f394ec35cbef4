"""Revisions of entries: one open at a time, saved, shown, found.

The rows of an entry's way from draft to approval. Authorization and messages for
people are in `logic`; what an approval writes is in `approval`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.types import AlchemySession

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import entries
from ckanext.jiangmen.catalog.errors import WrongState
from ckanext.jiangmen.catalog.model import (
    EDITABLE_STATES,
    OPEN_STATES,
    Revision,
    RevisionEvent,
    Version,
)


@dataclass(frozen=True)
class Standing:
    """What there is of an entry: `approved` in force (version 0: nothing yet).

    `open` is its open revision, if any.
    """

    package_id: str
    version: int
    approved: dict[str, Any] | None
    open: Revision | None

    @property
    def newest(self) -> dict[str, Any] | None:
        """The entry as last proposed, else as approved; None if there is nothing."""
        return self.open.data if self.open is not None else self.approved

    @property
    def owner_org(self) -> str:
        """Id of the organization that the entry belongs to."""
        newest = self.newest
        return newest["owner_org"] if newest else ""


def standing(
    session: AlchemySession, id_or_name: str, *, for_update: bool = False
) -> Standing | None:
    """Return what there is of the entry with this id or name; None if nothing is.

    A withdrawn entry has its versions still, the last one of kind `withdrawal`.
    """
    package = model.Package.get(id_or_name)
    package_id = package.id if package is not None else id_or_name
    query = sa.select(Revision).where(
        Revision.package_id == package_id, Revision.state.in_(OPEN_STATES)
    )
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None and package is None:
        found = session.scalar(
            sa.select(Revision).where(
                Revision.data["name"].astext == id_or_name,
                Revision.state.in_(OPEN_STATES),
            )
        )
        package_id = found.package_id if found is not None else package_id
    last = last_version(session, package_id)
    if last is None and found is None:
        return None
    return Standing(
        package_id, last.version if last else 0, last.data if last else None, found
    )


def standing_of_resource(session: AlchemySession, resource_id: str) -> Standing | None:
    """Return what there is of the entry that a file belongs to, proposed ones too."""
    package_id = session.scalar(
        sa.select(Revision.package_id).where(
            Revision.state.in_(OPEN_STATES),
            Revision.data.contains({"resources": [{"id": resource_id}]}),
        )
    )
    if package_id is None:
        resource = model.Resource.get(resource_id)
        package_id = resource.package_id if resource is not None else None
    if package_id is None:
        return None
    return standing(session, package_id, for_update=True)


def last_version(session: AlchemySession, package_id: str) -> Version | None:
    """Return the newest version of an entry, None before its first approval."""
    return session.scalar(
        sa.select(Version)
        .where(Version.package_id == package_id)
        .order_by(Version.version.desc())
        .limit(1)
    )


def version_data(
    session: AlchemySession, package_id: str, version: int
) -> dict[str, Any] | None:
    """Return an entry as it was in one version, None if there is no such version."""
    row = session.get(Version, (package_id, version))
    return row.data if row is not None else None


def get(
    session: AlchemySession, revision_id: str, *, for_update: bool = False
) -> Revision | None:
    """Return one revision; with `for_update` its row is locked until the commit."""
    query = sa.select(Revision).where(Revision.id == revision_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def lock(session: AlchemySession, revision_ids: Iterable[str]) -> dict[str, Revision]:
    """Return revisions by id, their rows locked until the commit.

    In the order of the ids, so that two writers never wait for each other.
    """
    found = session.scalars(
        sa.select(Revision)
        .where(Revision.id.in_(set(revision_ids)))
        .order_by(Revision.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {revision.id: revision for revision in found}


def of_packages(session: AlchemySession, package_ids: Iterable[str]) -> set[str]:
    """Return the ids of the open revisions of entries."""
    query = sa.select(Revision.id).where(
        Revision.package_id.in_(set(package_ids)), Revision.state.in_(OPEN_STATES)
    )
    return set(session.scalars(query))


def last_versions(
    session: AlchemySession, package_ids: Iterable[str]
) -> dict[str, Version]:
    """Return the newest version of each entry that has one, by the entry's id."""
    found = session.scalars(
        sa.select(Version)
        .where(Version.package_id.in_(set(package_ids)))
        .distinct(Version.package_id)
        .order_by(Version.package_id, Version.version.desc())
    )
    return {version.package_id: version for version in found}


def save(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    now_standing: Standing | None,
    entry: dict[str, Any],
    author: str,
    *,
    kind: str | None = None,
    note: str = "",
    sent: dict[str, Any] | None = None,
) -> Revision:
    """Store `entry` as its open revision and return it; the commit is the caller's.

    `sent` is the author's own state where `entry` is a merge of it with another's: it
    is kept as a state of its own, which the author's next save is written against.
    Raise `WrongState` while the entry is under review.
    """
    found = now_standing.open if now_standing else None
    if found is None:
        version = now_standing.version if now_standing else 0
        found = create(session, sent or entry, author, version, kind=kind, note=note)
        if sent is not None:
            _become_merge(found, entry)
            touch(found)
        return found
    if found.state not in EDITABLE_STATES:
        raise WrongState("该条目的修订正在审核中；请先撤回或等待审核结束，再作修改。")
    found.editor, found.data = author, sent or entry
    if sent is not None:
        touch(found)
        session.flush()
        _become_merge(found, entry)
    found.title, found.owner_org = entry["title"], entry["owner_org"]
    found.kind = kind or ("edit" if found.base_version else "create")
    found.state, found.step = "draft", None
    found.note = note or found.note
    touch(found)
    record(session, found, "merged" if found.merged else "saved", author)
    return found


def create(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    entry: dict[str, Any],
    author: str,
    version: int,
    *,
    kind: str | None = None,
    note: str = "",
    state: str = "draft",
    base: dict[str, Any] | None = None,
) -> Revision:
    """Store a new revision of `entry`, written against `version`.

    `base` is the state that one set aside was written against.
    """
    moment = clock.now()
    revision = Revision(
        id=entries.new_id(),
        package_id=entry["id"],
        owner_org=entry["owner_org"],
        title=entry["title"],
        kind=kind or ("edit" if version else "create"),
        state=state,
        step=None,
        base_version=version,
        data=entry,
        author=author,
        editor=author,
        base=base,
        note=note,
        lock_version=1,
        created=moment,
        modified=moment,
    )
    session.add(revision)
    session.flush()
    record(session, revision, "created", author)
    return revision


def _become_merge(revision: Revision, entry: dict[str, Any]) -> None:
    """Put a merge in the place of what its author sent, which stays told by a save."""
    revision.data, revision.merged = entry, True
    revision.editor = ""


def last_writer(session: AlchemySession, revision_id: str) -> str:
    """Return the id of who wrote in a revision last."""
    return (
        session.scalar(
            sa.select(RevisionEvent.actor)
            .where(
                RevisionEvent.revision_id == revision_id,
                RevisionEvent.event.in_(WRITING),
            )
            .order_by(RevisionEvent.id.desc())
            .limit(1)
        )
        or ""
    )


def touch(revision: Revision) -> None:
    """Count a save: what another window still shows is old from now on."""
    revision.lock_version += 1
    revision.modified = clock.now()


def record(  # noqa: PLR0913 - a row's columns
    session: AlchemySession,
    revision: Revision,
    event: str,
    actor: str,
    *,
    step: str | None = None,
    comment: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down what happened to a revision."""
    session.add(
        RevisionEvent(
            revision_id=revision.id,
            package_id=revision.package_id,
            event=event,
            step=step,
            actor=actor,
            comment=comment,
            detail=dict(detail or {}),
            at=clock.now(),
        )
    )


def events(session: AlchemySession, revision_id: str) -> list[RevisionEvent]:
    """Return what happened to a revision, oldest first."""
    return list(
        session.scalars(
            sa.select(RevisionEvent)
            .where(RevisionEvent.revision_id == revision_id)
            .order_by(RevisionEvent.id)
        )
    )


# What is done by writing: who did one of these reviews no revision that holds it.
WRITING = (
    "created",
    "saved",
    "merged",
    "imported",
    "taken_over",
    "attached",
    "detached",
)


@dataclass
class Hands:
    """Whose hands a revision went through.

    `wrote` holds the ids of its writers, `took` those of who took one of its steps
    since it was last submitted.
    """

    wrote: set[str] = field(default_factory=set)
    took: set[str] = field(default_factory=set)


def hands(session: AlchemySession, revision_ids: Iterable[str]) -> dict[str, Hands]:
    """Return whose hands revisions went through, by their id."""
    wanted = set(revision_ids)
    found = {revision_id: Hands() for revision_id in wanted}
    happened = session.execute(
        sa.select(RevisionEvent.revision_id, RevisionEvent.event, RevisionEvent.actor)
        .where(
            RevisionEvent.revision_id.in_(wanted),
            RevisionEvent.event.in_((*WRITING, "submitted", "step_approved")),
        )
        .order_by(RevisionEvent.id)
    )
    for revision_id, event, actor in happened:
        if event == "submitted":
            found[revision_id].took = set()
        elif event == "step_approved":
            found[revision_id].took.add(actor)
        else:
            found[revision_id].wrote.add(actor)
    return found


def with_file(entry: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    """Return the entry with `resource` added, or in the place of the one it renews."""
    changed = copy.deepcopy(entry)
    places = {r["id"]: place for place, r in enumerate(changed["resources"])}
    if resource["id"] in places:
        changed["resources"][places[resource["id"]]] = resource
    else:
        changed["resources"].append(resource)
    return changed


def without_file(entry: dict[str, Any], resource_id: str) -> dict[str, Any]:
    """Return the entry without one file."""
    changed = copy.deepcopy(entry)
    changed["resources"] = [r for r in changed["resources"] if r["id"] != resource_id]
    return changed


def full_name(user_id: str) -> str:
    """Return how an account is called in sentences."""
    user = model.User.get(user_id)
    return (user.fullname or user.name) if user is not None else "其他人员"


def full_names(user_ids: Iterable[str]) -> dict[str, str]:
    """Return how several accounts are called, by id, in one query."""
    rows = model.Session.execute(
        sa.select(model.User.id, model.User.fullname, model.User.name).where(
            model.User.id.in_(set(user_ids))
        )
    )
    return {row.id: row.fullname or row.name for row in rows}
