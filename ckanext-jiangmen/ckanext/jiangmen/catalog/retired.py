"""What is told of an entry that is in force no more: since when, why, what replaced it.

Its code stays taken and leads here. A retired entry is told to everybody who works
with entries, unless it was withheld; of a withdrawn one only its department and the
coordinating office learn more than that nothing is there.
"""

from __future__ import annotations

from typing import Any

from ckan import model
from ckan.types import AlchemySession

from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import codes, openness, resource_code, revisions
from ckanext.jiangmen.catalog.model import Version

RETIREMENT, WITHDRAWAL = "retirement", "withdrawal"


def find(session: AlchemySession, wanted: str) -> Version | None:
    """Return the version that ended the entry with this id, name or code, if any."""
    package = model.Package.get(wanted)
    package_id = package.id if package is not None else None
    if package_id is None and resource_code.is_resource_code(wanted):
        package_id = codes.owner_of(session, wanted)
    last = revisions.last_version(session, package_id) if package_id else None
    return last if last is not None and last.kind in {RETIREMENT, WITHDRAWAL} else None


def may_know(caller: Caller, ended: Version) -> bool:
    """Return whether an account is told of the end of an entry."""
    if ended.data.get("owner_org") in caller.organizations:
        return True
    if caller.has(Role.COORDINATOR):
        return True
    works = bool(caller.organizations) or caller.has(Role.SECRECY_REVIEWER)
    withheld = openness.declared_badge(ended.data) == openness.WITHHELD
    return works and ended.kind == RETIREMENT and not withheld


def as_dict(session: AlchemySession, ended: Version) -> dict[str, Any]:
    """Return the end of an entry as answers show it; `replaced_by` is its successor."""
    data = ended.data
    return {
        "id": ended.package_id,
        "name": data.get("name") or "",
        "title": data.get("title") or "",
        "resource_code": codes.code_of(session, ended.package_id) or "",
        "kind": ended.kind,
        "version": ended.version,
        "since": ended.approved_at.isoformat(),
        "reason": ended.note,
        "replaced_by": data.get("replaced_by") or "",
    }
