"""Core's reading actions, answered by who the caller is.

Every answer is decided from `context["user"]`; `ignore_auth` never widens it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search.common import SolrConnectionError
from ckan.types import Context

from ckanext.jiangmen import config, outages
from ckanext.jiangmen.accounts import acting_as, caller_of
from ckanext.jiangmen.accounts import caller as by_name
from ckanext.jiangmen.audit import trail
from ckanext.jiangmen.catalog import tables_link
from ckanext.jiangmen.catalog.openness import OPEN, item_category
from ckanext.jiangmen.catalog.stored import whole_entry
from ckanext.jiangmen.parameters import number
from ckanext.jiangmen.sharing import callers, decision, projection, purposes
from ckanext.jiangmen.sharing.decision import Standing, Viewer
from ckanext.jiangmen.sharing.grants import Channel
from ckanext.jiangmen.tables import read, registry
from ckanext.jiangmen.tables.projection import Projection

DataDict = dict[str, Any]

# Keys of a package that say something about accounts, not about the entry.
LAST_ROW = 10_000_000
ACCOUNT_KEYS = ("creator_user_id",)
# What a file's description tells of its content, for who may read it as it is, and
# what others get; core's keys stay for its clients.
OF_THE_ORIGINAL = ("sha256", "rows_left_out")
UNTOLD = {"hash": "", "size": None}


def purpose_missing() -> str:
    """Return the sentence that asks for a purpose."""
    return tk._(
        "This data of a base library are read for a purpose: please declare today's "
        "purpose on the entry's page, by jiangmen_purpose_declare, or send it with "
        "the call in the header X-Purpose."
    )


def _is_internal(context: Context) -> bool:
    """Return whether core or a room of ours asks for the package as it is stored."""
    return bool(context.get("jiangmen_whole")) or context.get("validate") is False


@tk.side_effect_free
@tk.chained_action
def package_show(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Return one entry without the items whose existence the caller may not know."""
    if not _is_internal(context):
        # The default schema would hand the items out as they are stored.
        data_dict = {k: v for k, v in data_dict.items() if k != "use_default_schema"}
    try:
        entry = next_action(context, data_dict)
    except (tk.NotAuthorized, tk.ObjectNotFound) as err:
        # Absent and forbidden are one answer: existence is not told.
        raise tk.ObjectNotFound(tk._("There is no such entry.")) from err
    if _is_internal(context):
        return entry
    standing = callers.standing_of(context, entry.get("owner_org"))
    return redact(entry, standing)


@tk.side_effect_free
@tk.chained_action
def resource_show(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Return one file of an entry; absent and forbidden are one answer."""
    try:
        return next_action(context, data_dict)
    except (tk.NotAuthorized, tk.ObjectNotFound) as err:
        raise tk.ObjectNotFound(tk._("Resource was not found.")) from err


@tk.side_effect_free
@tk.chained_action
def resource_view_list(
    next_action: Any, context: Context, data_dict: DataDict
) -> list[DataDict]:
    """Return the views of a file that the caller may know of."""
    if not context.get("ignore_auth"):
        asked = acting_as(context.get("user", ""))
        tk.get_action("resource_show")(asked, {"id": tk.get_or_bust(data_dict, "id")})
    return next_action(context, data_dict)


def redact(entry: DataDict, standing: Standing) -> DataDict:
    """Return `entry` as a caller of `standing` may see it."""
    shown = {key: value for key, value in entry.items() if key not in ACCOUNT_KEYS}
    if standing in decision.READS_PLAIN:
        return shown
    if "information_items" not in entry:
        return shown
    known = entry.get("resources") or []
    if standing not in decision.SEES_EVERYTHING:
        items = decision.visible_items(entry, standing)
        shown["information_items"] = items
        known = [_redact_header(r, items) for r in tables_link.known_files(entry)]
    shown["resources"] = [_redact_original(entry, r, standing) for r in known]
    return shown


def _redact_header(resource: DataDict, items: list[Any]) -> DataDict:
    """Return a file without the headings of columns that the caller may not know."""
    names = {item["name"] for item in items}
    header = [label for label in resource.get("header") or [] if label in names]
    return {**resource, "header": header}


def _redact_original(
    entry: DataDict, resource: DataDict, standing: Standing
) -> DataDict:
    """Return a file without sum and size, unless a caller may read it as it is.

    They tell who has a copy that it is the same, and whether the content changed; the
    original of a table is its owner's only.
    """
    if not tables_link.is_table(resource, entry) and decision.may_read_file(
        entry, Viewer(standing), resource
    ):
        return resource
    told = {k: v for k, v in resource.items() if k not in OF_THE_ORIGINAL}
    return told | UNTOLD


@tk.side_effect_free
@tk.chained_action
def package_search(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Search what the caller's labels allow, private entries included.

    On the share site most entries are private for core (a second lock); a caller
    finds them by its labels. Never where the context says `ignore_auth`: labels
    are not applied there, and the private flag is the only lock left.
    """
    query = {k: v for k, v in data_dict.items() if k != "use_default_schema"}
    if not config.is_open_site():
        query["include_private"] = not context.get("ignore_auth")
        query.pop("include_drafts", None)
        query.pop("include_deleted", None)
    try:
        return next_action(context, query)
    except SolrConnectionError:
        outages.note("index")
        raise


def _visible(context: Context, data_dict: DataDict) -> list[DataDict]:
    """Return the page of entries that a list action of core would give."""
    found = tk.get_action("package_search")(
        acting_as(context.get("user", ""), auth_user_obj=context.get("auth_user_obj")),
        {
            "q": "*:*",
            "sort": "name asc",
            "rows": number(data_dict, "limit", 1000),
            "start": number(data_dict, "offset", 0, LAST_ROW),
        },
    )
    return found["results"]


@tk.side_effect_free
@tk.chained_action
def package_list(next_action: Any, context: Context, data_dict: DataDict) -> list[str]:
    """Return the names of the entries that the caller finds, at most 1,000 a call.

    The platform itself (`ckanapi dump`) gets those of all entries in force.
    """
    if config.is_open_site():
        return next_action(context, data_dict)
    tk.check_access("package_list", context, data_dict)
    if callers.is_platform(context):
        return _every_name(data_dict)
    return [entry["name"] for entry in _visible(context, data_dict)]


def _every_name(data_dict: DataDict) -> list[str]:
    package: Any = model.Package
    query = (
        sa.select(package.name)
        .where(package.state == model.State.ACTIVE, package.type == "dataset")
        .order_by(package.name)
        .limit(number(data_dict, "limit", LAST_ROW, LAST_ROW))
        .offset(number(data_dict, "offset", 0, LAST_ROW))
    )
    return list(model.Session.scalars(query))


@tk.side_effect_free
@tk.chained_action
def current_package_list_with_resources(
    next_action: Any, context: Context, data_dict: DataDict
) -> list[DataDict]:
    """Return the entries that the caller finds, with their files."""
    if config.is_open_site():
        return next_action(context, data_dict)
    tk.check_access("current_package_list_with_resources", context, data_dict)
    return _visible(context, data_dict)


def entry_of(context: Context, resource_id: str) -> DataDict:
    """Return the whole entry that a resource belongs to.

    Raise NotFound where the caller may not see the resource: absent and forbidden
    are one answer.
    """
    resource = model.Resource.get(resource_id)
    user = context.get("user", "")
    try:
        tk.check_access("datastore_search", context, {"resource_id": resource_id})
        if resource is None or resource.state != model.State.ACTIVE:
            raise tk.ObjectNotFound
    except (tk.NotAuthorized, tk.ObjectNotFound) as err:
        raise tk.ObjectNotFound(tk._("There is no such table or file.")) from err
    return _remembered(resource, user)


# Whole entries as they were last read, by id, each with what it was read at: making
# one takes longer than the search that it is needed for.
_whole: OrderedDict[str, tuple[Any, DataDict]] = OrderedDict()
MOST_REMEMBERED = 256


def _remembered(resource: model.Resource, user: str) -> DataDict:
    """Return the whole entry of a resource; nobody may change the dict.

    Each approval writes a new version and moment into the package, a load a new
    moment into the resource. Grants, roles, purposes and grounds are no part of it.
    """
    package_id = str(resource.package_id)
    package = model.Package.get(package_id)
    at = (
        package and (package.metadata_modified, package.extras.get("version")),
        (resource.id, resource.metadata_modified, resource.last_modified),
    )
    known = _whole.get(package_id)
    if known is not None and known[0] == at:
        return known[1]
    entry = tk.get_action("package_show")(
        acting_as(user, ignore_auth=True, jiangmen_whole=True), {"id": package_id}
    )
    _whole[package_id] = (at, entry)
    if len(_whole) > MOST_REMEMBERED:
        _whole.popitem(last=False)
    return entry


@dataclass(frozen=True)
class Access:
    """One table as the caller of an action may read it, by one channel."""

    entry: DataDict
    viewer: Viewer
    projection: Projection

    def still_holds(self, context: Context) -> Callable[[], bool]:
        """Return a question to ask again: whether the same may be read now.

        A purpose that held when the reading began holds until its end.
        """
        caller = caller_of(context)

        def ask() -> bool:
            now = caller if caller.grants is not None else by_name(caller.name)
            try:
                entry = whole_entry(self.entry["id"])
                at = callers.viewer_now(now, entry, self.viewer)
                allowed = projection.project(entry, self.projection.resource_id, at)
            except (projection.NothingReadable, tk.ObjectNotFound):
                return False
            finally:
                model.Session.remove()
            return allowed.hash == self.projection.hash

        return ask

    def note(
        self, context: Context, action: str, shown: Iterable[str], rows: int | None
    ) -> None:
        """Write the read into the trail, before the data are sent.

        `shown` are the columns sent. What is 可社会公开 is anybody's and not noted.
        Raise `TrailUnavailable`.
        """
        columns = set(shown)
        items = [
            str(item["name"])
            for item in self.entry.get("information_items") or []
            if registry.column_of(item) in columns
            and item_category(self.entry, item) != OPEN
        ]
        if config.is_open_site() or not items:
            return
        trail.note_read(
            context,
            action,
            entry_id=self.entry["id"],
            resource_id=self.projection.resource_id,
            items=items,
            rows=rows,
            grants=[grant.id for grant in self.viewer.grants],
            purpose=self.viewer.purpose or purposes.sent_with_request(),
            channel=self.viewer.channel,
        )


def access_to(context: Context, resource_id: str, channel: Channel) -> Access:
    """Return what the caller of an action may read of a table by `channel`.

    Raise NotFound as `entry_of`, NotAuthorized where no column is left or a purpose
    is missing.
    """
    entry = entry_of(context, resource_id)
    if not registry.exists(resource_id):
        raise tk.ObjectNotFound(tk._("There is no such table or file."))
    viewer = callers.viewer_of(context, entry, channel)
    try:
        allowed = projection.project(entry, resource_id, viewer)
    except projection.PurposeMissing as err:
        raise tk.NotAuthorized(purpose_missing()) from err
    except projection.NothingReadable as err:
        raise tk.NotAuthorized(
            tk._(
                "You hold no grant on the data of this table; its department or the "
                "coordinating office can give one."
            )
        ) from err
    return Access(entry, viewer, allowed)


def note_file(
    context: Context, entry: DataDict, resource: DataDict, viewer: Viewer
) -> None:
    """Write into the trail that a file is sent as it is, unless all of it is open."""
    items = [
        str(item["name"])
        for item in entry.get("information_items") or []
        if item_category(entry, item) != OPEN
    ]
    if config.is_open_site() or (not items and decision.strictest(entry) == OPEN):
        return
    trail.note_read(
        context,
        "download",
        entry_id=entry["id"],
        resource_id=resource["id"],
        items=items,
        grants=[grant.id for grant in viewer.grants],
        purpose=viewer.purpose or purposes.sent_with_request(),
        channel=viewer.channel,
    )


def _channel(context: Context) -> Channel:
    """Return how an action is called: by a machine, or by a page of ours."""
    return Channel.SYSTEM if "api_version" in context else Channel.PAGE


@tk.side_effect_free
@tk.chained_action
def datastore_search(
    next_action: Any, context: Context, data_dict: DataDict
) -> DataDict:
    """Search a table: core's parameters and answer, over what the caller may read."""
    access = access_to(context, _resource_id(data_dict), _channel(context))
    # Over HTTP the records are passed on as PostgreSQL wrote them.
    answer = read.search(access.projection, data_dict, lazy="api_version" in context)
    shown = [field["id"] for field in answer["fields"]]
    access.note(context, "datastore_search", shown, _row_count(answer))
    return answer


def _row_count(answer: DataDict) -> int | None:
    """Return how many rows an answer holds; None where that was not counted."""
    records = answer["records"]
    if isinstance(records, list):
        return len(records)
    total = answer.get("total")
    return None if total is None else min(total, int(answer["limit"]))


@tk.side_effect_free
@tk.chained_action
def datastore_info(next_action: Any, context: Context, data_dict: DataDict) -> DataDict:
    """Describe the columns of a table that the caller may read."""
    resource_id = _resource_id(data_dict)
    # First, because it answers alike for what is absent and what is forbidden.
    access = access_to(context, resource_id, _channel(context))
    tk.check_access("datastore_info", context, {"resource_id": resource_id})
    return read.info(access.projection, data_dict)


def _resource_id(data_dict: DataDict) -> str:
    wanted = data_dict.get("resource_id") or data_dict.get("id")
    if not isinstance(wanted, str) or not wanted:
        raise tk.ValidationError({"resource_id": [tk._("Missing value")]})
    if len(wanted) > 100 or "\x00" in wanted:
        raise tk.ObjectNotFound(tk._("There is no such table or file."))
    return wanted


def get_actions() -> dict[str, Any]:
    """Return the actions of this module by name."""
    chained = (
        package_show,
        package_search,
        package_list,
        current_package_list_with_resources,
        resource_show,
        resource_view_list,
        datastore_search,
        datastore_info,
    )
    return {action.__name__: action for action in chained}
