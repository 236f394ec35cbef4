"""What an entry must say of the grounds for what it withholds (四(二)).

With a department and a register every 不予共享 leads to a complete ground of that
department; without them (a workbook checked by itself) only the words are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.jiangmen.catalog import legal_basis, lists, openness
from ckanext.jiangmen.catalog.legal_basis import Basis
from ckanext.jiangmen.catalog.problems import Problem
from ckanext.jiangmen.catalog.values import is_empty, quote_short, text

Fields = Mapping[str, Any]

RULE, FIELD = "legal_basis", "legal_basis_id"
ITEMS = "information_items"
HOW = "请先在“不予共享依据”中登记，再填写依据编号。"
DOORS = "须有法律行政法规或中央政策、市政府审定、上级部门书面三种依据之一"


def check(entry: Fields, organization: Fields) -> Iterator[Problem]:
    """Yield what is missing of the grounds of everything that is 不予共享."""
    if not openness.declares_withheld(entry):
        return
    if legal_basis.register() is None or not organization.get("id"):
        yield from _check_words(entry)
        return
    owner = str(organization["id"])
    if _leans_on_entry(entry):
        yield from _check_entry(entry, owner)
    for place, item in enumerate(openness.items_of(entry)):
        if _is_withheld(entry, item) and text(item.get(FIELD)):
            basis = legal_basis.named(item, owner, entry)
            for sentence in _wrong(basis, item):
                yield Problem(ITEMS, RULE, sentence, place, FIELD)


def _is_withheld(entry: Fields, item: Fields) -> bool:
    return openness.declared_category(entry, item) == openness.WITHHELD


def _leans_on_entry(entry: Fields) -> bool:
    """Return whether the entry needs a ground of its own, for itself or an item."""
    if text(entry.get("sharing_category")) == openness.WITHHELD:
        return True
    return any(
        _is_withheld(entry, item) and not text(item.get(FIELD))
        for item in openness.items_of(entry)
    )


def _check_words(entry: Fields) -> Iterator[Problem]:
    if text(entry.get(FIELD)):
        return
    for field in ("legal_basis_type", "legal_basis"):
        if is_empty(entry.get(field)):
            message = (
                f"{_what(entry)}为“不予共享”，{DOORS}，请填写{lists.label(field)}。"
            )
            yield Problem(field, RULE, message)


def _what(entry: Fields) -> str:
    if text(entry.get("sharing_category")) == openness.WITHHELD:
        return "共享方式类别"
    items = openness.items_of(entry)
    count = sum(item.get("sharing_category") == openness.WITHHELD for item in items)
    return f"{count}个信息项"


def _check_entry(entry: Fields, owner: str) -> Iterator[Problem]:
    said, kind = text(entry.get("legal_basis")), text(entry.get("legal_basis_type"))
    basis = legal_basis.named(entry, owner, None)
    if basis is None and not text(entry.get(FIELD)):
        if said:
            message = f"没有与“{said[:40]}”相符的本单位依据记录，{HOW}"
            yield Problem(RULE, RULE, message)
            return
        message = (
            f"{_what(entry)}为“不予共享”，{DOORS}，请填写依据编号；尚未登记的，{HOW}"
        )
        yield Problem(FIELD, RULE, message)
        return
    for sentence in _wrong(basis, entry):
        yield Problem(FIELD, RULE, sentence)
    titles = legal_basis.door_titles()
    if basis is not None and kind in titles.values() and kind != titles[basis.door]:
        message = (
            f"依据{basis.number}是“{titles[basis.door]}”，"
            f"与不予共享依据类型“{kind}”不符，请改正。"
        )
        yield Problem("legal_basis_type", RULE, message)


def _wrong(basis: Basis | None, fields: Fields) -> list[str]:
    """Return what keeps a ground from being named, a sentence each."""
    if basis is None:
        return [f"没有编号为{quote_short(text(fields.get(FIELD)))}的本单位依据，{HOW}"]
    lacking = [
        f"依据{basis.number}{sentence}" for _, sentence in legal_basis.missing_of(basis)
    ]
    if lacking:
        return lacking
    if basis.state == legal_basis.DRAFT:
        return [f"依据{basis.number}尚未报送，请报送后再填报。"]
    unusable = legal_basis.unusable(basis)
    return [unusable] if unusable else []


def fill(entry: dict[str, Any], organization: Fields) -> None:
    """Write the numbers and the national words of the grounds that an entry names.

    What is not found stays as it is: `check` says so.
    """
    owner = str(organization.get("id") or "")
    if not owner or not openness.declares_withheld(entry):
        return
    basis = legal_basis.named(entry, owner, None)
    if basis is not None:
        entry[FIELD] = basis.number
        if is_empty(entry.get("legal_basis_type")):
            entry["legal_basis_type"] = legal_basis.door_titles()[basis.door]
        if text(entry.get("legal_basis")) in {"", basis.number}:
            entry["legal_basis"] = legal_basis.words(basis)
    for item in openness.items_of(entry):
        own = legal_basis.named(item, owner, entry) if text(item.get(FIELD)) else None
        if own is not None:
            item[FIELD] = own.number
