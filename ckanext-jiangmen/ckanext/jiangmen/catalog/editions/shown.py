"""Editions as plain dicts for one caller, with the texts that it may read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import departments, files
from ckanext.jiangmen.catalog.editions import compiling
from ckanext.jiangmen.catalog.editions import document as shape
from ckanext.jiangmen.catalog.editions.model import (
    FAILED,
    ISSUED,
    RUNNING,
    UNCHANGED,
    WAITING,
    Edition,
)
from ckanext.jiangmen.catalog.editions.render import FORMATS

STATE_TITLES = {
    WAITING: "等待编制",
    RUNNING: "正在编制",
    ISSUED: "已发布",
    UNCHANGED: "没有变化",
    FAILED: "未能编制",
}


def texts_of(row: Edition, caller: Caller) -> list[str]:
    """Return the texts of an edition that the caller may read, the fullest first."""
    whole = caller.has(Role.COORDINATOR) or row.organization_id in caller.organizations
    return [t for t in shape.TEXTS if t in row.files and (whole or t != shape.FULL)]


def makes(caller: Caller, organization_id: str | None) -> bool:
    """Return whether the caller may make editions of the city or of a department."""
    if caller.has(Role.COORDINATOR):
        return True
    return organization_id is not None and caller.has(Role.REVIEWER, organization_id)


def visible(caller: Caller) -> sa.ColumnElement[bool]:
    """Return the condition on rows: issued ones, and own calls for one."""
    if caller.has(Role.COORDINATOR):
        return sa.true()
    own = Edition.organization_id.in_(caller.organizations)
    return sa.or_(Edition.state == ISSUED, own)


def find(id_or_address: str, caller: Caller) -> Edition | None:
    """Return an edition by id or address, None where the caller may know of none."""
    if "\0" in id_or_address:  # PostgreSQL's text has none
        return None
    return model.Session.scalar(
        sa.select(Edition)
        .where(
            sa.or_(Edition.id == id_or_address, Edition.address == id_or_address),
            visible(caller),
        )
        .execution_options(populate_existing=True)
    )


def rows(found: Sequence[Edition], caller: Caller) -> list[dict[str, Any]]:
    """Return editions for a list."""
    bodies = departments.by_ids(r.organization_id for r in found if r.organization_id)
    return [_row(row, bodies.get(row.organization_id or ""), caller) for row in found]


def whole(row: Edition, caller: Caller) -> dict[str, Any]:
    """Return one edition with its texts, their files, and the difference.

    A call that found nothing changed has the texts of the edition that still holds.
    """
    shown = rows([row], caller)[0]
    previous = model.Session.get(Edition, row.previous_id) if row.previous_id else None
    shown["previous"] = previous.address if previous is not None else None
    holds = previous if row.state == UNCHANGED and previous is not None else row
    readable = texts_of(holds, caller)
    shown["texts"] = [_text(holds, text, shown["organization"]) for text in readable]
    shown["difference"] = _difference(holds, readable[0]) if readable else []
    return shown


def _row(row: Edition, body: dict[str, Any] | None, caller: Caller) -> dict[str, Any]:
    readable = texts_of(row, caller)
    return {
        "id": row.id,
        "address": row.address,
        "number": row.number,
        "title": shape.title_of(body["title"] if body else ""),
        "organization": body and {k: body[k] for k in ("id", "name", "title")},
        "date": row.day.isoformat(),
        "state": row.state,
        "state_title": STATE_TITLES[row.state],
        "progress": row.progress,
        "message": row.message,
        "counts": row.counts.get(readable[0], {}) if readable else {},
        "created": row.created.isoformat(),
        "finished": row.finished.isoformat() if row.finished else None,
    }


def _text(row: Edition, text: str, body: dict[str, str] | None) -> dict[str, Any]:
    title = body["title"] if body else ""
    return {
        "text": text,
        "title": shape.TEXT_TITLES[text],
        "counts": row.counts[text],
        "files": [
            {
                "format": ending,
                "title": made.title,
                "path": f"/desk/editions/{row.address}/{text}.{ending}",
                "file_name": file_name(title, row.number or 0, text, ending),
                **row.files[text][ending],
            }
            for ending, made in FORMATS.items()
        ],
    }


def file_name(organization: str, number: int, text: str, ending: str) -> str:
    """Return the name under which a file is saved."""
    title = shape.title_of(organization)
    return f"{title}-第{number}版-{shape.TEXT_TITLES[text]}.{ending}"


def _difference(row: Edition, text: str) -> list[dict[str, Any]]:
    kept = row.files[text][compiling.DIFFERENCE]
    return json.loads(files.existing(kept["sha256"]).read_bytes())


def public_texts() -> list[dict[str, Any]]:
    """Return what may cross of every edition that has a public text.

    {address, number, organization (title, "" for the city), date, counts, files:
    [{format, sha256, size}]}; the difference is a file as well.
    """
    issued = list(
        model.Session.scalars(
            sa.select(Edition).where(
                Edition.state == ISSUED, Edition.files.has_key(shape.PUBLIC)
            )
        )
    )
    bodies = departments.by_ids(r.organization_id for r in issued if r.organization_id)
    return [
        {
            "address": row.address,
            "number": row.number,
            "organization": bodies.get(row.organization_id or "", {}).get("title", ""),
            "date": row.day.isoformat(),
            "counts": row.counts[shape.PUBLIC],
            "files": [
                {"format": ending, **row.files[shape.PUBLIC][ending]}
                for ending in (*FORMATS, compiling.DIFFERENCE)
            ],
        }
        for row in issued
    ]
