"""From a call for an edition to the issued one, or to "nothing changed since".

The work may be killed at any point and done again: until the last statement nothing is
issued, and the number is taken from what is issued.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import config, departments, entries, files, jobs
from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions import snapshot
from ckanext.jiangmen.catalog.editions.document import Content, Document
from ckanext.jiangmen.catalog.editions.errors import EditionBusy, EditionError
from ckanext.jiangmen.catalog.editions.model import (
    FAILED,
    ISSUED,
    RUNNING,
    UNCHANGED,
    WAITING,
    Edition,
)
from ckanext.jiangmen.catalog.editions.render import FORMATS

KIND = "edition"
CONTENT, DIFFERENCE = "content", "difference"
LOCK_FAMILY = 0x4A4D45
# Shares of the work, in per cent: reading, then one part for each file.
READ = 20


def ask(organization_id: str | None, author: str) -> Edition:
    """Write down that an edition is wanted, and the work that makes it. Commits.

    One that waits or runs already is that edition.
    """
    same = Edition.organization_id.is_not_distinct_from(organization_id)
    found = model.Session.scalar(
        sa.select(Edition).where(same, Edition.state.in_((WAITING, RUNNING)))
    )
    if found is not None:
        return found
    row = Edition(
        id=str(uuid.uuid4()),
        organization_id=organization_id,
        state=WAITING,
        day=clock.today(),
        author=author,
        created=clock.now(),
    )
    model.Session.add(row)
    jobs.note(model.Session(), KIND, row.id)
    model.Session.commit()
    return row


def size(organization_id: str | None) -> int:
    """Return how many entries an edition would have."""
    package: Any = model.Package
    query = sa.select(sa.func.count()).where(
        package.state == model.State.ACTIVE, package.type == entries.TYPE
    )
    if organization_id is not None:
        query = query.where(package.owner_org == organization_id)
    return model.Session.scalar(query) or 0


def run(edition_id: str, _payload: Mapping[str, Any] | None = None) -> None:
    """Make the edition; what it cannot be made of is kept as its message.

    Raise `EditionBusy` while another process works for the same department.
    """
    row = model.Session.get(Edition, edition_id, populate_existing=True)
    if row is None or row.state not in {WAITING, RUNNING}:
        return
    organization_id = row.organization_id
    with _alone(organization_id or ""):
        _tell(edition_id, state=RUNNING, progress=0)
        try:
            _compile(edition_id, organization_id)
        except EditionError as err:
            model.Session.rollback()
            _tell(edition_id, state=FAILED, message=str(err), finished=clock.now())


@contextmanager
def _alone(organization_id: str) -> Iterator[None]:
    keys = {"family": LOCK_FAMILY, "thing": organization_id}
    with model.ensure_engine().connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(
            sa.text("SELECT pg_try_advisory_lock(:family, hashtext(:thing))"), keys
        ):
            raise EditionBusy("同一目录正在编制，完成后再试。")
        try:
            yield
        finally:
            connection.execute(
                sa.text("SELECT pg_advisory_unlock(:family, hashtext(:thing))"), keys
            )


def _tell(edition_id: str, **values: Any) -> None:
    """Write how far it is, in a transaction of its own."""
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.update(Edition).where(Edition.id == edition_id).values(**values)
        )


def _compile(edition_id: str, organization_id: str | None) -> None:
    contents = snapshot.take(organization_id)
    before = last_issued(organization_id)
    sums = {text: content.sha256 for text, content in contents.items()}
    if before is not None and sums == _sums(before):
        _tell(
            edition_id,
            state=UNCHANGED,
            progress=100,
            previous_id=before.id,
            message=f"自第{before.number}版以来目录没有变化，未编制新版。",
            finished=clock.now(),
        )
        return
    row = model.Session.get_one(Edition, edition_id, populate_existing=True)
    documents = _documents(row.day, organization_id, contents, before)
    number, previous_id = documents[shape.FULL].number, before.id if before else None
    model.Session.rollback()
    kept = _write(edition_id, documents)
    _tell(
        edition_id,
        state=ISSUED,
        progress=100,
        number=number,
        address=_address(organization_id, number),
        previous_id=previous_id,
        counts={text: _counts(made) for text, made in documents.items()},
        files=kept,
        finished=clock.now(),
    )


def last_issued(organization_id: str | None) -> Edition | None:
    """Return the newest edition of the city or of a department, None before any."""
    return model.Session.scalar(
        sa.select(Edition)
        .where(
            Edition.organization_id.is_not_distinct_from(organization_id),
            Edition.state == ISSUED,
        )
        .order_by(Edition.number.desc())
        .limit(1)
    )


def _sums(row: Edition) -> dict[str, str]:
    return {text: kept[CONTENT]["sha256"] for text, kept in row.files.items()}


def _documents(
    day: dt.date,
    organization_id: str | None,
    contents: Mapping[str, Content],
    before: Edition | None,
) -> dict[str, Document]:
    body = departments.of(organization_id) if organization_id else None
    previous = before.number or 0 if before is not None else 0
    made = {}
    for text, content in contents.items():
        former = content_of(before, text) if before is not None else None
        made[text] = Document(
            number=previous + 1,
            date=day.isoformat(),
            organization=body["title"] if body else "",
            text=text,
            content=content,
            difference=shape.difference(former or Content(()), content),
            previous=previous if former is not None else 0,
        )
    return made


def content_of(row: Edition, text: str) -> Content | None:
    """Return what one text of an edition says; None if it has no such text."""
    kept = row.files.get(text)
    if kept is None:
        return None
    return shape.read_json(files.existing(kept[CONTENT]["sha256"]).read_bytes())


def _address(organization_id: str | None, number: int) -> str:
    if organization_id is None:
        return str(number)
    body = departments.of(organization_id)
    return f"{body['name'] if body else organization_id}-{number}"


def _counts(document: Document) -> dict[str, int]:
    content = document.content
    return {
        "entries": len(content.entries),
        "items": sum(len(entry[shape.ITEMS]) for entry in content.entries),
        "departments": len({entry["department"] for entry in content.entries}),
        "withheld": len(content.withheld),
        **(document.difference.counts if document.previous else {}),
    }


def _write(
    edition_id: str, documents: Mapping[str, Document]
) -> dict[str, dict[str, Any]]:
    """Store every file of every text; return {text: {format: {sha256, size}}}."""
    folder = Path(tk.config["ckan.storage_path"]) / "editions" / edition_id
    # What a killed process has left is of no use.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kept: dict[str, dict[str, Any]] = {text: {} for text in documents}
    total, done = len(documents) * (len(FORMATS) + 2), 0
    try:
        for text, document in documents.items():
            for ending, path in _files(document, folder):
                blob = files.put_path(path)
                path.unlink()
                kept[text][ending] = {"sha256": blob.sha256, "size": blob.size}
                done += 1
                _tell(edition_id, progress=READ + (99 - READ) * done // total)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return kept


def _files(document: Document, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (format, path) of each file as it is written."""
    for ending, made in FORMATS.items():
        path = folder / f"{document.text}.{ending}"
        made.write(document, path, config.edition_font())
        yield ending, path
    path = folder / f"{document.text}.json"
    path.write_bytes(document.content.as_json())
    yield CONTENT, path
    rows = shape.difference_rows(document)
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    yield DIFFERENCE, path
