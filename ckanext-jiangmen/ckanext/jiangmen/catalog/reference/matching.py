"""Which entry is what a reference asks for: by name, likeness or somebody's word.

Within a department each entry answers one reference at most, so that filing an entry
takes one line off the list, never two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ckanext.jiangmen.catalog.quality import alike
from ckanext.jiangmen.catalog.survey import cells

#: Half of the pairs of characters are shared, and some: below that, of 110 real titles
#: none that were alike meant the same.
LIKE_ENOUGH = 0.6

SAME = "名称相同"
SAME_ALIAS = "与别名“{alias}”相同"
LIKE = "与“{name}”名称相近，相似度{score:.0%}"
BY_HAND = "由{name}人工确认"


@dataclass(frozen=True)
class Entry:
    """An entry of a department; `filed` is whether it is in force."""

    package_id: str
    title: str
    filed: bool


@dataclass(frozen=True)
class Expected:
    """A reference: its names (title first), and what people decided about it.

    `confirmed` is the id of an entry and who said so; `rejected` are ids.
    """

    id: str
    names: tuple[str, ...]
    confirmed: tuple[str, str] | None = None
    rejected: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Match:
    """The entry that answers a reference, how sure that is (0 to 1), and why."""

    entry: Entry
    score: float
    why: str
    by_hand: bool = False


def key(title: str) -> str:
    """Return a title as names are compared: no spaces, widths or case."""
    return cells.key(cells.clean(title))


def likeness(names: Sequence[str], title: str) -> tuple[float, str]:
    """Return how like a title is to the names of a reference, and why; (0, "") if not.

    >>> likeness(["社会组织登记信息"], "社会组织登记信息")
    (1.0, '名称相同')
    """
    for place, name in enumerate(names):
        if key(name) == key(title):
            return 1.0, SAME_ALIAS.format(alias=name) if place else SAME
    mine = alike.pairs(title)
    score, name = max((alike.likeness(alike.pairs(each), mine), each) for each in names)
    if score < LIKE_ENOUGH:
        return 0.0, ""
    # Equal pairs are not an equal name.
    score = min(score, 0.99)
    return score, LIKE.format(name=name, score=score)


def match(
    expected: Iterable[Expected], entries: Iterable[Entry]
) -> Mapping[str, Match]:
    """Return the matches of one department, by the reference's id.

    What people confirmed comes first; then entries in force, the likest pair first;
    what is left may be answered by a draft.
    """
    listed, there = list(expected), {each.package_id: each for each in entries}
    found: dict[str, Match] = {}
    for each in listed:
        if each.confirmed and each.confirmed[0] in there:
            why = BY_HAND.format(name=each.confirmed[1])
            found[each.id] = Match(there[each.confirmed[0]], 1.0, why, by_hand=True)
    taken = {each.entry.package_id for each in found.values()}
    pairs = [
        (not entry.filed, -score, each.names[0], entry.title, each.id, entry, why)
        for each in listed
        if each.id not in found
        for entry in there.values()
        if entry.package_id not in taken and entry.package_id not in each.rejected
        for score, why in [likeness(each.names, entry.title)]
        if score
    ]
    for _draft, score, _name, _title, wanted, entry, why in sorted(
        pairs, key=lambda pair: (*pair[:5], pair[5].package_id)
    ):
        if wanted not in found and entry.package_id not in taken:
            found[wanted] = Match(entry, -score, why)
            taken.add(entry.package_id)
    return found
