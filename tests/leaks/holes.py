"""Planted holes: each takes one guard away, and the crawl must find every one.

A hole is opened inside the test's process and closed with its `monkeypatch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from leaks.ask import Ask
from leaks.world import World

from ckan import authz, logic, model

Opened = Callable[[Any, Any, World], None]


@dataclass(frozen=True)
class Hole:
    """One guard away: how, and which of the crawl's requests are tried, as whom.

    The same requests are part of every crawl; `groups` and `about` (words, or names in
    `World.ids`, that a request says) only save time.
    """

    name: str
    open: Opened
    groups: frozenset[str]
    about: str
    account: str
    reindexed: tuple[str, ...] = ()

    def asks(self, everything: list[Ask], world: World) -> list[Ask]:
        """Return those of the crawl's requests that are about this guard."""
        words = [world.ids.get(word, word) for word in self.about.split()]
        return [
            ask
            for ask in everything
            if ask.group in self.groups and all(word in ask.said for word in words)
        ]


SHARE: list[Hole] = []
OPEN_SITE: list[Hole] = []


def hole(
    *groups: str,
    about: str = "",
    account: str = "b_cataloguer",
    reindexed: tuple[str, ...] = (),
    site: Any = SHARE,
) -> Callable[[Opened], Opened]:
    """Make a function that opens a hole one of the list.

    `reindexed` names entries whose documents are made by the code with the hole, and
    again after it is closed.
    """

    def keep(function: Opened) -> Opened:
        name = function.__name__
        site.append(Hole(name, function, frozenset(groups), about, account, reindexed))
        return function

    return keep


def _allow(monkeypatch: Any, *names: str) -> None:
    """Let an authorization function say yes to everybody."""

    def yes(context: Any, data_dict: Any = None) -> dict[str, bool]:
        return {"success": True}

    yes.auth_allow_anonymous_access = True  # type: ignore[attr-defined]
    authz._AuthFunctions.get("site_read")
    for name in names:
        monkeypatch.setitem(authz._AuthFunctions._functions, name, yes)


def _stock(monkeypatch: Any, module: Any, *names: str) -> None:
    """Put core's own action in the place of the chained one."""
    logic.get_action("status_show")
    for name in names:
        monkeypatch.setitem(logic._actions, name, _wrapped(getattr(module, name)))


def _wrapped(action: Any) -> Any:
    def call(context: Any = None, data_dict: Any = None) -> Any:
        context = logic._prepopulate_context(context)
        context.setdefault("__auth_audit", [])
        context["__auth_audit"].append((action.__name__, id(action)))
        return action(context, data_dict or {})

    call.side_effect_free = True  # type: ignore[attr-defined]
    return call


def _without(monkeypatch: Any, app: Any, name: str) -> None:
    """Take a function out of those that run before each request."""
    before = app.flask_app.before_request_funcs
    kept = [each for each in before[None] if each.__name__ != name]
    assert len(kept) < len(before[None]), name
    monkeypatch.setitem(before, None, kept)


@contextmanager
def opened(hole: Hole, app: Any, world: World) -> Iterator[None]:
    """Open a hole for the time of a block."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        hole.open(monkeypatch, app, world)
        _reindex(world, hole.reindexed)
        yield
    _reindex(world, hole.reindexed)


def _reindex(world: World, keys: Iterable[str]) -> None:
    from ckan.lib.search import rebuild

    for key in keys:
        rebuild(world.ids[key], force=True)
        model.Session.remove()


# Labels and searches


@hole("search", "action", about="package_search")
def callers_carry_every_label(monkeypatch, app, world):
    from ckanext.jiangmen.sharing import labels

    everybody = ["coordinator", "departments"]
    monkeypatch.setattr(labels, "of_caller", lambda caller: everybody)


@hole("search", about="package_search")
def callers_carry_a_foreign_label(monkeypatch, app, world):
    from ckanext.jiangmen.sharing import labels

    foreign = [labels.owner_label(world.ids["市民政局"])]
    monkeypatch.setattr(labels, "of_caller", lambda caller: foreign)


@hole("facet")
def facets_count_what_is_hidden(monkeypatch, app, world):
    from ckanext.jiangmen.catalog import index

    monkeypatch.setattr(index, "search_params", lambda params: params)


@hole("search", about="package_search", reindexed=("open",))
def whole_items_stand_in_the_index(monkeypatch, app, world):
    from ckanext.jiangmen.catalog import index

    monkeypatch.setattr(index, "_small", lambda package: package)


@hole("action", about="tag_list")
def tags_come_from_the_table(monkeypatch, app, world):
    from ckan.logic.action import get

    _stock(monkeypatch, get, "tag_list")


@hole("action", about="tag_search")
def tags_are_searched_in_the_table(monkeypatch, app, world):
    from ckan.logic.action import get

    _stock(monkeypatch, get, "tag_search")


@hole("words", about="/tag/")
def tags_are_completed_from_the_table(monkeypatch, app, world):
    from ckan.logic.action import get

    _stock(monkeypatch, get, "tag_autocomplete")


@hole("action", about="format_autocomplete")
def formats_come_from_the_table(monkeypatch, app, world):
    from ckan.logic.action import get

    _stock(monkeypatch, get, "format_autocomplete")


# Entries


@hole("action", about="/package_show open")
def hidden_items_are_shown(monkeypatch, app, world):
    from ckanext.jiangmen.sharing.logic import action

    monkeypatch.setattr(action, "redact", lambda entry, standing: entry)


@hole("route", about="/dataset/ open.name")
def every_item_is_visible(monkeypatch, app, world):
    from ckanext.jiangmen.catalog import openness
    from ckanext.jiangmen.sharing import decision

    monkeypatch.setattr(
        decision, "visible_items", lambda entry, standing: openness.items_of(entry)
    )


@hole("action", about="/package_show withheld")
def every_entry_may_be_shown(monkeypatch, app, world):
    _allow(monkeypatch, "package_show")


@hole("action", about="_entry_history open")
def every_history_is_shown(monkeypatch, app, world):
    _allow(monkeypatch, "jiangmen_entry_history")


@hole("action", about="_revision_show draft.revision")
def every_revision_is_shown(monkeypatch, app, world):
    _allow(monkeypatch, "jiangmen_revision_show")


@hole("route", about="/revision/ draft.revision", account="e_cataloguer")
def every_revision_is_readable(monkeypatch, app, world):
    from ckanext.jiangmen.catalog.logic import auth

    monkeypatch.setattr(auth, "may_read", lambda caller, revision: True)


@hole("action", about="revision_list")
def every_revision_is_listed(monkeypatch, app, world):
    from ckanext.jiangmen.catalog.logic import action

    monkeypatch.setattr(action, "_visible", lambda query, caller: query)


@hole("action", about="_publication_show withdrawn")
def every_crossing_is_shown(monkeypatch, app, world):
    _allow(monkeypatch, "jiangmen_publication_show")


@hole("action", about="jobs_list", account="stranger")
def every_job_is_shown(monkeypatch, app, world):
    _allow(monkeypatch, "jiangmen_jobs_list")


# Tables and files


@hole("table", about="datastore_search")
def tables_are_searched_by_core(monkeypatch, app, world):
    from ckanext.datastore.logic import action

    _stock(monkeypatch, action, "datastore_search")


@hole("table", about="datastore_info")
def tables_are_described_by_core(monkeypatch, app, world):
    from ckanext.datastore.logic import action

    _stock(monkeypatch, action, "datastore_info")


@hole("dump", about="/export/")
def every_column_is_projected(monkeypatch, app, world):
    from ckanext.jiangmen.sharing import decision
    from ckanext.jiangmen.sharing.decision import Mode, Reason, Verdict

    def judge(entry, item, viewer):
        return Verdict(item, Reason.OWNER, Mode.PLAIN)

    monkeypatch.setattr(decision, "judge", judge)


@hole("dump", "table", account="e_cataloguer")
def identity_numbers_are_not_masked(monkeypatch, app, world):
    from ckanext.jiangmen import identity

    monkeypatch.setattr(identity, "mask", lambda number, *_: number)


@hole("route", about="/download open.table")
def downloads_are_cores(monkeypatch, app, world):
    from ckanext.jiangmen.sharing.logic import action

    _without(monkeypatch, app, "stand_before_downloads")
    # Core finds no file whose sum it is not told: a second lock.
    monkeypatch.setattr(action, "_redact_original", lambda entry, file, standing: file)


@hole("route", about="/download open.paper")
def every_file_may_be_read(monkeypatch, app, world):
    from ckanext.jiangmen.sharing import decision

    monkeypatch.setattr(decision, "may_read_file", lambda *_: True)


# People


@hole("route", "page", about="/organization/ 市政府办公室", account="")
def the_wall_is_down(monkeypatch, app, world):
    _without(monkeypatch, app, "wall")


@hole("action", about="/member_list 市民政局", account="stranger")
def members_are_listed_to_all(monkeypatch, app, world):
    _allow(monkeypatch, "member_list", "group_show")


@hole("action", about="/user_list", account="stranger")
def accounts_are_listed_to_all(monkeypatch, app, world):
    _allow(monkeypatch, "user_list", "user_show")


@hole("action", about="/user_show c_cataloguer", account="stranger")
def accounts_are_shown_to_all(monkeypatch, app, world):
    _allow(monkeypatch, "user_show")


@hole("action", about="/package_show open")
def sums_of_originals_are_shown(monkeypatch, app, world):
    from ckanext.jiangmen.sharing.logic import action

    monkeypatch.setattr(action, "_redact_original", lambda entry, file, standing: file)


@hole("route", about="/desk/editions/minzhengju-1/full")
def every_text_of_an_edition_is_sent(monkeypatch, app, world):
    from leaks import noted

    from ckanext.jiangmen.catalog.editions import shown

    noted.editions(world)
    monkeypatch.setattr(shown, "texts_of", lambda row, caller: list(row.files))


# Grounds and grants


@hole("action", about="_legal_basis_list")
def every_ground_is_listed(monkeypatch, app, world):
    from ckanext.jiangmen.catalog import legal_shown

    monkeypatch.setattr(legal_shown, "visible", lambda caller: sa.true())


@hole("action", about="_grant_list")
def every_grant_is_listed(monkeypatch, app, world):
    from ckanext.jiangmen.sharing.logic import grant_action

    monkeypatch.setattr(grant_action, "_seen_by", lambda caller: sa.true())


@hole("table", about="/datastore_search conditional.table", account="e_cataloguer")
def grants_do_not_end(monkeypatch, app, world):
    from ckanext.jiangmen.sharing import granting

    monkeypatch.setattr(granting, "is_live", sa.true)


@hole("table", about="/datastore_search conditional.table")
def grants_are_everybodys(monkeypatch, app, world):
    from ckanext.jiangmen.sharing import granting

    monkeypatch.setattr(granting, "_held_by", lambda caller: sa.true())


@hole("search", about="package_search", reindexed=("withheld",))
def withheld_entries_are_labelled_for_all(monkeypatch, app, world):
    from ckanext.jiangmen.sharing import labels

    monkeypatch.setattr(labels, "is_withheld", lambda entry: False)


# The open site: what it leaves out of what it receives, and takes away again


@hole("action", about="/package_show open", account="", site=OPEN_SITE)
def everything_sent_is_stored(monkeypatch, app, world):
    from ckanext.jiangmen.publication import public_fields

    wider = (*public_fields.ENTRY, "remarks", "system_name")
    monkeypatch.setattr(public_fields, "ENTRY", wider)


@hole("search", account="", about="package_search", site=OPEN_SITE)
def withdrawn_entries_stay_in_the_index(monkeypatch, app, world):
    monkeypatch.setattr(logic, "index_remove_package", lambda *_, **__: None)


@hole("action", about="/user_show publication", account="", site=OPEN_SITE)
def accounts_are_shown_on_the_open_site(monkeypatch, app, world):
    _allow(monkeypatch, "user_show", "user_list")
