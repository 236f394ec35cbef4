"""The guides as data: what each demands, and from which day it is in force (pure)."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.values import text
from ckanext.jiangmen.errors import JiangmenError

FOLDER = "guides"


class NoSuchGuide(JiangmenError):
    """No file of ``schemas/guides/`` has this version, or no way leads to it."""


@dataclass(frozen=True)
class Guide:
    """One version of the guide.

    With `platform_rules` the rules of `catalog.rules` hold besides `required` and
    `choices`. `follows` is the version before it, `migration` the way from there.
    """

    version: str
    title: str
    source: str
    certainty: str
    in_force_from: dt.date
    follows: str = ""
    platform_rules: bool = False
    required: tuple[str, ...] = ()
    item_required: tuple[str, ...] = ()
    choices: Mapping[str, list[str]] = field(default_factory=dict)
    item_choices: Mapping[str, list[str]] = field(default_factory=dict)
    migration: Mapping[str, Any] = field(default_factory=dict)


@functools.cache
def guides() -> Mapping[str, Guide]:
    """Return all guides by version, the oldest first."""
    folder = importlib.resources.files(lists.SCHEMAS).joinpath(FOLDER)
    names = [each.name for each in folder.iterdir() if each.name.endswith(".yaml")]
    rows = [Guide(**lists.read_yaml(f"{FOLDER}/{name}")) for name in names]
    rows.sort(key=lambda guide: guide.in_force_from)
    return MappingProxyType({guide.version: guide for guide in rows})


def get(version: str) -> Guide:
    """Return the guide of a version; raise `NoSuchGuide`."""
    if version not in guides():
        known = "、".join(guides())
        raise NoSuchGuide(f"没有版本为“{version}”的编目指南，请改为：{known}。")
    return guides()[version]


def current() -> str:
    """Return the version that is in force today (Asia/Shanghai)."""
    today = clock.today()
    in_force = [
        version for version, guide in guides().items() if guide.in_force_from <= today
    ]
    return in_force[-1]


def assumed() -> str:
    """Return the version of entries from before versions were kept with them.

    It is the first that has the platform's own rules: they were filed by these.
    """
    return next(version for version, guide in guides().items() if guide.platform_rules)


def state(version: str) -> str:
    """Return whether a version is `superseded`, `current` or `coming`."""
    if version == current():
        return "current"
    return "superseded" if version in before(current()) else "coming"


def superseded_by(version: str) -> str:
    """Return the version in force that took this one's place, "" if none did."""
    if state(version) != "superseded":
        return ""
    return steps(version, current())[0].version


def of(entry: Mapping[str, Any]) -> Guide:
    """Return the guide that an entry was filed under; the present one if unsaid."""
    return guides().get(text(entry.get("schema_version"))) or get(current())


def steps(start: str, end: str) -> list[Guide]:
    """Return the guides on the way from a version to a later one, the last included.

    Raise `NoSuchGuide` where none leads there.
    """
    way: list[Guide] = []
    guide = get(end)
    while guide.version != start:
        way.append(guide)
        if not guide.follows:
            raise NoSuchGuide(f"没有从版本“{start}”到版本“{end}”的调整方案。")
        guide = get(guide.follows)
    return way[::-1]


def before(version: str) -> tuple[str, ...]:
    """Return the versions that lead to this one, the nearest first."""
    found = []
    guide = get(version)
    while guide.follows:
        guide = get(guide.follows)
        found.append(guide.version)
    return tuple(found)
