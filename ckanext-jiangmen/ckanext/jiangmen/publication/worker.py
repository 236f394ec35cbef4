"""The sender of the share site: takes what is due, sends it, writes down what became.

Everything it does may be done again: a killed worker leaves a crossing that the next
one repeats, and the open site answers "already" to what it has.
"""

from __future__ import annotations

import logging
import threading
import uuid
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import jobs, rules
from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.publication import (
    documents,
    faults,
    locks,
    nightly,
    outbox,
    payload,
)
from ckanext.jiangmen.publication.dialogue import pulling
from ckanext.jiangmen.publication.errors import Blocked, Superseded
from ckanext.jiangmen.publication.model import PUBLISH, WITHDRAW, Publication
from ckanext.jiangmen.publication.sender import OpenSite

log = logging.getLogger(__name__)

POLL_S = 1.0

# Names of crossings are the same on every try: a receipt is never doubled.
CROSSINGS = uuid.UUID("5b1c0f8e-6a57-4c5e-9b1f-0f6a2d0c7e41")


def work(stop: threading.Event) -> None:
    """Send what becomes due until `stop` is set; the crossing in hand is finished."""
    log.info("publication: worker started")
    night = nightly.Nightly()
    postman, courier = pulling.Postman(), documents.Courier()
    while not stop.is_set():
        done = 0
        try:
            done = run_once(stop)
            jobs.wake()
            night.run_if_due()
            minute = f"{clock.now():%H:%M}"
            postman.run_if_due(minute)
            courier.run_if_due(minute)
        except (SQLAlchemyError, RedisError) as err:
            log.warning("publication: %s failed", type(err).__name__)
        finally:
            model.Session.remove()
        if not done:
            stop.wait(POLL_S)
    log.info("publication: worker stopped")


def run_once(stop: threading.Event | None = None) -> int:
    """Make every crossing that is due now; return how many were tried."""
    tried = 0
    site = OpenSite()
    for package_id in outbox.due_entries(model.Session()):
        if stop is not None and stop.is_set():
            break
        model.Session.rollback()
        with locks.taken(package_id) as ours:
            if ours:
                tried += _send_newest(site, package_id)
    model.Session.rollback()
    return tried


def _send_newest(site: OpenSite, package_id: str) -> int:
    row = outbox.begin(model.Session(), package_id)
    if row is None:
        return 0
    row_id = row.id
    try:
        faults.reach("worker-begun")
        crossing = send(site, row)
    except Superseded:
        outbox.drop(model.Session(), _again(row_id))
    except Blocked as err:
        model.Session.rollback()
        outbox.block(model.Session(), _again(row_id), str(err), err.findings)
        log.info("publication %d: blocked, %d places", row_id, len(err.findings))
    except (JiangmenError, SQLAlchemyError, OSError, ValueError, KeyError) as err:
        model.Session.rollback()
        words = str(err) if isinstance(err, JiangmenError) else _unforeseen(err)
        outbox.postpone(model.Session(), _again(row_id), words)
        log.warning("publication %d: %s", row_id, words)
    else:
        outbox.finish(model.Session(), _again(row_id), crossing)
    return 1


def _again(row_id: int) -> Publication:
    row = model.Session.get(Publication, row_id, populate_existing=True)
    if row is None:  # Rows are never deleted.
        raise LookupError(row_id)
    return row


def _unforeseen(err: Exception) -> str:
    return f"发布时发生意外（{type(err).__name__}），稍后自动重试。"


def send(site: OpenSite, row: Publication) -> dict[str, Any]:
    """Make one crossing and return its receipt's fields.

    Raise `Blocked`, `Superseded`, or another error after which it is tried again.
    """
    if row.verb == PUBLISH and not still_public(row):
        row.verb, row.reason = WITHDRAW, "提供单位或内容不再对社会公开。"
        model.Session.commit()
    if row.verb == WITHDRAW:
        return _withdraw(site, row)
    return _publish(site, row)


def still_public(row: Publication) -> bool:
    """Return whether what was approved may still go out: its organization may not."""
    entry = row.entry or {}
    return rules.is_open(entry) and outbox.is_for_the_public(entry)


def _publish(site: OpenSite, row: Publication) -> dict[str, Any]:
    with payload.built(row) as built:
        faults.reach("worker-built")
        before, total = 0, built.size
        for file in built.files:

            def progress(received: int, before: int = before) -> None:
                if not outbox.progress(model.Session(), row, before + received, total):
                    raise Superseded(f"{row.package_id} {row.version}")

            site.stage(file.path, file.sha256, file.size, progress)
            before += file.size
        if not outbox.progress(model.Session(), row, total, total):
            raise Superseded(f"{row.package_id} {row.version}")
        faults.reach("worker-staged")
        crossing = _crossing(row, "publish", built.hash, total)
        answer = site.receive(
            built.metadata | crossing | {"sequence": row.id, "repair": row.repair}
        )
        faults.reach("worker-received")
    # An earlier try may have arrived with an older export: its sum is what is there.
    return crossing | {"hash": answer["hash"]}


def _withdraw(site: OpenSite, row: Publication) -> dict[str, Any]:
    crossing = _crossing(row, "withdraw", "", 0)
    site.withdraw(crossing | {"sequence": row.id})
    faults.reach("worker-withdrawn")
    return crossing


def _crossing(
    row: Publication, verb: str, payload_hash: str, size_bytes: int
) -> dict[str, Any]:
    return {
        "crossing": str(uuid.uuid5(CROSSINGS, f"{row.package_id} {row.id} {verb}")),
        "package_id": row.package_id,
        "verb": verb,
        "version": row.version,
        "hash": payload_hash,
        "bytes": size_bytes,
    }
