"""What the open site really holds: packages, tables, files and documents of the index.

Looked up where it lies, never taken from the state table alone: that is what a
reconciliation is for.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search.common import make_connection
from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.jiangmen.catalog import files
from ckanext.jiangmen.publication import cleanup, editions
from ckanext.jiangmen.publication.model import PUBLISHED, WITHDRAWN, PublicEntry
from ckanext.jiangmen.tables import load

CHUNK_BYTES = 1024 * 1024


def page(after: str, limit: int, *, verify: bool) -> dict[str, Any]:
    """Return one page of entries with what is wrong with each."""
    rows = list(
        model.Session.scalars(
            sa.select(PublicEntry)
            .where(PublicEntry.package_id > after)
            .order_by(PublicEntry.package_id)
            .limit(limit)
            .execution_options(populate_existing=True)
        )
    )
    indexed = _indexed([row.package_id for row in rows])
    answer: dict[str, Any] = {
        "entries": [_entry(row, indexed, verify=verify) for row in rows],
        "next": rows[-1].package_id if len(rows) == limit else "",
    }
    if not after:
        answer["strays"] = strays()
    return answer


def _entry(
    row: PublicEntry, indexed: dict[str, str], *, verify: bool
) -> dict[str, Any]:
    present = row.state == PUBLISHED
    faults = _faults(row, indexed, verify=verify) if present else _remains(row, indexed)
    return {
        "package_id": row.package_id,
        "title": row.title,
        "version": row.version,
        "hash": row.hash,
        "state": row.state,
        "faults": faults,
    }


def _faults(row: PublicEntry, indexed: dict[str, str], *, verify: bool) -> list[str]:
    """Return what is missing or wrong of a published entry, a sentence each."""
    found = []
    package = model.Package.get(row.package_id)
    if package is None or package.state != model.State.ACTIVE or package.private:
        found.append("条目不在数据库中。")
    elif str(package.version) != str(row.version):
        found.append(f"数据库中的版本是 {package.version}，应为 {row.version}。")
    if row.package_id not in indexed:
        found.append("检索索引中没有该条目。")
    elif indexed[row.package_id] not in ("", str(row.version)):
        found.append("检索索引中的版本已旧。")
    ids = {r.id for r in package.resources} if package is not None else set()
    for resource in row.resources:
        if package is not None and resource["id"] not in ids:
            found.append(f"文件 {resource['id']} 不在条目中。")
        found += _file_faults(resource, verify=verify)
    return found


def _file_faults(resource: dict[str, Any], *, verify: bool) -> list[str]:
    found = []
    sha256 = resource.get("sha256")
    if sha256 and not _is_whole(sha256, resource.get("size", 0), verify=verify):
        found.append(f"文件 {sha256[:12]} 缺失或已损坏。")
    if resource.get("table"):
        rows = count_rows(resource["id"])
        if rows is None:
            found.append(f"数据表 {resource['id']} 缺失。")
        elif rows != resource.get("rows"):
            wanted = resource.get("rows")
            found.append(f"数据表 {resource['id']} 有 {rows} 行，应为 {wanted} 行。")
    return found


def _is_whole(sha256: str, size: int, *, verify: bool) -> bool:
    if not files.has(sha256) or files.path(sha256).stat().st_size != size:
        return False
    if not verify:
        return True
    digest = hashlib.sha256()
    with files.path(sha256).open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == sha256


def _remains(row: PublicEntry, indexed: dict[str, str]) -> list[str]:
    """Return what a withdrawal has left behind, a sentence each."""
    found = []
    if row.state != WITHDRAWN:
        found.append("撤回尚未完成。")
    if model.Package.get(row.package_id) is not None:
        found.append("撤回的条目仍在数据库中。")
    if row.package_id in indexed:
        found.append("撤回的条目仍在检索索引中。")
    return found


def count_rows(resource_id: str) -> int | None:
    """Return the number of rows of a table, None if there is no table."""
    with get_read_engine().connect() as connection:
        quoted = sa.sql.quoted_name(resource_id, quote=True)
        there = connection.scalar(
            sa.text("SELECT to_regclass(:name) IS NOT NULL"),
            {"name": f'public."{resource_id}"'},
        )
        if not there:
            return None
        table = sa.table(quoted, schema="public")
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def _indexed(package_ids: list[str]) -> dict[str, str]:
    """Return {id: version} of those entries that the index finds."""
    if not package_ids:
        return {}
    listed = " OR ".join(f'"{package_id}"' for package_id in package_ids)
    answer = make_connection().search(
        "*:*",
        fq=[f"id:({listed})", f'site_id:"{tk.config["ckan.site_id"]}"'],
        fl="id,version",
        rows=len(package_ids),
    )
    return {doc["id"]: str(doc.get("version") or "") for doc in answer.docs}


def strays() -> dict[str, list[str]]:
    """Return ids of packages and tables, and sums of files, that nothing owns.

    `editions` are addresses of those that lack a file of theirs.
    """
    states = sa.select(PublicEntry.package_id)
    packages = model.Session.scalars(
        sa.select(model.Package.id).where(model.Package.id.not_in(states))
    )
    return {
        "packages": list(packages),
        "tables": stray_tables(),
        "files": cleanup.unowned_files(),
        "editions": editions.incomplete(),
    }


def stray_tables() -> list[str]:
    """Return names of tables in the DataStore that no published entry has."""
    owned = {
        resource["id"]
        for resources in model.Session.scalars(sa.select(PublicEntry.resources))
        for resource in resources
    }
    with get_read_engine().connect() as connection:
        names = connection.scalars(
            sa.text(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
                "AND length(tablename) = 36 AND NOT starts_with(tablename, '_')"
            )
        )
        return sorted(set(names) - owned)


def remove_stray_tables() -> int:
    """Drop the tables that no published entry has; return how many."""
    names = stray_tables()
    for name in names:
        load.remove_table(name)
    return len(names)
