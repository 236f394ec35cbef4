"""关联资源代码: a code that an entry names is in the catalogue, or marked as foreign.

Codes of other catalogues are written ``外部:代码`` (发改高技〔2017〕1272号).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.types import AlchemySession

from ckanext.jiangmen.catalog import resource_code
from ckanext.jiangmen.catalog.model import Code
from ckanext.jiangmen.catalog.problems import Problem
from ckanext.jiangmen.catalog.values import as_list, quote_short

FIELD = "related_codes"
UNKNOWN = (
    "关联资源代码{code}不在本目录中，请核对；属于其他目录的，请写作“{mark}{plain}”。"
)


def codes_of(entry: Mapping[str, Any]) -> set[str]:
    """Return the related codes that the catalogue itself must have."""
    own = entry.get("resource_code")
    return {
        code
        for code in as_list(entry.get(FIELD))
        if resource_code.is_resource_code(code) and code != own
    }


def in_catalogue(session: AlchemySession, codes: Collection[str]) -> set[str]:
    """Return those of the codes whose entry is in force, by one query."""
    if not codes:
        return set()
    query = (
        sa.select(Code.resource_code)
        .join(model.Package, model.Package.id == Code.package_id)
        .where(Code.resource_code.in_(codes), model.Package.state == model.State.ACTIVE)
    )
    return set(session.scalars(query))


def unknown(codes: Iterable[str], known: Collection[str]) -> list[Problem]:
    """Return a problem for every code that is not among the known ones."""
    mark = resource_code.EXTERNAL_MARK
    return [
        Problem(
            FIELD,
            "related_code",
            UNKNOWN.format(code=quote_short(code), mark=mark, plain=code),
        )
        for code in codes
        if code not in known
    ]
