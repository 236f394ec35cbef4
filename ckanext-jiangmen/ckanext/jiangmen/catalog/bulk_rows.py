"""Rows of many new packages, as core's `package_create` writes them one by one.

Validated by the full schema each, then one INSERT per table. A test compares every row
with the one that core writes for the same entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import plugins as lib_plugins
from ckan.lib.navl.dictization_functions import convert
from ckan.types import Context

from ckanext.jiangmen.catalog import entries

Dict = dict[str, Any]
# Any constant that no other advisory lock of the platform uses.
LOCK_TAGS = 1273
# Of a resource's dict core keeps neither in a column nor among the extras.
NOT_KEPT = ("extras", "revision_timestamp", "tracking_summary")
BLANK_COLUMNS = ("url", "format", "hash")


class PackageRefused(Exception):
    """A plugin refuses a package that is written already; nothing of it may stay."""

    def __init__(self, package_id: str) -> None:
        super().__init__(package_id)
        self.package_id = package_id


@dataclass
class Taken:
    """What the database holds of the names and ids that a batch wants to use.

    `shortcuts` holds, per validator of core that asks for it, one that knows.
    """

    names: set[str]
    ids: set[str]
    organizations: set[str]
    shortcuts: dict[Any, Any] = field(default_factory=dict)

    def stands_against(self, package: Mapping[str, Any]) -> bool:
        """Return whether a package needs more than plain INSERTs."""
        files = {file["id"] for file in package["resources"]}
        return (
            package["name"] in self.names
            or bool(self.ids & {package["id"], *files})
            or package["owner_org"] not in self.organizations
        )


def look_up(packages: Iterable[Mapping[str, Any]]) -> Taken:
    """Return what stands in the way of these packages, in one query each."""
    wanted = list(packages)
    package, resource, group = model.Package, model.Resource, model.Group
    files = [file["id"] for each in wanted for file in each["resources"]]
    organization = sa.select(group.id).where(
        _is_in(group.id, {each["owner_org"] for each in wanted}),
        _is_in(group.state, [model.State.ACTIVE]),
    )
    taken = Taken(
        names=_column(package.name, [each["name"] for each in wanted]),
        ids=_column(package.id, [each["id"] for each in wanted])
        | _column(resource.id, files),
        organizations=set(model.Session.scalars(organization)),
    )
    for name, known in (
        ("package_name_validator", lambda name: name not in taken.names),
        ("package_id_does_not_exist", lambda known: known not in taken.ids),
        ("resource_id_does_not_exist", lambda known: known not in taken.ids),
        ("owner_org_validator", lambda known: known in taken.organizations),
    ):
        validator = tk.get_validator(name)
        taken.shortcuts[validator] = _shortcut(validator, known)
    return taken


def _is_in(column: Any, values: Iterable[str]) -> Any:
    return column.in_(list(values))


def _column(column: Any, values: Iterable[str]) -> set[str]:
    return set(model.Session.scalars(sa.select(column).where(_is_in(column, values))))


def _shortcut(validator: Any, is_right: Callable[[str], bool]) -> Any:
    """Return a validator that passes what is known to be right, else asks core's."""

    def known(key: Any, data: Any, errors: Any, context: Any) -> None:
        value = data.get(key)
        if not (isinstance(value, str) and value and is_right(value)):
            convert(validator, key, data, errors, context)

    return known


def validated(package: Dict, context: Context, taken: Taken) -> Dict:
    """Return the package by the full schema of `package_create`.

    Raise ValidationError, without touching the transaction.
    """
    plugin = lib_plugins.lookup_package_plugin(entries.TYPE)
    schema = _Remembering(plugin.create_package_schema(), taken.shortcuts)
    data, errors = lib_plugins.plugin_validate(
        plugin, context, package, schema, "package_create"
    )
    if errors:
        raise tk.ValidationError(errors)
    return data


class _Remembering(dict[Any, Any]):
    """A schema whose validators ask the database only for what is not known yet.

    Core's ask again for every package whether its name, its id and those of its files
    are free and whether its organization exists: most of a validation's time.
    """

    def __init__(self, schema: Mapping[str, Any], shortcuts: dict[Any, Any]) -> None:
        super().__init__()
        self._shortcuts = shortcuts
        for key, validators in schema.items():
            self[key] = validators

    def __setitem__(self, key: Any, validators: Any) -> None:
        # Scheming puts its fields' validators in one by one.
        if isinstance(validators, dict):
            validators = _Remembering(validators, self._shortcuts)
        elif isinstance(validators, list):
            validators = [self._shortcuts.get(each, each) for each in validators]
        super().__setitem__(key, validators)


def insert(checked: list[Dict], creator: str) -> None:
    """Write new packages, validated before, with all that hangs on them.

    `creator` is the id of the account that approves. Raise `PackageRefused` where a
    plugin's hook does; the caller rolls back.
    """
    session = model.Session
    moment = dt.datetime.utcnow()  # noqa: DTZ003 - core's columns have no zone
    for data in checked:
        data["creator_user_id"] = creator
    resources = [row for data in checked for row in _resource_rows(data, moment)]
    for table, rows in (
        (model.package_table, [_package_row(data, moment) for data in checked]),
        (model.resource_table, resources),
        (model.package_tag_table, _tag_rows(checked)),
        (model.member_table, _member_rows(checked)),
    ):
        if rows:
            session.execute(sa.insert(table), rows)


def _package_row(data: Dict, moment: dt.datetime) -> Dict:
    row = {
        column.name: data.get(column.name)
        for column in model.package_table.c
        if column.name != "plugin_data"
    }
    return row | {
        "extras": {each["key"]: each["value"] for each in data.get("extras", [])},
        "state": data.get("state") or model.State.ACTIVE,
        "private": bool(data.get("private")),
        "metadata_created": moment,
        "metadata_modified": data.get("metadata_modified") or moment,
    }


def _resource_rows(data: Dict, moment: dt.datetime) -> list[Dict]:
    columns = {column.name for column in model.resource_table.c} - {"extras"}
    rows = []
    for position, sent in enumerate(data.get("resources") or []):
        resource = {key: sent[key] for key in sent if key not in NOT_KEPT}
        row: Dict = dict.fromkeys(columns) | dict.fromkeys(BLANK_COLUMNS, "")
        row |= {key: resource.pop(key) for key in columns & set(resource)}
        if row["url"] and row["url_type"] == "upload":
            row["url"] = row["url"].rsplit("/", maxsplit=1)[-1]
        row |= {
            "id": row["id"] or entries.new_id(),
            "package_id": data["id"],
            "position": position,
            "state": model.State.ACTIVE,
            "created": row["created"] or moment,
            "metadata_modified": moment,
            "extras": resource,
        }
        sent["id"] = row["id"]
        rows.append(row)
    return rows


def _tag_rows(checked: list[Dict]) -> list[Dict]:
    """Return the rows that tie packages to their tags; new tags are written."""
    names = {tag["name"] for data in checked for tag in data.get("tags") or []}
    known = _known_tags(names)
    if set(known) != names:
        # The table lets two writers make one tag twice: they come one by one.
        model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_TAGS, 0)))
        known = _known_tags(names)
        made = [
            {"id": entries.new_id(), "name": name}
            for name in sorted(names - known.keys())
        ]
        if made:
            model.Session.execute(sa.insert(model.tag_table), made)
        known |= {tag["name"]: tag["id"] for tag in made}
    return [
        {
            "id": entries.new_id(),
            "package_id": data["id"],
            "tag_id": known[name],
            "state": model.State.ACTIVE,
        }
        for data in checked
        for name in dict.fromkeys(tag["name"] for tag in data.get("tags") or [])
    ]


def _known_tags(names: set[str]) -> dict[str, str]:
    tag = model.tag_table
    rows = model.Session.execute(
        sa.select(tag.c["name"], tag.c["id"])
        .where(tag.c["name"].in_(names), tag.c["vocabulary_id"].is_(None))
        .order_by(tag.c["id"].desc())
    )
    return {row.name: row.id for row in rows}


def _member_rows(checked: list[Dict]) -> list[Dict]:
    """Return the rows that put packages into their libraries and organizations."""
    names = {g["name"] for data in checked for g in data.get("groups") or []}
    group: Any = model.Group
    found = model.Session.execute(
        sa.select(group.name, group.id).where(group.name.in_(names))
    )
    known = {row.name: row.id for row in found}
    rows = []
    for data in checked:
        wanted = [known.get(g["name"]) for g in data.get("groups") or []]
        ties = [(each, "public") for each in dict.fromkeys(wanted) if each]
        ties.append((data["owner_org"], "organization"))
        rows += [
            {
                "id": entries.new_id(),
                "table_name": "package",
                "table_id": data["id"],
                "capacity": capacity,
                "group_id": group_id,
                "state": model.State.ACTIVE,
            }
            for group_id, capacity in ties
        ]
    return rows


def tell_plugins(
    checked: list[Dict], found: Mapping[str, Any], context: Context
) -> None:
    """Call core's hooks of a creation; raise `PackageRefused` where one refuses."""
    default_views = tk.config.get("ckan.views.default_views")
    for data in checked:
        try:
            for plugin in p.PluginImplementations(p.IPackageController):
                plugin.create(found[data["id"]])
                plugin.after_dataset_create(context, data)
            if default_views and data.get("resources"):
                tk.get_action("package_create_default_resource_views")(
                    context.copy(), {"package": data}
                )
        except tk.ValidationError as err:
            raise PackageRefused(data["id"]) from err
