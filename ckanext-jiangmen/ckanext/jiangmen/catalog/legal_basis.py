"""Grounds for 不予共享: one of three doors, each with its document (四(二)).

"凡列入不予共享类的，必须有法律、行政法规或党中央、国务院政策依据", or the approval of
the city government, or the written refusal of a superior department. Plain values
here; the rows are in `legal_register`, which lends itself to this module by `use`.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ckanext.jiangmen import clock
from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.catalog.values import text

LAW, CITY, SUPERIOR = "a", "b", "c"
DRAFT, SUBMITTED, IN_FORCE, REFUSED, ENDED = (
    "draft",
    "submitted",
    "in_force",
    "refused",
    "ended",
)
STATES = (DRAFT, SUBMITTED, IN_FORCE, REFUSED, ENDED)

# What a complete door has, in the order in which people fill it in.
REQUIRED = {
    "door": "依据类型",
    "title": "文件名称",
    "document_number": "文号",
    "article": "条款（或具体内容）",
    "authority": "制定或出具机关",
    "issued": "文件日期",
    "sha256": "依据文件",
    "next_check": "下次年度核查日期",
}
LABELS = REQUIRED | {"valid_until": "有效期至"}

YEAR_DAYS = 366
_SPACES_AND_QUOTES = re.compile(r"[\s《》“”\"]+")
_BRACKETS = str.maketrans("〔〕［］【】（）", "[][][]()")


@dataclass(frozen=True, slots=True)
class Basis:
    """One ground as registered by a department; empty fields are "" or None."""

    id: str
    number: str
    owner_org: str
    door: str
    title: str
    document_number: str
    article: str
    authority: str
    issued: dt.date | None
    sha256: str
    valid_until: dt.date | None
    next_check: dt.date | None
    state: str


class Register(Protocol):
    """Where grounds are found."""

    def find(self, reference: str) -> Basis | None:
        """Return the ground with this number or id."""
        ...

    def of(self, organization_id: str) -> Sequence[Basis]:
        """Return the grounds of a department, the newest first."""
        ...


class _Lent:
    """The register that this process asks; None where there is no database."""

    register: Register | None = None


def use(register: Register | None) -> None:
    """Have grounds looked up in `register` from now on."""
    _Lent.register = register


def register() -> Register | None:
    """Return the register in use, None where there is none (the open site)."""
    return _Lent.register


@functools.cache
def door_titles() -> Mapping[str, str]:
    """Return 不予共享依据类型 by door: a, b, c."""
    return {row["door"]: row["value"] for row in lists.choices("legal_basis_type")}


def door_of(value: str) -> str:
    """Return the door of a letter or of a 不予共享依据类型; "" for anything else."""
    wanted = value.strip()
    for door, title in door_titles().items():
        if wanted in {door, title}:
            return door
    return ""


def missing(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (field, sentence) for everything that a complete door still lacks."""
    return [
        (name, f"缺少{label}，请补充。")
        for name, label in REQUIRED.items()
        if fields.get(name) in (None, "")
    ]


def missing_of(basis: Basis) -> list[tuple[str, str]]:
    """Return what a registered ground lacks."""
    return missing({name: getattr(basis, name) for name in REQUIRED})


def withholds(basis: Basis, today: dt.date | None = None) -> bool:
    """Return whether items may be withheld on this ground today.

    Approval by the city counts from the decision on; the other doors from the moment
    they are complete and submitted, so that nothing leaks while they are looked at. A
    term that ended or a yearly check that is overdue reopens what was withheld.
    """
    good = {IN_FORCE} if basis.door == CITY else {SUBMITTED, IN_FORCE}
    return basis.state in good and not lapsed(basis, today)


def lapsed(basis: Basis, today: dt.date | None = None) -> str:
    """Return why time has closed the ground: "expired", "overdue", or ""."""
    day = today or clock.today()
    if basis.valid_until is not None and basis.valid_until < day:
        return "expired"
    if basis.next_check is not None and basis.next_check < day:
        return "overdue"
    return ""


def unusable(basis: Basis, today: dt.date | None = None) -> str:
    """Return why an entry may not name this ground now, one sentence; "" if it may.

    A ground that waits for its decision may be named.
    """
    why = lapsed(basis, today)
    if basis.state == REFUSED:
        return f"依据{basis.number}未获通过，请修改后重新报送，或改为其他共享方式类别。"
    if basis.state == ENDED:
        return f"依据{basis.number}已终止，请另行登记依据，或改为其他共享方式类别。"
    if why == "expired":
        day = basis.valid_until
        return f"依据{basis.number}的有效期已于{day}届满，请更新依据或改变类别。"
    if why == "overdue":
        day = basis.next_check
        return f"依据{basis.number}应于{day}前完成年度核查，请核查后再填报。"
    return ""


def still_withheld(entry: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Return whether what the department declared 不予共享 is withheld today.

    What names no ground, or one that nobody knows, stays closed: it comes from before
    there was a register.
    """
    known = _Lent.register
    reference = text(item.get("legal_basis_id")) or text(entry.get("legal_basis_id"))
    if known is None or not reference:
        return True
    basis = known.find(reference)
    return basis is None or withholds(basis)


def words(basis: Basis) -> str:
    """Return a ground as one phrase: 《title》（number）article."""
    title = basis.title if basis.title.startswith("《") else f"《{basis.title}》"
    return f"{title}（{basis.document_number}）{basis.article}"


# Finding the ground that a department's words are about


def named(
    fields: Mapping[str, Any], organization_id: str, entry: Mapping[str, Any] | None
) -> Basis | None:
    """Return the ground that an entry or item names, its own department's only.

    `fields` are the entry's or the item's. By 依据编号, else, of the entry (`entry` is
    None then), by its words: the document's number or title and its article.
    """
    known = _Lent.register
    if known is None:
        return None
    reference = text(fields.get("legal_basis_id"))
    if reference:
        basis = known.find(reference)
        return basis if basis and basis.owner_org == organization_id else None
    if entry is not None:
        return None
    said, door = text(fields.get("legal_basis")), text(fields.get("legal_basis_type"))
    if not said:
        return None
    return matching(known.of(organization_id), said, door_of(door))


def matching(bases: Sequence[Basis], said: str, door: str) -> Basis | None:
    """Return the ground that a department's words fit best, None if none does.

    Of equals one that may be used now goes first, then the newest.
    """
    plain = _plain(said)
    found = [
        (score, not unusable(basis), -place)
        for place, basis in enumerate(bases)
        if (score := _score(basis, plain, door))
    ]
    return bases[-max(found)[2]] if found else None


def _score(basis: Basis, said: str, door: str) -> int:
    if door and basis.door != door:
        return 0
    if basis.number in said:
        return 100
    number, title = _plain(basis.document_number), _plain(basis.title)
    article = _plain(basis.article)
    by_document = 2 * (bool(number) and number in said) + (
        bool(title) and title in said
    )
    by_article = bool(article) and article in said
    if basis.door == LAW and not by_article:
        return 0
    return 2 * by_document + by_article if by_document else 0


def _plain(value: str) -> str:
    return _SPACES_AND_QUOTES.sub("", value).translate(_BRACKETS)


def references(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield every 依据编号 that an entry or its items carry."""
    items = entry.get("information_items")
    rows = [entry, *(items if isinstance(items, list) else [])]
    for row in rows:
        reference = text(row.get("legal_basis_id")) if isinstance(row, Mapping) else ""
        if reference:
            yield reference
