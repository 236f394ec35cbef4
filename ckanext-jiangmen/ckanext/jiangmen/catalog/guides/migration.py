"""What becomes of an entry under another guide, and whether it is right there."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.jiangmen.catalog import lists, openness, rules
from ckanext.jiangmen.catalog.guides import versions
from ckanext.jiangmen.catalog.guides.versions import Guide
from ckanext.jiangmen.catalog.rules import Problem
from ckanext.jiangmen.catalog.values import is_empty, quote_short, text

Entry = dict[str, Any]
ITEMS = "information_items"

WIDENS = "按新版指南转换后开放程度会提高，须由提供方确认共享方式类别后修改。"


def migrated(entry: Entry, version: str, organization: Mapping[str, Any]) -> Entry:
    """Return the entry as the guide `version` has it; the argument stays.

    Raise `NoSuchGuide` where no way leads there.
    """
    result = copy.deepcopy(entry)
    for guide in versions.steps(versions.of(entry).version, version):
        way = guide.migration
        _rename(result, way.get("fields") or {})
        _replace(result, way.get("values") or {})
        _fill(result, way.get("defaults") or ())
        for item in result.get(ITEMS) or []:
            _rename(item, way.get("item_fields") or {})
            _replace(item, way.get("item_values") or {})
            _fill(item, way.get("item_defaults") or ())
    told = {k: v for k, v in result.items() if k not in rules.DERIVED_FIELDS}
    return rules.derive(told, organization) | {"schema_version": version}


def _rename(row: Entry, names: Mapping[str, str]) -> None:
    for old, new in names.items():
        value = row.pop(old, None)
        if not is_empty(value) and is_empty(row.get(new)):
            row[new] = value


def _replace(row: Entry, values: Mapping[str, Mapping[str, str]]) -> None:
    for field, new in values.items():
        row[field] = new.get(text(row.get(field)), row.get(field))


def _fill(row: Entry, defaults: Any) -> None:
    for each in defaults:
        fits = all(
            text(row.get(field)) == value
            for field, value in (each.get("when") or {}).items()
        )
        if fits and is_empty(row.get(each["field"])):
            row[each["field"]] = each["value"]


def check(
    entry: Entry, organization: Mapping[str, Any], before: Entry | None = None
) -> list[Problem]:
    """Return what is wrong with an entry under the guide that it names.

    `before` is the entry as it is in force: nothing may become more open without its
    department's word.
    """
    guide = versions.of(entry)
    found = rules.check_entry(entry, organization) if guide.platform_rules else []
    found += _by_guide(guide, entry)
    if before is not None and _widens(before, entry):
        found.append(Problem("sharing_category", "widens", WIDENS))
    return found


def _by_guide(guide: Guide, entry: Entry) -> Iterator[Problem]:
    for field, rule, message in _of_row(entry, guide.required, guide.choices):
        yield Problem(field, rule, message)
    for place, item in enumerate(entry.get(ITEMS) or []):
        wanted, listed = guide.item_required, guide.item_choices
        for field, rule, message in _of_row(item, wanted, listed, item=True):
            yield Problem(ITEMS, rule, message, place, field)


def _of_row(
    row: Entry,
    required: tuple[str, ...],
    choices: Mapping[str, list[str]],
    *,
    item: bool = False,
) -> Iterator[tuple[str, str, str]]:
    """Yield (field, rule, sentence) for what a row lacks or has wrong."""
    for field in required:
        if is_empty(row.get(field)):
            yield field, "required", f"缺少{lists.label(field, item=item)}，请填写。"
    for field, permitted in choices.items():
        value = text(row.get(field))
        if value and value not in permitted:
            label = lists.label(field, item=item)
            listed = "、".join(permitted)
            message = f"{label}{quote_short(value)}不在列表中，请改为：{listed}。"
            yield field, "choice", message


def _widens(before: Entry, after: Entry) -> bool:
    return any(new > old for old, new in zip(_open(before), _open(after), strict=False))


def _open(entry: Entry) -> list[int]:
    """Return how open an entry and each of its items is declared, 0 to 3."""
    own = text(entry.get("sharing_category"))
    return [
        lists.openness(openness.declared_badge(entry)),
        *(
            lists.openness(text(item.get("sharing_category")) or own)
            for item in openness.items_of(entry)
        ),
    ]
