"""Editions taken off the open site in an emergency: decided here, done there.

The decision is a document that stays on this site; what crosses is another one, for
good: the address of the edition answers 410 with the reason from then on. Both tables
of documents hold it with the same sum: the receipt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.publication import cleanup, detect, editions
from ckanext.jiangmen.publication.errors import WithdrawalRefused
from ckanext.jiangmen.publication.model import Document

Body = dict[str, Any]

KIND, DECIDED = editions.WITHDRAWAL, editions.DECIDED
FIELDS = ("address", "number", "organization", "reason", "withdrawn")
LONGEST_REASON = 500


def body_of(edition: Mapping[str, Any], reason: str, author: str) -> Body:
    """Return the decision of an account (its id) about an edition's public text.

    Raise `WithdrawalRefused` for a reason that may not be public.
    """
    said = reason.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise WithdrawalRefused(
            f"请填写撤回原因，不超过{LONGEST_REASON}个字；原因向社会公开。"
        )
    found = sorted({hit.kind.value for hit in detect.find(detect.plain(said))})
    if found:
        kinds = "、".join(found)
        raise WithdrawalRefused(f"撤回原因向社会公开，其中有{kinds}，请删去后重试。")
    return {
        "address": edition["address"],
        "number": edition["number"],
        "organization": edition["organization"],
        "reason": said,
        "withdrawn": clock.local(clock.now()).replace(microsecond=0).isoformat(),
        "author": author,
    }


def due() -> dict[str, Body]:
    """Return the decisions, by the address of their edition."""
    return {body["address"]: body for body in editions.bodies(DECIDED)}


def public(body: Body) -> Body:
    """Return what crosses of a decision."""
    return {name: body[name] for name in FIELDS}


def is_right(name: str, body: Body) -> bool:
    """Return whether a document is the withdrawal of an edition and nothing else."""
    try:
        moment = dt.datetime.fromisoformat(body["withdrawn"])
        return (
            set(body) == set(FIELDS)
            and body["address"] == name
            and editions.ADDRESS.fullmatch(name) is not None
            and type(body["number"]) is int
            and isinstance(body["organization"], str)
            and len(body["organization"]) <= editions.LONGEST_NAME
            and isinstance(body["reason"], str)
            and 0 < len(body["reason"]) <= LONGEST_REASON
            and moment.tzinfo is not None
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def carry_out(body: Body) -> None:
    """Remove an edition and its files from the open site, which was told to.

    Files go before the transaction ends: what is told twice is done twice.
    """
    row = model.Session.get(Document, (editions.KIND, body["address"]))
    if row is None:
        return
    sums = {sha256 for sha256, _size in editions.files_of(row.body)}
    model.Session.delete(row)
    model.Session.flush()
    for sha256 in sums:
        cleanup.remove_file(sha256)


def listed() -> list[Body]:
    """Return the decisions of this site, each with when the open site has done it."""
    sent = {
        row.name: row.at.isoformat()
        for row in model.Session.scalars(
            sa.select(Document).where(Document.kind == KIND)
        )
    }
    decided = due().values()
    return [public(body) | {"done": sent.get(body["address"])} for body in decided]
