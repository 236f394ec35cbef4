"""The approval of many revisions in one transaction: all of a batch, or nothing.

A batch takes what can be taken without a question; whatever is doubtful is left out
and goes the way of a single revision, which knows how to say what is wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AlchemySession

from ckanext.jiangmen.accounts import Caller
from ckanext.jiangmen.catalog import (
    approval,
    bulk_rows,
    bulk_show,
    codes,
    departments,
    entries,
    events,
    revisions,
    steps,
)
from ckanext.jiangmen.catalog.bulk_rows import PackageRefused
from ckanext.jiangmen.catalog.model import Revision

log = logging.getLogger(__name__)

# Revisions of one transaction; as many rows stay locked for about a second.
SIZE = 100
# Transactions begun anew, each without the package that spoilt the one before.
TRIES = 3

MayRead = Callable[[Revision], bool]


@dataclass(frozen=True)
class Ready:
    """A revision whose last step can be taken: its entry under its code.

    `data` is the new package as the full schema gives it, None for one that exists.
    """

    revision: Revision
    entry: dict[str, Any]
    data: dict[str, Any] | None

    @property
    def version(self) -> int:
        """The version that the entry comes into force as."""
        return self.revision.base_version + 1


@dataclass
class Taken:
    """What a batch did: revisions by id, with True for those in force now.

    `shown` holds the entries in force, for the index.
    """

    steps: dict[str, tuple[Revision, bool]] = field(default_factory=dict)
    shown: bulk_show.Shown = field(default_factory=dict)

    @property
    def in_force(self) -> list[str]:
        """Ids of the entries that came into force."""
        return [revision.package_id for revision, done in self.steps.values() if done]


def take_steps(
    revision_ids: Sequence[str], caller: Caller, comment: str, may_read: MayRead
) -> Taken:
    """Take the due step of each revision, commit, and return what was taken.

    What is missing in the answer is unchanged; after any failure that is everything.
    """
    session, left = model.Session, list(revision_ids)
    for _ in range(TRIES):
        try:
            locked = revisions.lock(session, left)
            with departments.remembered(each.owner_org for each in locked.values()):
                found = [locked[each] for each in left if each in locked]
                taken = _take(session, found, caller, comment, may_read)
            session.commit()
        except PackageRefused as err:
            session.rollback()
            spoilt = revisions.of_packages(session, [err.package_id])
            left = [each for each in left if each not in spoilt]
        except Exception as err:
            # Each is then tried alone, and told what is wrong with it.
            session.rollback()
            log.warning("batch of %d: %s", len(left), type(err).__name__, exc_info=True)
            break
        else:
            return taken
    return Taken()


def _take(
    session: AlchemySession,
    found: list[Revision],
    caller: Caller,
    comment: str,
    may_read: MayRead,
) -> Taken:
    due = _due([each for each in found if may_read(each)], caller)
    last = [each for each, step in due if _is_last(each, step)]
    ready = {each.revision.id: each for each in _ready(session, last, caller)}
    taken = Taken()
    for revision, step in due:
        final = _is_last(revision, step)
        if not final or revision.id in ready:
            steps.take(revision, step, caller, comment)
            taken.steps[revision.id] = (revision, final)
    session.flush()
    _write(session, list(ready.values()), caller, taken.shown)
    for each in ready.values():
        steps.close(each.revision, caller, each.version)
    return taken


def _due(found: list[Revision], caller: Caller) -> list[tuple[Revision, str]]:
    """Return the revisions whose due step the caller may take, with that step."""
    hands = revisions.hands(model.Session(), [each.id for each in found])
    due = []
    for revision in found:
        try:
            step = steps.due_step(revision, caller, hands[revision.id])
        except steps.StepRefused:
            continue
        due.append((revision, step))
    return due


def _is_last(revision: Revision, step: str) -> bool:
    return steps.following_step(revision, step) is None


def _ready(
    session: AlchemySession, found: list[Revision], caller: Caller
) -> list[Ready]:
    """Return those of the revisions that can come into force as they are."""
    versions = revisions.last_versions(session, [each.package_id for each in found])
    right = []
    for revision in found:
        last = versions.get(revision.package_id)
        body = departments.of(revision.owner_org)
        current = (last.version if last else 0) == revision.base_version
        if revision.kind == "withdraw" or not current or body is None:
            continue
        if steps.first_problem(revision, body) is None:
            right.append(revision)
    chosen = codes.choose(session, [approval.wish_of(each) for each in right])
    coded = [each for each in right if each.package_id in chosen]
    existing = bulk_show.packages(each.package_id for each in coded)
    coming = [
        Ready(each, approval.to_publish(each, chosen[each.package_id]), None)
        for each in coded
    ]
    known = [each for each in coming if each.revision.package_id in existing]
    new = [each for each in coming if each.revision.package_id not in existing]
    return known + _validated(new, caller)


def _validated(new: list[Ready], caller: Caller) -> list[Ready]:
    """Return those new entries that the full schema and free names allow."""
    packages = [entries.packaged(each.entry, each.version) for each in new]
    taken = bulk_rows.look_up(packages)
    valid = []
    for each, package in zip(new, packages, strict=True):
        context = approval.writing_context(
            caller.name, model=model, session=model.Session
        )
        if taken.stands_against(package):
            continue
        try:
            data = bulk_rows.validated(package, context, taken)
        except tk.ValidationError:
            continue
        valid.append(Ready(each.revision, each.entry, data))
    return valid


def _write(
    session: AlchemySession, ready: list[Ready], caller: Caller, seen: bulk_show.Shown
) -> None:
    """Write packages, codes and versions, and tell the listeners.

    What is shown of the packages is kept in `seen`.
    """
    if not ready:
        return
    ids = [each.revision.package_id for each in ready]
    formers = revisions.last_versions(session, ids)
    codes.keep(
        session,
        {each.revision.package_id: each.entry["resource_code"] for each in ready},
        {approval.wish_of(each.revision).wanted for each in ready},
    )
    _update([each for each in ready if each.data is None], caller)
    checked = [each.data for each in ready if each.data is not None]
    bulk_rows.insert(checked, caller.user_id)
    session.flush()
    found = bulk_show.packages(ids)
    context = approval.writing_context(caller.name, session=session)
    bulk_rows.tell_plugins(checked, found, context)
    shown = bulk_show.whole_entries(found, seen)
    for each in ready:
        former = formers.get(each.revision.package_id)
        approval.note_version(
            session,
            shown[each.revision.package_id],
            former.data if former else None,
            version=each.version,
            kind="approval",
            author=caller.user_id,
            revision=each.revision,
        )
    session.flush()
    for each in ready:
        package_id = each.revision.package_id
        events.tell_approved(session, package_id, each.version, shown[package_id])


def _update(known: list[Ready], caller: Caller) -> None:
    """Write entries over the packages that they have, by core's own action.

    Raise `PackageRefused`: core has rolled everything back then.
    """
    found = bulk_show.packages(each.revision.package_id for each in known)
    before = bulk_show.whole_entries(found)
    for each in known:
        package_id = each.revision.package_id
        try:
            approval.update_package(
                each.entry, each.version, caller.name, before[package_id]
            )
        except tk.ValidationError as err:
            raise PackageRefused(package_id) from err
