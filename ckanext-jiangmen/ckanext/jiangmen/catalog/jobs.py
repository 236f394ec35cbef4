"""Work that must follow a commit: the index and the tables.

A row is written in the transaction that causes the work, so that a crash loses none.
Small work is done at once by the process that committed; the rest, and whatever
failed, by `ckan jiangmen jobs work` or any later call.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.lib.search.common import make_connection
from ckan.types import AlchemySession

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import (
    bulk_show,
    config,
    files,
    indexing,
    tables_link,
)
from ckanext.jiangmen.catalog.model import Job

log = logging.getLogger(__name__)

WOKEN, WAKE_S = "jiangmen:catalog:woken", 15
RETRY_S = (5, 30, 120, 600, 3600)


Watcher = Callable[[AlchemySession], object]
Work = Callable[[str, dict[str, Any]], object]

_of_kind: dict[str, Work] = {}
_at_every_turn: list[Watcher] = []
_before_index: list[Callable[[], object]] = []


def at_every_turn(watcher: Watcher) -> None:
    """Have `watcher(session)` note work that time alone has made due; it is quick."""
    if watcher not in _at_every_turn:
        _at_every_turn.append(watcher)


def before_index(forget: Callable[[], object]) -> None:
    """Have `forget()` called before documents are made, so that none is made of old."""
    if forget not in _before_index:
        _before_index.append(forget)


def on_kind(kind: str, work: Work) -> None:
    """Have `work(thing's id, payload)` do the jobs of a kind of its own.

    It may be killed and called again; what it raises is tried again later.
    """
    _of_kind[kind] = work


def note(session: AlchemySession, kind: str, thing_id: str) -> None:
    """Have a job of a kind of its own done."""
    session.add(_job(kind, thing_id))


def run_of(thing_id: str, kind: str) -> None:
    """Do the jobs of one kind that a thing waits for, at once."""
    for job in _of([thing_id], (kind,)):
        _attempt(job.id)


def note_index(session: AlchemySession, package_id: str) -> None:
    """Have the index brought to the package's present state."""
    session.add(_job("index", package_id))


def note_tables(
    session: AlchemySession, entry: dict[str, Any], former: dict[str, Any] | None
) -> None:
    """Have every table file of the entry loaded whose content or columns changed."""
    before = {r["id"]: r for r in (former or {}).get("resources") or []}
    old_items = (former or {}).get("information_items")
    same_items = old_items == entry.get("information_items")
    for resource in entry["resources"]:
        if not tables_link.is_table(resource, entry):
            continue
        known = before.pop(resource["id"], None)
        same_file = known and known.get("sha256") == resource["sha256"]
        if not (same_file and same_items and resource.get("datastore_active")):
            job = _job("load", entry["id"], resource["id"])
            job.payload = {"sha256": resource["sha256"]}
            session.add(job)
    kept = {r["id"] for r in entry["resources"]}
    for resource_id in set(before) - kept:
        note_drop(session, entry["id"], resource_id)


def note_drop(session: AlchemySession, package_id: str, resource_id: str) -> None:
    """Have the table of a file dropped that is no more part of its entry."""
    session.add(_job("drop", package_id, resource_id))


def _job(kind: str, package_id: str, resource_id: str | None = None) -> Job:
    moment = clock.now()
    return Job(
        kind=kind,
        package_id=package_id,
        resource_id=resource_id,
        payload={},
        attempts=0,
        last_error="",
        created=moment,
        due=moment,
    )


def run_now(package_ids: list[str], shown: bulk_show.Shown | None = None) -> None:
    """Do what these entries wait for: index first, in one commit; small tables after.

    Large tables are left to a worker. `shown` is what a batch has just shown of them.
    """
    run_index(package_ids, shown)
    large, loaded = False, []
    for job in _of(package_ids, ("load", "drop")):
        package_id = job.package_id
        if job.kind == "load" and _size(job) > config.load_at_once_bytes():
            large = True
        elif _attempt(job.id) and job.kind == "load":
            loaded.append(package_id)
    if loaded:
        run_index(loaded)
    if large:
        tk.enqueue_job(run_due, title="Load tables")


def run_due(limit: int = 100) -> int:
    """Do all work that is due, oldest first; return how many jobs were done."""
    _note_what_time_did()
    done = 0
    while done < limit:
        job_id = model.Session.scalar(
            sa.select(Job.id)
            .where(Job.due <= clock.now())
            .order_by(Job.due, Job.id)
            .with_for_update(skip_locked=True)
            .limit(1)
        )
        if job_id is None:
            model.Session.rollback()
            return done
        package_id = _attempt(job_id)
        if package_id:
            run_index([package_id])
        done += 1
    return done


def _note_what_time_did() -> None:
    for watcher in _at_every_turn:
        watcher(model.Session())
    model.Session.commit()


def wake() -> bool:
    """Have a worker do what is due, if anything is and none was woken just now.

    For processes that run all the time: they call it at every turn and do no heavy
    work themselves.
    """
    _note_what_time_did()
    due = model.Session.scalar(sa.select(Job.id).where(Job.due <= clock.now()).limit(1))
    model.Session.rollback()
    if due is None or not connect_to_redis().set(WOKEN, 1, nx=True, ex=WAKE_S):
        return False
    tk.enqueue_job(run_due, title="Work that follows approvals")
    return True


def waiting() -> list[dict[str, Any]]:
    """Return the work that is still to be done, oldest first."""
    return [
        {
            "id": job.id,
            "kind": job.kind,
            "package_id": job.package_id,
            "resource_id": job.resource_id,
            "attempts": job.attempts,
            "last_error": job.last_error,
            "due": job.due.isoformat(),
        }
        for job in model.Session.scalars(sa.select(Job).order_by(Job.due, Job.id))
    ]


def run_index(package_ids: Iterable[str], shown: bulk_show.Shown | None = None) -> None:
    """Index entries with one commit of the index, and strike their jobs off."""
    rows = _of(dict.fromkeys(package_ids), ("index",))
    ids = [job.id for job in rows]
    try:
        if rows:
            _bring([job.package_id for job in rows], shown)
    except Exception as err:  # noqa: BLE001 - the jobs stay and are tried again
        log.warning("index: %d packages wait: %s", len(rows), type(err).__name__)
        model.Session.rollback()
        return
    model.Session.execute(sa.delete(Job).where(Job.id.in_(ids)))
    model.Session.commit()


def index_package(package_id: str) -> None:
    """Bring the index to the present state of one package; gone ones leave it."""
    _bring([package_id])


def _bring(package_ids: list[str], shown: bulk_show.Shown | None = None) -> None:
    indexing.bring(package_ids, _before_index, shown)
    # Waits for the searcher: what narrows visibility is in force at once.
    make_connection().commit()


def _of(package_ids: Iterable[str], kinds: tuple[str, ...]) -> list[Job]:
    return list(
        model.Session.scalars(
            sa.select(Job)
            .where(Job.package_id.in_(list(package_ids)), Job.kind.in_(kinds))
            .order_by(Job.id)
        )
    )


def _size(job: Job) -> int:
    sha256 = job.payload.get("sha256") or ""
    return files.path(sha256).stat().st_size if files.has(sha256) else 0


def _attempt(job_id: int) -> str | None:
    """Do one job; a failure is written down and tried again later.

    Return the package whose document has to be written anew, None if there is none.
    """
    session = model.Session
    job = session.scalar(
        sa.select(Job).where(Job.id == job_id).with_for_update(skip_locked=True)
    )
    if job is None:
        session.rollback()
        return None
    kind, package_id, resource_id = job.kind, job.package_id, job.resource_id
    payload = dict(job.payload)
    try:
        _do(kind, package_id, resource_id, payload)
    except Exception as err:  # noqa: BLE001 - any failure is kept and tried again
        session.rollback()
        log.warning("job %d (%s) failed: %s", job_id, kind, type(err).__name__)
        _postpone(job_id, str(err) or type(err).__name__)
        return None
    session.execute(sa.delete(Job).where(Job.id == job_id))
    if kind == "load":
        note_index(session, package_id)
    session.commit()
    return package_id if kind == "load" else None


def _do(
    kind: str, package_id: str, resource_id: str | None, payload: dict[str, Any]
) -> None:
    if kind in _of_kind:
        _of_kind[kind](package_id, payload)
    elif kind == "index":
        index_package(package_id)
    elif kind == "drop":
        tables_link.drop(resource_id or "")
    else:
        tables_link.load(package_id, resource_id or "", payload["sha256"])


def _postpone(job_id: int, error: str) -> None:
    job = model.Session.get(Job, job_id)
    if job is None:
        return
    wait_s = RETRY_S[min(job.attempts, len(RETRY_S) - 1)]
    job.attempts += 1
    job.last_error = error[:1000]
    job.due = clock.now() + dt.timedelta(seconds=wait_s)
    model.Session.commit()
