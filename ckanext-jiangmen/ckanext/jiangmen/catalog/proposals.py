"""From what an account sends to a stored revision: shape, rules, conflict, answer."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import plugins as lib_plugins
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import (
    departments,
    entries,
    former_states,
    merging,
    related,
    revisions,
    rules,
)
from ckanext.jiangmen.catalog.errors import WrongState
from ckanext.jiangmen.catalog.model import OPEN_STATES, Revision
from ckanext.jiangmen.catalog.revisions import Standing

Errors = dict[str, Any]

NAMED = 5

SAME_TITLE = "本单位已有同名的信息资源，请改用其他名称或修改原有资源。"
WRONG_ADDRESS = "第{place}个文件的地址应以 http:// 或 https:// 开头。"
OWNER_STAYS = "信息资源的提供方不能更改；请由新的提供方另行填报。"
NO_ORGANIZATION = "没有这个单位，请填写已登记的信息资源提供方。"


def author_of(context: Context) -> str:
    """Return the id of the calling account; NotAuthorized without one."""
    caller = accounts.caller_of(context)
    if not caller.user_id:
        raise tk.NotAuthorized(tk._("Please sign in first."))
    return caller.user_id


def propose(
    context: Context,
    sent: Mapping[str, Any],
    standing: Standing | None,
    *,
    patch: bool = False,
) -> tuple[dict[str, Any], Revision]:
    """Check what was sent, store it as the entry's open revision and commit.

    What others saved since the state that it was written against is merged; with
    `patch` only the fields that are sent change. Return the proposed entry and the
    revision. Raise ValidationError with {field: [sentences]}; then nothing is stored,
    except that what collides with another's edit is kept aside and named in the error.
    """
    try:
        return _proposed(context, sent, standing, patch=patch)
    except IntegrityError:
        # Somebody opened the entry between our look and our write.
        model.Session.rollback()
        if standing is None:
            raise
        again = revisions.standing(model.Session, standing.package_id, for_update=True)
        return _proposed(context, sent, again, patch=patch)


def _proposed(
    context: Context,
    sent: Mapping[str, Any],
    standing: Standing | None,
    *,
    patch: bool,
) -> tuple[dict[str, Any], Revision]:
    author, session = author_of(context), model.Session()
    newest = standing.newest if standing else None
    seen = former_states.seen(session, standing, sent, author) if standing else None
    base = seen if seen is not None else newest
    mine = checked(context, {**(base or {}), **sent} if patch else sent, base)
    note = str(sent.get("revision_note") or "")
    if standing is None or newest is None or seen == newest:
        return mine, store(context, standing, mine, note=note)
    against = base if patch and seen is None else seen or {}
    entry, both = merging.merge(against or {}, newest, mine)
    if both:
        raise _collision(mine, author, standing, against or {}, both)
    if not entries.changed_fields(entry, mine):
        return mine, store(context, standing, mine, note=note)
    entry = verified(context, entry, newest)
    return entry, store(context, standing, entry, note=note, sent=mine)


def store(
    context: Context,
    standing: Standing | None,
    entry: dict[str, Any],
    *,
    note: str = "",
    sent: dict[str, Any] | None = None,
) -> Revision:
    """Store a checked entry as the entry's open revision and commit.

    `sent` is what its author sent, where `entry` is a merge. Under review an edit is
    kept aside and named in the error.
    """
    author = author_of(context)
    try:
        revision = revisions.save(
            model.Session(), standing, entry, author, note=note, sent=sent
        )
        model.Session.commit()
    except WrongState as err:
        raise set_aside(entry, author, standing, str(err)) from err
    return revision


def _collision(
    mine: dict[str, Any],
    author: str,
    standing: Standing,
    base: Mapping[str, Any],
    both: Sequence[merging.Conflict],
) -> tk.ValidationError:
    """Keep an edit that touches what another touched; return the error with both."""
    opened, session = standing.open, model.Session()
    editor = revisions.last_writer(session, opened.id) if opened else ""
    who = revisions.full_name(editor) if editor else "其他人员"
    listed = "、".join(each.as_dict()["label"] for each in both[:NAMED])
    error = set_aside(mine, author, standing, f"{who}同时修改了{listed}。", base)
    error.error_dict["conflicts"] = [each.as_dict() for each in both]
    return error


def set_aside(
    entry: dict[str, Any],
    author: str,
    standing: Standing | None,
    reason: str,
    base: Mapping[str, Any] | None = None,
) -> tk.ValidationError:
    """Keep an edit that collides with another's; return the error that says so.

    `base` is the state that it was written against.
    """
    version = standing.version if standing is not None else 0
    model.Session.rollback()
    kept = revisions.create(
        model.Session(),
        entry,
        author,
        version,
        state="aside",
        base=dict(base) if base is not None else None,
    )
    model.Session.commit()
    sentence = f"{reason}您的修改没有丢失，已另存为搁置的修订，可比较双方内容后合并。"
    return tk.ValidationError({"revision": [sentence], "aside_revision_id": [kept.id]})


def checked(
    context: Context, sent: Mapping[str, Any], base: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what was sent as a whole, right entry; else raise ValidationError.

    `base` is the entry that it changes, None for a new one.
    """
    entry, errors = entries.shape(sent, base)
    return verified(context, entry, base, errors)


def verified(
    context: Context,
    entry: dict[str, Any],
    base: Mapping[str, Any] | None,
    errors: Errors | None = None,
) -> dict[str, Any]:
    """Return a shaped entry with its derived fields; raise ValidationError if wrong.

    `errors` is what is known to be wrong already.
    """
    department = departments.of(entry["owner_org"])
    if department is not None:
        entry = entry | {"owner_org": department["id"]}
    entry, found = by_rules(entry, department, base)
    if rules.is_classified(entry):
        raise tk.ValidationError(found)
    if base and base.get("owner_org") not in (None, "", entry["owner_org"]):
        found["owner_org"] = [OWNER_STAYS]
    found |= errors or {}
    found |= wrong_addresses(entry)
    found |= related_elsewhere(entry, base, found)
    if department is None and "owner_org" not in found:
        found["owner_org"] = [NO_ORGANIZATION]
    if not found:
        found = by_schema(context, entry) | same_title(entry)
    if found:
        raise tk.ValidationError(found)
    return entry


def by_rules(
    entry: dict[str, Any],
    department: Mapping[str, Any] | None,
    base: Mapping[str, Any] | None,
) -> tuple[dict[str, Any], Errors]:
    """Return the entry with derived fields, and what the rules find wrong with it."""
    told = rules.without_derived(entry, base)
    found = rules.check_entry(told, department)
    return rules.derive(told, department), entries.errors_of(found, entry)


def by_schema(context: Context, entry: dict[str, Any]) -> Errors:
    """Return what the dataset schema finds wrong, as approval would find it."""
    package = model.Package.get(entry["id"])
    plugin = lib_plugins.lookup_package_plugin(entries.TYPE)
    inner = Context(
        user=context.get("user", ""), ignore_auth=True, session=model.Session
    )
    if package is None:
        schema, action = plugin.create_package_schema(), "package_create"
    else:
        schema, action = plugin.update_package_schema(), "package_update"
        inner["package"] = package
    data = copy.deepcopy(entries.packaged(entry, 1))
    _data, errors = lib_plugins.plugin_validate(plugin, inner, data, schema, action)
    return {key: value for key, value in errors.items() if value}


def wrong_addresses(entry: Mapping[str, Any]) -> Errors:
    """Return an error for every address that a browser would not simply open."""
    told = [
        WRONG_ADDRESS.format(place=place)
        for place, resource in enumerate(entry["resources"], 1)
        if resource.get("url_type") != "upload"
        and resource.get("url")
        and not resource["url"].lower().startswith(("http://", "https://"))
    ]
    return {"resources": told} if told else {}


def related_elsewhere(
    entry: Mapping[str, Any], base: Mapping[str, Any] | None, found: Errors
) -> Errors:
    """Return an error for every related code that no entry of the catalogue has.

    Codes that `base` names already are not asked again: the entry behind one may have
    been withdrawn since.
    """
    codes = related.codes_of(entry) - related.codes_of(base or {})
    known = related.in_catalogue(model.Session, codes)
    told = [problem.message for problem in related.unknown(sorted(codes), known)]
    if not told:
        return {}
    return {"related_codes": [*found.get("related_codes", []), *told]}


def same_title(entry: Mapping[str, Any]) -> Errors:
    """Return an error if the department has another entry of this title.

    A workbook finds an entry by its department and title.
    """
    approved = sa.select(model.Package.id).where(
        model.Package.owner_org == entry["owner_org"],
        model.Package.title == entry["title"],
        model.Package.state == model.State.ACTIVE,
        model.Package.id != entry["id"],
    )
    proposed = sa.select(Revision.id).where(
        Revision.owner_org == entry["owner_org"],
        Revision.title == entry["title"],
        Revision.state.in_(OPEN_STATES),
        Revision.package_id != entry["id"],
    )
    for query in (approved, proposed):
        if model.Session.scalar(query.limit(1)):
            return {"title": [SAME_TITLE]}
    return {}


def answer(entry: Mapping[str, Any], revision: Revision) -> dict[str, Any]:
    """Return the proposed entry as the stock writing actions answer it."""
    return {
        **copy.deepcopy(dict(entry)),
        "state": "draft",
        "private": True,
        "revision_id": revision.id,
        "revision_state": revision.state,
        # After a merge: the state as it was sent, so that a client that goes on with
        # its own copy takes nothing of the other's back.
        "lock_version": revision.lock_version - revision.merged,
        "merged": revision.merged,
    }
