"""Public texts of editions: what is in them, and how they cross with their files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import departments, files
from ckanext.jiangmen.catalog.editions import shown
from ckanext.jiangmen.catalog.editions.compiling import DIFFERENCE
from ckanext.jiangmen.catalog.editions.render import FORMATS
from ckanext.jiangmen.publication import public_fields
from ckanext.jiangmen.publication.model import (
    DONE,
    PUBLISH,
    WITHDRAW,
    Document,
    Publication,
)
from ckanext.jiangmen.publication.outbox import UNSENT

Body = dict[str, Any]

KIND = "edition"
# Taken back: as it crosses, and as this site has decided.
WITHDRAWAL, DECIDED = "edition_withdrawal", "edition_withdrawal_decided"
FIELDS = ("address", "number", "organization", "date", "counts", "files")
COUNTS = ("entries", "items", "departments", "added", "changed", "retired")
FILE = ("format", "sha256", "size")
ENDINGS = (*FORMATS, DIFFERENCE)
ADDRESS = re.compile(r"(?:[a-z0-9_-]{1,100}-)?[1-9][0-9]{0,8}")
LONGEST_NAME = 100
ENTRIES_AT_ONCE = 200


def published(package_ids: Sequence[str]) -> Iterator[tuple[Body, str]]:
    """Yield entries as the open site shows them now, with their provider's title.

    What is on its way, blocked or being taken back is not among them.
    """
    newest = (
        sa.select(Publication)
        .where(
            sa.or_(
                Publication.state == DONE,
                sa.and_(Publication.verb == WITHDRAW, Publication.state.in_(UNSENT)),
            )
        )
        .distinct(Publication.package_id)
        .order_by(Publication.package_id, Publication.id.desc())
        .subquery()
    )
    here = newest.c.verb == PUBLISH
    code = newest.c.entry["resource_code"].astext
    codes = frozenset(model.Session.scalars(sa.select(code).where(here)))
    titles: dict[str, str] = {}
    query = sa.select(newest.c.entry).where(here, newest.c.package_id.in_(package_ids))
    stream = query.execution_options(yield_per=ENTRIES_AT_ONCE)
    for entry in model.Session.scalars(stream):
        owner = entry["owner_org"]
        if owner not in titles:
            body = departments.of(owner)
            titles[owner] = body["title"] if body else ""
        yield public_fields.project_entry(entry, codes), titles[owner]


# Crossing


def due() -> dict[str, Body]:
    """Return every edition that has a public text, by its address.

    What was decided to be taken back does not cross any more.
    """
    gone = {body["address"] for body in bodies(DECIDED)}
    return {
        body["address"]: body
        for body in shown.public_texts()
        if body["address"] not in gone
    }


def public(body: Body) -> Body:
    """Return what crosses of an edition."""
    counts = {name: body["counts"][name] for name in COUNTS if name in body["counts"]}
    said = {name: body[name] for name in FIELDS}
    kept = [{name: file[name] for name in FILE} for file in body["files"]]
    return said | {"counts": counts, "files": kept}


def files_of(body: Body) -> list[tuple[str, int]]:
    """Return sum and bytes of the files of an edition."""
    return [(file["sha256"], file["size"]) for file in body["files"]]


def is_right(name: str, body: Body) -> bool:
    """Return whether a document is an edition's description and nothing else."""
    try:
        dt.date.fromisoformat(body["date"])
        endings = tuple(file["format"] for file in body["files"])
        return (
            set(body) == set(FIELDS)
            and body["address"] == name
            and ADDRESS.fullmatch(name) is not None
            and type(body["number"]) is int
            and isinstance(body["organization"], str)
            and len(body["organization"]) <= LONGEST_NAME
            and set(body["counts"]) <= set(COUNTS)
            and all(type(count) is int for count in body["counts"].values())
            and endings == ENDINGS
            and all(_is_right_file(file) for file in body["files"])
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _is_right_file(file: Body) -> bool:
    return (
        set(file) == set(FILE)
        and files.SHA256.fullmatch(file["sha256"]) is not None
        and type(file["size"]) is int
    )


# What the open site holds


def bodies(kind: str) -> list[Body]:
    """Return the bodies of all documents of a kind that are kept here."""
    return list(
        model.Session.scalars(sa.select(Document.body).where(Document.kind == kind))
    )


def withdrawal(address: str) -> Body | None:
    """Return the document by which an edition was taken back; None: it was not."""
    row = model.Session.get(Document, (WITHDRAWAL, address.replace("\0", "")))
    return row.body if row is not None else None


def received() -> list[Body]:
    """Return the editions that this site has sent or received, the newest first."""
    gone = {body["address"] for body in bodies(WITHDRAWAL)}
    found = [body for body in bodies(KIND) if body["address"] not in gone]
    return sorted(found, key=lambda e: (e["date"], e["number"]), reverse=True)


def kept_files() -> set[str]:
    """Return the sums of all files of editions."""
    return {file["sha256"] for body in received() for file in body["files"]}


def is_held(sha256: str, size: int) -> bool:
    """Return whether a file lies in the store with its whole length."""
    return files.has(sha256) and files.path(sha256).stat().st_size == size


def incomplete() -> list[str]:
    """Return the addresses of editions that lack a file."""
    return [
        body["address"]
        for body in received()
        if not all(is_held(*file) for file in files_of(body))
    ]
