"""Many packages as `package_show` answers them, in a few queries for all of them.

What core reads package by package (`package_dictize`) is read here once for a batch;
the schemas, the plugins and the small conversions are core's own. A test compares.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import logic, model
from ckan.lib import dictization
from ckan.lib import plugins as lib_plugins
from ckan.lib.dictization import model_dictize
from ckan.lib.helpers import helper_functions as h
from ckan.logic.schema import default_show_package_schema
from ckan.types import Context

from ckanext.jiangmen import accounts

Dict = dict[str, Any]
# Per package's id: what was stored of it, as one text, and what that is shown as.
Shown = dict[str, tuple[str, Dict]]
LICENCE_MARK = "::"


def packages(package_ids: Iterable[str]) -> dict[str, Any]:
    """Return the packages with these ids as they stand in the database now.

    The caller keeps them while it works: so `Package.get` needs no query.
    """
    package: Any = model.Package
    found = model.Session.scalars(
        sa.select(package)
        .where(package.id.in_(list(package_ids)))
        .execution_options(populate_existing=True)
    )
    return {each.id: each for each in found}


def whole_entries(found: dict[str, Any], shown: Shown | None = None) -> dict[str, Dict]:
    """Return packages as `stored.whole_entry` gives each of them, by id.

    What is written into `shown` may be given to `both_schemas` afterwards.
    """
    context = _context()
    return {
        package.id: _entry(package, stored, context, {} if shown is None else shown)
        for package, stored in _dictized(found, context)
    }


def both_schemas(
    found: dict[str, Any], shown: Shown | None = None
) -> Iterator[tuple[Dict, Dict]]:
    """Yield each package by core's schema and by ours, as the index takes them."""
    context = _context()
    schema = default_show_package_schema()
    for package, stored in _dictized(found, context):
        plain, _errors = lib_plugins.plugin_validate(
            object(), context, stored, schema, "package_show"
        )
        yield plain, _entry(package, stored, context, shown or {})


def _context() -> Context:
    return accounts.acting_as(
        tk.config["ckan.site_id"],
        ignore_auth=True,
        jiangmen_whole=True,
        use_cache=False,
        model=model,
        session=model.Session,
    )


def _entry(package: Any, stored: Dict, context: Context, shown: Shown) -> Dict:
    """Return a package by our schema, the one in `shown` if nothing has changed."""
    text = json.dumps(stored, sort_keys=True)
    if package.id in shown and shown[package.id][0] == text:
        return shown[package.id][1]
    plugin = lib_plugins.lookup_package_plugin(package.type)
    entry, _errors = lib_plugins.plugin_validate(
        plugin, context, stored, plugin.show_package_schema(), "package_show"
    )
    logic.apply_after_dataset_show_plugins(context, entry)
    shown[package.id] = (text, entry)
    return entry


def _dictized(found: dict[str, Any], context: Context) -> Iterator[tuple[Any, Dict]]:
    """Yield packages and what `package_show` has of them before the schema."""
    if not found:
        return
    ids = list(found)
    resources, tags = _resources(ids), _tags(ids)
    groups = _groups(ids, context)
    organizations = _organizations({p.owner_org for p in found.values()}, context)
    relationships = _relationships(ids, context)
    for package in found.values():
        context["package"] = package
        organization = organizations.get(package.owner_org)
        stored = _own_columns(package, context)
        stored |= {
            "resources": model_dictize.resource_list_dictize(
                resources[package.id], context
            ),
            "tags": tags[package.id],
            "groups": copy.deepcopy(groups[package.id]),
            "organization": copy.deepcopy(organization),
            "relationships_as_subject": relationships["subject"][package.id],
            "relationships_as_object": relationships["object"][package.id],
        }
        stored["num_resources"] = len(stored["resources"])
        stored["num_tags"] = len(stored["tags"])
        _tell_plugins(package, stored)
        yield package, stored


def _own_columns(package: Any, context: Context) -> Dict:
    """Return what stands in the package's own row, its licence explained."""
    stored = dictization.table_dictize(package, context)
    stored["title"] = (stored.get("title") or "").strip() or stored.get("title")
    stored.pop("plugin_data", None)
    stored["extras"] = [
        {"key": key, "value": value} for key, value in (stored["extras"] or {}).items()
    ]
    stored["isopen"] = package.isopen()
    stored["type"] = package.type or "dataset"
    licence = package.license
    if licence and licence.url:
        stored["license_url"] = licence.url
        stored["license_title"] = licence.title.rsplit(LICENCE_MARK, maxsplit=1)[-1]
    else:
        stored["license_title"] = licence.title if licence else package.license_id
    return stored


def _tell_plugins(package: Any, stored: Dict) -> None:
    for plugin in p.PluginImplementations(p.IPackageController):
        plugin.read(package)
    for plugin in p.PluginImplementations(p.IResourceController):
        for resource in stored["resources"]:
            plugin.before_resource_show(resource)


def _resources(ids: Sequence[str]) -> defaultdict[str, list[Any]]:
    table = model.resource_table
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for row in model.Session.execute(
        sa.select(table).where(table.c["package_id"].in_(ids))
    ):
        grouped[row.package_id].append(row)
    return grouped


def _tags(ids: Sequence[str]) -> defaultdict[str, list[Dict]]:
    """Return each package's tags in force, by name."""
    tag, link = model.tag_table, model.package_tag_table
    rows = model.Session.execute(
        sa.select(tag, link.c["state"], link.c["package_id"])
        .join(link, tag.c["id"] == link.c["tag_id"])
        .where(link.c["package_id"].in_(ids), link.c["state"] == model.State.ACTIVE)
    )
    grouped: defaultdict[str, list[Dict]] = defaultdict(list)
    for row in rows:
        shown = dictization.table_dictize(row, Context())
        grouped[shown.pop("package_id")].append(shown | {"display_name": row.name})
    for each in grouped.values():
        each.sort(key=lambda one: one["name"])
    return grouped


def _groups(ids: Sequence[str], context: Context) -> defaultdict[str, list[Dict]]:
    """Return each package's libraries; every library is read once."""
    member, group = model.member_table, model.group_table
    rows = model.Session.execute(
        sa.select(member.c["table_id"], member.c["capacity"], group.c["id"])
        .join(group, group.c["id"] == member.c["group_id"])
        .where(
            member.c["table_id"].in_(ids),
            member.c["state"] == model.State.ACTIVE,
            group.c["is_organization"].is_(False),
        )
    )
    known: dict[tuple[str, str], Dict] = {}
    grouped: defaultdict[str, list[Dict]] = defaultdict(list)
    for package_id, capacity, group_id in rows:
        key = (group_id, capacity)
        if key not in known:
            known[key] = _group(group_id, capacity, context)
        grouped[package_id].append(known[key])
    for each in grouped.values():
        each.sort(key=lambda one: h.strxfrm(one["display_name"]))
    return grouped


def _group(group_id: str, capacity: str, context: Context) -> Dict:
    group = model.group_table
    query = sa.select(group, sa.literal(capacity).label("capacity"))
    rows: Any = model.Session.execute(query.where(group.c["id"] == group_id))
    context["with_capacity"] = False
    return model_dictize.group_list_dictize(rows, context, with_package_counts=False)[0]


def _organizations(ids: Iterable[str | None], context: Context) -> dict[str, Dict]:
    group = model.group_table
    rows: Any = model.Session.execute(
        sa.select(group).where(
            group.c["id"].in_([each for each in ids if each]),
            group.c["state"] == model.State.ACTIVE,
        )
    )
    found = {}
    for organization in dictization.obj_list_dictize(rows, context):
        del organization["extras"]
        found[organization["id"]] = organization
    return found


def _relationships(
    ids: Sequence[str], context: Context
) -> dict[str, defaultdict[str, list[Dict]]]:
    table = model.package_relationship_table
    found: dict[str, defaultdict[str, list[Dict]]] = {}
    for side in ("subject", "object"):
        column = f"{side}_package_id"
        rows: Any = model.Session.execute(
            sa.select(table).where(table.c[column].in_(ids))
        )
        found[side] = defaultdict(list)
        for shown in dictization.obj_list_dictize(rows, context):
            found[side][shown[column]].append(shown)
    return found
