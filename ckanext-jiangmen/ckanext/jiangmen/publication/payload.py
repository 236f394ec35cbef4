"""What crosses for one version of an entry: metadata and files, projected and scanned.

Built anew for every try, in a folder that is thrown away; nothing of the share site's
own files or columns is in it that the public projection does not give.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.accounts import acting_as_platform
from ckanext.jiangmen.catalog import files, jobs, lists, tables_link
from ckanext.jiangmen.publication import public_fields, scanner
from ckanext.jiangmen.publication.detect import EXCEPTABLE
from ckanext.jiangmen.publication.errors import Blocked, NotYet
from ckanext.jiangmen.publication.model import (
    DONE,
    PUBLISH,
    Publication,
    ReviewedException,
)
from ckanext.jiangmen.publication.scanner import Finding
from ckanext.jiangmen.sharing import decision, projection
from ckanext.jiangmen.tables import export, registry

CHUNK_BYTES = 1024 * 1024

# Ids, codes and shapes are written by the platform; people's words are not in them.
NOT_SCANNED = frozenset(
    {
        "id",
        "name",
        "owner_org",
        "resource_code",
        "related_codes",
        "spatial",
        "schema_version",
    }
)


@dataclass(frozen=True)
class PublicFile:
    """A file that crosses: where it lies, its sum and size, whose it is."""

    path: Path
    sha256: str
    size: int
    name: str
    resource_id: str


@dataclass(frozen=True)
class Payload:
    """What is sent: `metadata` as `jiangmen_publication_receive` takes it."""

    metadata: dict[str, Any]
    files: list[PublicFile]

    @property
    def hash(self) -> str:
        """The sum of what is said; both sides compute it."""
        return public_fields.hash_of(self.metadata)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@contextmanager
def built(row: Publication) -> Iterator[Payload]:
    """Give the payload of a crossing while its folder exists.

    Raise `NotYet` while a table of the entry is still being loaded, and `Blocked`
    where the scanner finds what must not become public.
    """
    entry = row.entry or {}
    _wait_for_tables(row.package_id)
    with TemporaryDirectory(prefix="jiangmen-publication-") as folder:
        resources, public = _resources(entry, Path(folder))
        metadata = {
            "organization": public_fields.project_organization(_organization(entry)),
            "entry": public_fields.project_entry(entry, _public_codes(entry)),
            "resources": resources,
        }
        payload = Payload(metadata, public)
        _stop_if_found(row.package_id, payload)
        yield payload


def _wait_for_tables(package_id: str) -> None:
    """Raise `NotYet` while the share site's own tables lag behind the entry."""
    for job in jobs.waiting():
        if job["package_id"] == package_id and job["kind"] == "load":
            reason = f"：{job['last_error']}" if job["last_error"] else "。"
            raise NotYet(f"数据表尚未载入完成，载入后自动发布{reason}")


def _organization(entry: dict[str, Any]) -> dict[str, Any]:
    return tk.get_action("organization_show")(
        acting_as_platform(),
        {
            "id": entry["owner_org"],
            "include_datasets": False,
            "include_users": False,
            "include_groups": False,
            "include_tags": False,
            "include_followers": False,
            "include_dataset_count": False,
        },
    )


def _public_codes(entry: dict[str, Any]) -> list[str]:
    """Return those of the related codes whose entries are on the open site."""
    wanted = entry.get("related_codes") or []
    if not wanted:
        return []
    code = Publication.entry["resource_code"].astext
    rows = model.Session.scalars(
        sa.select(code).where(
            Publication.verb == PUBLISH, Publication.state == DONE, code.in_(wanted)
        )
    )
    return list(rows)


def _resources(
    entry: dict[str, Any], folder: Path
) -> tuple[list[dict[str, Any]], list[PublicFile]]:
    described: list[dict[str, Any]] = []
    public: list[PublicFile] = []
    for resource in entry.get("resources") or []:
        if tables_link.is_table(resource, entry):
            file = _table(entry, resource, folder)
            if file is not None:
                public.append(file)
                described.append(_described(resource, file, table=True))
        elif not decision.may_read_file(entry, decision.PUBLIC, resource):
            continue
        elif resource.get("sha256"):
            file = _stored(resource)
            public.append(file)
            described.append(_described(resource, file, table=False))
        else:
            described.append(public_fields.project_resource(resource))
    return described, public


def _table(
    entry: dict[str, Any], resource: dict[str, Any], folder: Path
) -> PublicFile | None:
    """Write the public columns of a table as CSV; None if there are none."""
    resource_id = resource["id"]
    if not registry.exists(resource_id):
        raise NotYet("数据表尚未载入，载入后自动发布。")
    try:
        allowed = projection.project(entry, resource_id, decision.PUBLIC)
    except projection.NothingReadable:
        return None
    path = folder / f"{resource_id}.csv"
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as target:
        for chunk in export.export(allowed, "csv"):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    name = PurePath(resource.get("file_name") or resource.get("name") or "数据").stem
    return PublicFile(path, digest.hexdigest(), size, f"{name}.csv", resource_id)


def _stored(resource: dict[str, Any]) -> PublicFile:
    path = files.existing(resource["sha256"])
    name = resource.get("file_name") or resource.get("name") or resource["id"]
    size = path.stat().st_size
    return PublicFile(path, resource["sha256"], size, name, resource["id"])


def _described(
    resource: dict[str, Any], file: PublicFile, *, table: bool
) -> dict[str, Any]:
    """Return how a crossing file is described; a table crosses as CSV."""
    described = dict(resource) | {
        "sha256": file.sha256,
        "size": file.size,
        "file_name": file.name,
        "table": table,
    }
    if table:
        described |= {"format": "CSV", "mimetype": "text/csv"}
        described["header"] = _header(file.path)
        described["url"] = PurePath(str(resource.get("url") or "table")).stem + ".csv"
    return public_fields.project_resource(described)


def _header(path: Path) -> list[str]:
    import csv

    with path.open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream), [])


def _stop_if_found(package_id: str, payload: Payload) -> None:
    """Raise `Blocked` with every find that no reviewed exception lets pass."""
    allowed = {
        (row.kind, row.place_key)
        for row in model.Session.scalars(
            sa.select(ReviewedException).where(
                ReviewedException.package_id == package_id
            )
        )
    }
    found = [
        finding
        for finding in findings_of(payload)
        if finding.kind not in EXCEPTABLE
        or (finding.kind, finding.place_key) not in allowed
    ]
    if found:
        more = f"（共 {len(found)} 处）" if len(found) > 1 else ""
        raise Blocked(
            f"{found[0].message}{more}", [finding.as_dict() for finding in found]
        )


def findings_of(payload: Payload) -> list[Finding]:
    """Return everything that the scanner finds in metadata and files."""
    said = payload.metadata
    fields = {k: v for k, v in said["entry"].items() if k not in NOT_SCANNED}
    labels = {name: lists.label(name) for name in fields}
    found = scanner.scan_fields(fields, labels)
    organization = {"organization": said["organization"].get("description", "")}
    found += scanner.scan_fields(organization, {"organization": "单位简介"})
    for resource in said["resources"]:
        words = {
            f"{name}@{resource['id']}": resource.get(name)
            for name in ("name", "description", "url")
            if name != "url" or not resource.get("sha256")
        }
        titles = {"name": "文件名称", "description": "文件说明", "url": "地址"}
        labelled = {key: titles[key.split("@")[0]] for key in words}
        found += scanner.scan_fields(words, labelled)
    for file in payload.files:
        found += scanner.scan_file(file.path, file.name, file.resource_id)
    return found
