"""Bring the search index to the present state of many packages, in one request.

The documents are built by core, package by package, from what was read for all.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from ckan import logic, model
from ckan.lib.search import index as core_index
from ckan.lib.search.common import make_connection

from ckanext.jiangmen.catalog import bulk_show

# Any constant that no other advisory lock of the platform uses.
LOCK_INDEX = 1274


def bring(
    package_ids: Iterable[str],
    before: Iterable[Callable[[], object]] = (),
    shown: bulk_show.Shown | None = None,
) -> None:
    """Bring the index to the packages' present state; gone ones leave it.

    Neither the index nor the transaction is committed. Until the latter ends no other
    process indexes these packages: an older state never comes after a newer one.
    `before` is called when the packages are ours, to forget what was read earlier;
    `shown` is what a batch has just shown of them.
    """
    ids = sorted(set(package_ids))
    _lock(ids)
    for forget in before:
        forget()
    found = bulk_show.packages(ids)
    active = {
        package_id: package
        for package_id, package in found.items()
        if package.state == model.State.ACTIVE
    }
    for package_id in ids:
        if package_id not in active:
            logic.index_remove_package(package_id)
    documents = documents_of(active, shown)
    if documents:
        make_connection().add(docs=documents, commit=False)


def documents_of(
    found: dict[str, Any], shown: bulk_show.Shown | None = None
) -> list[dict[str, Any]]:
    """Return the search documents of packages, as core would send them one by one."""
    collector = Collector()
    build = index_package_into(collector)
    for plain, entry in bulk_show.both_schemas(found, shown):
        build(
            core_index.PackageSearchIndex(),
            {**plain, "with_custom_schema": entry},
            defer_commit=True,
        )
    return collector.documents


class Collector:
    """Takes documents in the place of a connection."""

    url = ""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []

    def add(self, docs: list[dict[str, Any]], *, commit: bool) -> None:
        """Keep the documents."""
        self.documents += docs


def index_package_into(collector: Collector) -> Any:
    """Return core's `index_package`, sending to `collector`.

    Core builds a document and sends it in one function. Its code is taken with one
    name of its own, because to change the name in core's module would change it for
    every other thread too.
    """
    function = core_index.PackageSearchIndex.index_package
    names = {**function.__globals__, "make_connection": lambda: collector}
    return types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__
    )


def _lock(ids: list[str]) -> None:
    """Wait until no other transaction indexes these packages, in their order."""
    model.Session.execute(
        sa.text(
            "SELECT pg_advisory_xact_lock(:kind, hashtext(id))"
            " FROM unnest(CAST(:ids AS text[])) AS id"
        ),
        {"kind": LOCK_INDEX, "ids": ids},
    )
