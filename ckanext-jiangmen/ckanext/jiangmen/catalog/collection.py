"""Remove stored files that no version, no open revision and no resource names."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan import model

from ckanext.jiangmen.catalog import files

NAMED = """
SELECT DISTINCT resource ->> 'sha256'
FROM jiangmen_version, jsonb_array_elements(data -> 'resources') AS resource
UNION
SELECT DISTINCT resource ->> 'sha256'
FROM jiangmen_revision, jsonb_array_elements(data -> 'resources') AS resource
WHERE state NOT IN ('discarded', 'superseded')
UNION
SELECT data -> '_table' ->> 'sha256' FROM jiangmen_unsaved
UNION
SELECT sha256 FROM jiangmen_legal_basis
UNION
SELECT detail ->> 'sha256' FROM jiangmen_legal_basis_event
UNION
SELECT file -> 'sha256' ->> 0 FROM jiangmen_edition,
    jsonb_path_query(files, '$.*.*') AS file
"""


@dataclass(frozen=True)
class Collected:
    """What a collection did: files removed, their bytes, files that stay."""

    removed: int
    size_bytes: int
    kept: int


def named() -> set[str]:
    """Return the sums of all files that something names."""
    rows = model.Session.execute(sa.text(NAMED)).scalars()
    found = {sha256 for sha256 in rows if sha256}
    resource: Any = model.Resource
    extras = model.Session.execute(
        sa.select(resource.extras).where(resource.state == "active")
    ).scalars()
    return found | {row["sha256"] for row in extras if row and row.get("sha256")}


def collect(older_than_s: int = 7 * 86400, *, dry_run: bool = False) -> Collected:
    """Remove files that nothing names and that are older than so many seconds.

    The age keeps what an upload has just put down and not yet named.
    """
    wanted, before = named(), time.time() - older_than_s
    removed = size = kept = 0
    for sha256, stat in files.stored():
        if sha256 in wanted or stat.st_mtime > before:
            kept += 1
            continue
        removed += 1
        size += stat.st_size
        if not dry_run:
            files.remove(sha256)
    return Collected(removed, size, kept)
