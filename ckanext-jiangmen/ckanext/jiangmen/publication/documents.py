"""The platform's own documents that cross to the open site, each kind by its own rule.

A document has a kind, a name and a body, some have files; it crosses once and never
changes. The share site keeps what it has sent, the open site what it has received, in
the same table.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckan import model

from ckanext.jiangmen.audit import heads, verify
from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.publication import editions, withdrawn, withheld
from ckanext.jiangmen.publication.dialogue import steps
from ckanext.jiangmen.publication.errors import DocumentRefused, OpenSiteFailed
from ckanext.jiangmen.publication.model import Document
from ckanext.jiangmen.publication.sender import OpenSite

log = logging.getLogger(__name__)

Body = dict[str, Any]

AUDIT_HEAD = "audit_head"
LONGEST_NAME = 200


def _no_files(_body: Body) -> list[tuple[str, int]]:
    return []


@dataclass(frozen=True)
class Kind:
    """What is due, by name; what the public may see; what a right one looks like.

    `files` gives sum and bytes of the files that cross before the document.
    """

    due: Callable[[], dict[str, Body]]
    public: Callable[[Body], Body]
    is_right: Callable[[str, Body], bool]
    files: Callable[[Body], list[tuple[str, int]]] = _no_files


def _due_heads() -> dict[str, Body]:
    return {_head_name(head): head for head in heads.own()}


def _head_name(head: Body) -> str:
    return f"{head.get('site')} {head.get('day')} {head.get('number')}"


def _is_right_head(name: str, head: Body) -> bool:
    try:
        whole = set(head) == set(heads.PUBLIC) and name == _head_name(head)
        return whole and verify.is_signed(head, verify.trusted_keys([head]))
    except (TypeError, ValueError):
        return False


KINDS = {
    # First, whatever else does not cross: it cannot wait.
    withdrawn.KIND: Kind(withdrawn.due, withdrawn.public, withdrawn.is_right),
    AUDIT_HEAD: Kind(_due_heads, heads.public, _is_right_head),
    withheld.KIND: Kind(withheld.due, withheld.public, withheld.is_right),
    editions.KIND: Kind(
        editions.due, editions.public, editions.is_right, editions.files_of
    ),
    steps.KIND: Kind(steps.due, steps.public, steps.is_right),
}

_listeners: dict[str, Callable[[Body], object]] = {}


def on_received(kind: str, listener: Callable[[Body], object]) -> None:
    """Have `listener(body)` called in the transaction that keeps a new document."""
    _listeners[kind] = listener


def unsent() -> Iterator[tuple[str, str, Body]]:
    """Yield kind, name and public body of every document that has not crossed."""
    for word, kind in KINDS.items():
        due = kind.due()
        known = set(
            model.Session.scalars(
                sa.select(Document.name).where(
                    Document.kind == word, Document.name.in_(due)
                )
            )
        )
        for name, body in due.items():
            if name not in known:
                yield word, name, kind.public(body)


def send_due(site: OpenSite | None = None) -> int:
    """Send every document that is due; return how many crossed.

    Raise `OpenSiteFailed` if the open site is not reached or refuses.
    """
    sent = 0
    for kind, name, body in list(unsent()):
        site = site or OpenSite()
        for sha256, size in KINDS[kind].files(body):
            site.stage(files.existing(sha256), sha256, size, _untold)
        site.receive({"kind": kind, "name": name, "body": body})
        _keep(kind, name, body)
        sent += 1
    return sent


def _untold(_received: int) -> None:
    """Take note of how far a file is: nobody asks."""


def send_again(kind: str, names: Iterable[str]) -> None:
    """Have documents sent once more, for the open site lost files of them. Commits."""
    model.Session.execute(
        sa.delete(Document).where(Document.kind == kind, Document.name.in_(set(names)))
    )
    model.Session.commit()


class Courier:
    """Looks once a minute whether documents are due; failures wait for the next."""

    def __init__(self) -> None:
        self._asked = ""

    def run_if_due(self, minute: str) -> int:
        """Send what is due unless that was tried in the same `minute`."""
        if minute == self._asked:
            return 0
        self._asked = minute
        try:
            return send_due()
        except OpenSiteFailed as err:
            log.warning("publication: documents: %s", err)
            return 0


def receive(kind: Any, name: Any, body: Any) -> dict[str, Any]:
    """Keep a document on the open site; return whether it was there ``already``.

    Raise `DocumentRefused` for an unknown kind, an incomplete or changed document.
    """
    rule = KINDS.get(kind) if isinstance(kind, str) else None
    if rule is None:
        raise DocumentRefused("该类文档不在可发布范围内。")
    named = isinstance(name, str) and 0 < len(name) <= LONGEST_NAME
    if not (named and isinstance(body, dict) and rule.is_right(name, body)):
        raise DocumentRefused("文档不完整或签名不正确。")
    if kind == editions.KIND and editions.withdrawal(name) is not None:
        raise DocumentRefused("该版目录已撤回，不再接收。")
    if not all(editions.is_held(*file) for file in rule.files(body)):
        raise DocumentRefused("文档的文件尚未全部送达，请先发送文件。")
    new = _keep(kind, name, rule.public(body), _listeners.get(kind))
    return {"status": "received" if new else "already", "name": name}


def _keep(
    kind: str,
    name: str,
    body: Body,
    listener: Callable[[Body], object] | None = None,
) -> bool:
    digest = hashlib.sha256(verify.canonical(body)).hexdigest()
    row = {"kind": kind, "name": name, "body": body, "sha256": digest}
    kept = model.Session.execute(
        insert(Document).values(row).on_conflict_do_nothing().returning(Document.name)
    ).first()
    known = model.Session.get(Document, (kind, name))
    if kept is not None and listener is not None:
        listener(body)
    model.Session.commit()
    if known is not None and known.sha256 != digest:
        raise DocumentRefused("该文档此前已接收，且内容不同。")
    return kept is not None


def keep_decision(kind: str, name: str, body: Body) -> None:
    """Keep a decision of this site, from which a document follows. Commits."""
    _keep(kind, name, body)


def received_heads() -> list[Body]:
    """Return the heads of the share site's trail."""
    return editions.bodies(AUDIT_HEAD)
