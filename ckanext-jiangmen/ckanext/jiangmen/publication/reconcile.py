"""Both sides compared: what should be public, and what the open site really holds.

The share site's approved versions are the truth; drift is named and, if asked,
repaired by ordinary crossings, so that a repair leaves receipts like everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.types import AlchemySession

from ckanext.jiangmen.catalog import revisions
from ckanext.jiangmen.publication import documents, editions, outbox
from ckanext.jiangmen.publication.model import (
    BLOCKED,
    DONE,
    PUBLISH,
    PUBLISHED,
    WITHDRAW,
    Publication,
)
from ckanext.jiangmen.publication.sender import OpenSite

PAGE = 200


@dataclass(frozen=True)
class Drift:
    """One difference: `kind` is missing, stale, damaged, extra or stray."""

    kind: str
    package_id: str
    title: str
    message: str


@dataclass(frozen=True)
class Report:
    """What a comparison found; `pending` and `blocked` are no drift."""

    compared: int
    drifts: list[Drift]
    pending: list[str]
    blocked: list[str]
    strays: dict[str, list[str]]

    @property
    def agrees(self) -> bool:
        """Whether both sides agree, apart from what is on its way."""
        return not self.drifts and not any(self.strays.values())


def compare(*, verify: bool = False) -> Report:
    """Return how the two sites differ. Raise `OpenSiteFailed`.

    With `verify` the open site computes the sums of its files again.
    """
    session = model.Session()
    held, strays = _held(verify=verify)
    drifts: list[Drift] = []
    pending: list[str] = []
    blocked: list[str] = []
    compared = 0
    for package_id, version, entry in wanted(session):
        compared += 1
        found = held.pop(package_id, None)
        row = outbox.newest(session, package_id)
        if row is not None and row.state == BLOCKED:
            blocked.append(package_id)
        elif row is not None and row.state in outbox.PENDING:
            pending.append(package_id)
        else:
            drifts += _differences(entry, version, row, found)
    for found in held.values():
        drifts += _leftover(session, found, pending)
    session.rollback()
    strays["packages"] = [i for i in strays["packages"] if i not in held]
    return Report(compared, drifts, pending, blocked, strays)


def wanted(session: AlchemySession) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield (package id, version, entry) of everything that should be public."""
    ids = session.scalars(
        sa.select(model.Package.id)
        .where(
            model.Package.state == model.State.ACTIVE, model.Package.type == "dataset"
        )
        .order_by(model.Package.id)
    ).all()
    for package_id in ids:
        last = revisions.last_version(session, package_id)
        if last is not None and outbox.is_for_the_public(last.data):
            yield package_id, last.version, last.data
            session.expunge(last)


def _held(*, verify: bool) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """Return the open site's entries by id, and what belongs to none."""
    site, after = OpenSite(), ""
    entries: dict[str, dict[str, Any]] = {}
    strays: dict[str, list[str]] = {}
    while True:
        answer = site.state(after, PAGE, verify=verify)
        strays = answer.get("strays", strays)
        entries |= {entry["package_id"]: entry for entry in answer["entries"]}
        after = answer["next"]
        if not after:
            return entries, strays


def _differences(
    entry: dict[str, Any],
    version: int,
    row: Publication | None,
    found: dict[str, Any] | None,
) -> list[Drift]:
    def drift(kind: str, message: str) -> Drift:
        return Drift(kind, entry["id"], entry["title"], message)

    if found is None or found["state"] != PUBLISHED:
        return [drift("missing", "应当公开，但开放门户没有。")]
    if found["version"] != version:
        words = f"开放门户的版本是 {found['version']}，应为 {version}。"
        return [drift("stale", words)]
    if row is not None and row.state == DONE and row.hash != found["hash"]:
        return [drift("stale", "开放门户的内容与发布时不同。")]
    return [drift("damaged", fault) for fault in found["faults"]]


def _leftover(
    session: AlchemySession, found: dict[str, Any], pending: list[str]
) -> list[Drift]:
    """Return the drift of what the open site holds and should not."""
    package_id = found["package_id"]
    row = outbox.newest(session, package_id)
    if row is not None and row.state in outbox.PENDING:
        pending.append(package_id)
        return []
    if found["state"] == PUBLISHED:
        words = "不应公开，但开放门户有。"
        return [Drift("extra", package_id, found["title"], words)]
    return [
        Drift("damaged", package_id, found["title"], fault) for fault in found["faults"]
    ]


def repair(report: Report) -> int:
    """Write the crossings that end every drift and clean up; return how many."""
    session = model.Session()
    should = {id_: (version, entry) for id_, version, entry in wanted(session)}
    ids = list(dict.fromkeys(drift.package_id for drift in report.drifts))
    ids += [id_ for id_ in report.strays.get("packages", []) if id_ not in ids]
    for package_id in ids:
        if package_id in should:
            version, entry = should[package_id]
            outbox.add(session, package_id, PUBLISH, version, entry=entry, repair=True)
        else:
            last = revisions.last_version(session, package_id)
            version = last.version if last is not None else 0
            reason = "对账：不应公开。"
            outbox.add(session, package_id, WITHDRAW, version, reason=reason)
    session.commit()
    documents.send_again(editions.KIND, report.strays.get("editions", []))
    if report.strays.get("tables") or report.strays.get("files"):
        OpenSite().clean()
    return len(ids)
