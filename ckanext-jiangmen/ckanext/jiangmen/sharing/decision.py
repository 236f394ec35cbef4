"""Who may read which information item: the one place where it is decided.

Every channel asks `judge`, and so does the explanation of a refusal: the two cannot
differ (江府办函〔2017〕82号, 四(二)).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.jiangmen.catalog import lists, openness
from ckanext.jiangmen.catalog.openness import (
    OPEN,
    UNCONDITIONAL,
    WITHHELD,
    item_category,
)
from ckanext.jiangmen.sharing.grants import Channel, Grant

Entry = Mapping[str, Any]
Item = Mapping[str, Any]


class Standing(enum.Enum):
    """What a caller is to an entry.

    `PUBLISHED` is everybody on the open site: what lies there is an export by the
    public projection already, and nothing behind it is hidden.
    """

    OWNER = "owner"
    COORDINATOR = "coordinator"
    DEPARTMENT = "department"
    PUBLIC = "public"
    PUBLISHED = "published"
    NOBODY = "nobody"


SEES_EVERYTHING = frozenset({Standing.OWNER, Standing.COORDINATOR, Standing.PUBLISHED})
READS_PLAIN = frozenset({Standing.OWNER, Standing.PUBLISHED})


class Mode(enum.Enum):
    """How the value of an item reaches a reader."""

    PLAIN = "plain"
    MASKED = "masked"


class Reason(enum.StrEnum):
    """Why an item can or cannot be read; the value is the word in answers."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    PUBLISHED = "published"
    OPEN = "open"
    SHARED = "shared"
    GRANTED = "granted"
    PURPOSE_MISSING = "purpose_missing"
    NOT_GRANTED = "not_granted"
    OTHER_CHANNEL = "other_channel"
    OUTSIDE_TOKEN = "outside_token"  # noqa: S105 (a reason, no secret)
    WITHHELD = "withheld"
    NO_BUSINESS = "no_business"


@dataclass(frozen=True)
class Viewer:
    """A caller as the decision about one entry needs it.

    `grants` are the live ones on this entry; `grants_only` is a machine token, which
    reads by its grants and nothing else. `purpose_owed`: the entry lies in a base
    library and no purpose was declared; `purpose` is the one that holds, "" for none.
    """

    standing: Standing
    channel: Channel = Channel.PAGE
    grants: tuple[Grant, ...] = ()
    grants_only: bool = False
    purpose_owed: bool = False
    purpose: str = ""


PUBLIC = Viewer(Standing.PUBLIC)


@dataclass(frozen=True)
class Verdict:
    """The decision on one item.

    `grants` are those it is read by; without any, or with `anyway`, it is read in
    every row.
    """

    item: Item
    reason: Reason
    mode: Mode | None = None
    grants: tuple[Grant, ...] = ()
    anyway: bool = False

    @property
    def readable(self) -> bool:
        """Return whether the item's data may be read at all."""
        return self.mode is not None


def strictest(entry: Entry) -> str:
    """Return the strictest category among the items, the entry's own without items.

    It is the category of a file that is no table.
    """
    items = openness.items_of(entry) or [{}]
    return min((item_category(entry, item) for item in items), key=lists.openness)


def is_withheld(entry: Entry) -> bool:
    """Return whether nothing but 不予共享 is left of the entry."""
    return openness.category_badge(entry) == WITHHELD


def visible_items(entry: Entry, standing: Standing) -> list[Item]:
    """Return the items whose existence a caller of this standing may know of."""
    items: list[Item] = list(openness.items_of(entry))
    if standing in SEES_EVERYTHING:
        return items
    if standing is Standing.DEPARTMENT:
        return [item for item in items if item_category(entry, item) != WITHHELD]
    if standing is Standing.PUBLIC:
        return list(openness.open_items(entry))
    return []


_FIXED = {
    Standing.OWNER: (Reason.OWNER, Mode.PLAIN),
    Standing.PUBLISHED: (Reason.PUBLISHED, Mode.PLAIN),
    Standing.COORDINATOR: (Reason.COORDINATOR, Mode.MASKED),
    Standing.NOBODY: (Reason.NO_BUSINESS, None),
}


def judge(entry: Entry, item: Item, viewer: Viewer) -> Verdict:
    """Return whether `viewer` may read the item's data, how, and why.

    Identity numbers reach nobody in plain but their owner and who holds a grant that
    names the item.
    """
    if viewer.standing in _FIXED:
        return Verdict(item, *_FIXED[viewer.standing])
    category = _category(entry, item)
    if viewer.standing is Standing.PUBLIC:
        mode = Mode.MASKED if category == OPEN else None
        return Verdict(item, Reason.OPEN if mode else Reason.NOT_GRANTED, mode)
    if category == WITHHELD:
        return Verdict(item, Reason.WITHHELD)
    return _judge_department(item, category, viewer)


def _category(entry: Entry, item: Item) -> str:
    """Return the category in force; nothing of a classified entry is open."""
    category = item_category(entry, item)
    secret = entry.get("secrecy") != openness.NOT_CLASSIFIED
    return WITHHELD if secret else category


def _judge_department(item: Item, category: str, viewer: Viewer) -> Verdict:
    named = [g for g in viewer.grants if item.get("name") in g.items]
    usable = tuple(g for g in named if g.covers(str(item["name"]), viewer.channel))
    free = not viewer.grants_only and (
        category == OPEN or (category == UNCONDITIONAL and not viewer.purpose_owed)
    )
    if usable:
        return Verdict(item, Reason.GRANTED, Mode.PLAIN, usable, free)
    if free:
        reason = Reason.OPEN if category == OPEN else Reason.SHARED
        return Verdict(item, reason, Mode.MASKED)
    if named:
        return Verdict(item, Reason.OTHER_CHANNEL)
    if viewer.grants_only:
        return Verdict(item, Reason.OUTSIDE_TOKEN)
    if category == UNCONDITIONAL:
        return Verdict(item, Reason.PURPOSE_MISSING)
    return Verdict(item, Reason.NOT_GRANTED)


def judge_all(entry: Entry, viewer: Viewer) -> list[Verdict]:
    """Return the decision on every item that the viewer may know of."""
    seen = visible_items(entry, viewer.standing)
    return [judge(entry, item, viewer) for item in seen]


def may_read_file(entry: Entry, viewer: Viewer, resource: Mapping[str, Any]) -> bool:
    """Return whether a file that is no table may be read as it is.

    It has a category of its own, by default the strictest among the items; under a
    grant it needs one that names every item in every row.
    """
    if viewer.standing in SEES_EVERYTHING:
        return True
    category = resource.get("sharing_category") or strictest(entry)
    if viewer.standing is Standing.PUBLIC:
        return openness.is_open(entry) and category == OPEN
    secret = entry.get("secrecy") != openness.NOT_CLASSIFIED
    if viewer.standing is Standing.NOBODY or secret or category == WITHHELD:
        return False
    if _granted_whole(entry, viewer):
        return True
    free = OPEN if viewer.purpose_owed else UNCONDITIONAL
    wide = lists.openness(category) >= lists.openness(free)
    return wide and not viewer.grants_only


def _granted_whole(entry: Entry, viewer: Viewer) -> bool:
    """Return whether one grant names every item that may be known, in every row."""
    names = [str(item["name"]) for item in visible_items(entry, viewer.standing)]
    return bool(names) and any(
        grant.rows is None and all(grant.covers(n, viewer.channel) for n in names)
        for grant in viewer.grants
    )


def owes_purpose(entry: Entry, viewer: Viewer) -> bool:
    """Return whether something could be read if only a purpose were declared."""
    return any(
        verdict.reason is Reason.PURPOSE_MISSING for verdict in judge_all(entry, viewer)
    )
