"""Direct writing: the site user on the command line (restore, `ckanapi load`).

Ids and codes are kept. What is written is in force at once, and its version is kept
like any other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, cast

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.jiangmen import config
from ckanext.jiangmen.catalog import (
    approval,
    codes,
    departments,
    entries,
    former_codes,
    jobs,
    legal_basis_rules,
    revisions,
    stored,
)

Action = Callable[[Context, dict[str, Any]], Any]


def write(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Let core write the package; on the share site keep version and code as well."""
    if context.get("jiangmen_approval") or config.is_open_site():
        return next_action(context, data_dict)
    if isinstance(data_dict.get("information_items"), str):
        data_dict["information_items"] = entries.shape_items(
            data_dict["information_items"]
        )
    former_codes.keep_legacy(data_dict)
    _need_grounds(data_dict)
    data_dict["private"] = not entries.everything_open(data_dict)
    moments = _moments(data_dict)
    result = next_action(context, data_dict)
    if context.get("defer_commit"):
        return result
    package_id = result if isinstance(result, str) else result["id"]
    _keep(package_id, moments)
    jobs.run_now([package_id])
    return result


def _need_grounds(entry: dict[str, Any]) -> None:
    """Raise ValidationError where something is withheld without a complete ground."""
    department = departments.of(str(entry.get("owner_org") or ""))
    if department is None or entry.get("type", entries.TYPE) != entries.TYPE:
        return
    legal_basis_rules.fill(entry, department)
    found = list(legal_basis_rules.check(entry, department))
    if found:
        raise tk.ValidationError(entries.errors_of(found, entry))


def _date_back(package: model.Package, moments: dict[str, dt.datetime]) -> None:
    """Give an entry and its files the moments that they had; core writes today's."""
    if package.id in moments:
        package.metadata_created = moments[package.id]
    for file in package.resources_all:
        if file.id in moments:
            file.metadata_modified = moments[file.id]
    model.Session.flush()


def delete(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Let core delete the package; on the share site its tables are dropped too."""
    return next_action(context, data_dict)


def create_group(
    next_action: Action, context: Context, data_dict: dict[str, Any]
) -> Any:
    """Let core create an organization or a library; one that was dumped is as old."""
    created = _moment(data_dict.get("created"))
    result = next_action(context, data_dict)
    if created is None or context.get("defer_commit"):
        return result
    group = model.Group.get(result if isinstance(result, str) else result["id"])
    if group is not None:
        group.created = created
        model.Session.commit()
    return (
        result if isinstance(result, str) else result | {"created": created.isoformat()}
    )


def _moments(sent: dict[str, Any]) -> dict[str, dt.datetime]:
    """Return when a dumped entry was made, and its files were changed, by id."""
    rows = [(str(sent.get("id")), sent.get("metadata_created"))]
    rows += [
        (str(file.get("id")), file.get("metadata_modified"))
        for file in sent.get("resources") or []
        if isinstance(file, dict)
    ]
    return {key: found for key, said in rows if (found := _moment(said))}


def _moment(said: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(said))
    except ValueError:
        return None


def _keep(package_id: str, moments: dict[str, dt.datetime]) -> None:
    """Keep the package's state as a version, its code and its age as given."""
    session = model.Session
    _date_back(cast(model.Package, model.Package.get(package_id)), moments)
    entry = stored.whole_entry(package_id)
    last = revisions.last_version(session, package_id)
    if entry.get("resource_code"):
        codes.give(session, package_id, ("", "", "", ""), entry["resource_code"])
    said = str(entry.get("version") or "")
    version = max(int(said) if said.isdigit() else 0, (last.version if last else 0) + 1)
    package = cast(model.Package, model.Package.get(package_id))
    package.version = str(version)
    approval.put_in_force(
        session, package_id=package_id, version=version, kind="direct", author=""
    )
    session.commit()
