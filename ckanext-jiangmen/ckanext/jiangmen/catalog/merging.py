"""Three-way merge of an entry: what two people changed since the state both saw.

What only one side touched is taken. A field, an item or a file that both changed in
different ways is a conflict; nobody's words are dropped without being asked.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.jiangmen.catalog import comparison, entries, lists

Row = Mapping[str, Any]
MINE, THEIRS = "mine", "theirs"
MATCHED = {
    comparison.ITEMS: comparison.matched_items,
    comparison.FILES: comparison.matched_files,
}


@dataclass(frozen=True)
class Conflict:
    """A field, or one item or file of it, that both sides changed; None: not there."""

    field: str
    item: str
    base: Any
    theirs: Any
    mine: Any

    @property
    def key(self) -> str:
        """How `take` names it: the field, or the field, a slash and the item."""
        return f"{self.field}/{self.item}" if self.item else self.field

    def as_dict(self) -> dict[str, Any]:
        """Return it as answers show it."""
        label = "文件" if self.field == comparison.FILES else lists.label(self.field)
        return {
            "key": self.key,
            "field": self.field,
            "item": self.item,
            "label": f"{label}：{self.item}" if self.item else label,
            "base": self.base,
            "theirs": self.theirs,
            "mine": self.mine,
        }


def merge(
    base: Row, theirs: Row, mine: Row, take: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[Conflict]]:
    """Return `theirs` with what `mine` changed against `base`, and the conflicts.

    `take` decides conflicts by their keys ("mine" or "theirs"); those are not named.
    """
    merged = copy.deepcopy(dict(theirs))
    chosen = take or {}
    conflicts: list[Conflict] = []
    by_them = entries.changed_fields(base, theirs)
    for field, (old, new) in entries.changed_fields(base, mine).items():
        if field not in by_them:
            merged[field] = copy.deepcopy(mine.get(field))
        elif by_them[field][1] == new:
            continue
        elif field in MATCHED:
            rows = _Rows(field, base, theirs, mine, chosen)
            merged[field] = copy.deepcopy(rows.merged())
            conflicts += rows.conflicts
        elif chosen.get(field) == MINE:
            merged[field] = copy.deepcopy(mine.get(field))
        elif chosen.get(field) != THEIRS:
            conflicts.append(Conflict(field, "", old, by_them[field][1], new))
    return merged, conflicts


class _Rows:
    """The items, or the files, of the three states.

    A row is named by where it was first: ("base", 3), or in the side that added it.
    """

    def __init__(
        self, field: str, base: Row, theirs: Row, mine: Row, take: Mapping[str, str]
    ) -> None:
        self.field, self.take = field, take
        self.rows = {
            "base": list(base.get(field) or []),
            THEIRS: list(theirs.get(field) or []),
            MINE: list(mine.get(field) or []),
        }
        self.plain = {
            side: entries.canonical(field, {field: rows})
            for side, rows in self.rows.items()
        }
        self.places = {side: self._places(side) for side in (THEIRS, MINE)}
        self._pair_up()
        self.conflicts: list[Conflict] = []

    def _places(self, side: str) -> dict[tuple[str, int], int]:
        """Return where a side has each row, in its order."""
        pairs = MATCHED[self.field](self.rows["base"], self.rows[side])
        return {
            ("base", old) if old is not None else (side, new): new
            for old, new in pairs
            if new is not None
        }

    def _pair_up(self) -> None:
        """Take what both added under one name for one row."""
        theirs = {
            self.rows[THEIRS][place].get("name"): row
            for row, place in self.places[THEIRS].items()
            if row[0] == THEIRS
        }
        self.places[MINE] = {
            theirs.get(self.rows[MINE][place].get("name"), row)
            if row[0] == MINE
            else row: place
            for row, place in self.places[MINE].items()
        }

    def merged(self) -> list[Row]:
        """Return the rows of the merge; conflicts that are not decided stay theirs."""
        kept = {row: self._kept(row) for row in self._order()}
        return [value for value in kept.values() if value is not None]

    def _order(self) -> list[tuple[str, int]]:
        """Return all rows: in my order if only I changed it, else in theirs."""
        base = [("base", place) for place in range(len(self.rows["base"]))]
        orders = {side: list(places) for side, places in self.places.items()}
        first, second = THEIRS, MINE
        if _same_order(base, orders[THEIRS]) and not _same_order(base, orders[MINE]):
            first, second = MINE, THEIRS
        order = orders[first]
        for more in (orders[second], base):
            _weave(order, more)
        return order

    def _kept(self, row: tuple[str, int]) -> Row | None:
        base = row[1] if row[0] == "base" else None
        theirs, mine = (self.places[side].get(row) for side in (THEIRS, MINE))
        was = self._plain("base", base)
        now, own = self._plain(THEIRS, theirs), self._plain(MINE, mine)
        if own in (now, was):
            return self._full(THEIRS, theirs)
        if now == was or self._decide(was, now, own):
            return self._full(MINE, mine)
        return self._full(THEIRS, theirs)

    def _decide(self, was: Any, now: Any, own: Any) -> bool:
        """Return whether mine is taken; note the conflict that nobody decided."""
        told = was or now or own
        name = str(told.get("name") or told.get("id") or "")
        conflict = Conflict(self.field, name, was, now, own)
        if self.take.get(conflict.key) not in {MINE, THEIRS}:
            self.conflicts.append(conflict)
        return self.take.get(conflict.key) == MINE

    def _plain(self, side: str, place: int | None) -> Any:
        return self.plain[side][place] if place is not None else None

    def _full(self, side: str, place: int | None) -> Row | None:
        return self.rows[side][place] if place is not None else None


def _same_order(base: Sequence[Any], rows: Sequence[Any]) -> bool:
    known = set(rows)
    wanted = set(base)
    return [row for row in base if row in known] == [r for r in rows if r in wanted]


def _weave(order: list[Any], more: Sequence[Any]) -> None:
    """Put rows that `order` lacks behind the one that they follow in `more`."""
    present, at = set(order), 0
    places = {row: place for place, row in enumerate(order)}
    missing: list[tuple[int, Any]] = []
    for row in more:
        if row in present:
            at = places[row] + 1
        else:
            missing.append((at, row))
    for place, row in reversed(missing):
        order.insert(place, row)
