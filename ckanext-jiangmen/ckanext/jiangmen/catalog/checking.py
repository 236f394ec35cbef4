"""What is wrong with a proposed entry, told without storing anything of it.

The same rules and sentences as saving has; told by field and by item, so that a form
can show each where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckan.types import Context

from ckanext.jiangmen.catalog import departments, entries, lists, proposals, rules
from ckanext.jiangmen.catalog.revisions import Standing
from ckanext.jiangmen.catalog.rules import Problem

MAX_TOLD = 500


def check(
    context: Context, sent: Mapping[str, Any], standing: Standing | None
) -> list[Problem]:
    """Return every broken rule of an entry as sent, the entry's before its items'.

    Of a classified entry nothing but that is said.
    """
    base = standing.newest if standing else None
    entry, unread = entries.shape(sent, base)
    department = departments.of(entry["owner_org"])
    if department is not None:
        entry["owner_org"] = department["id"]
    told = rules.without_derived(entry, base)
    found = rules.check_entry(told, department)
    if rules.is_classified(entry):
        return found
    found += _told(unread, "items_shape")
    found += _told(proposals.wrong_addresses(entry), "address")
    found += _told(proposals.related_elsewhere(entry, base, {}), "related_code")
    if department is None:
        if entry["owner_org"]:
            found.append(Problem("owner_org", "owner", proposals.NO_ORGANIZATION))
    elif base and base.get("owner_org") not in (None, "", entry["owner_org"]):
        found.append(Problem("owner_org", "owner", proposals.OWNER_STAYS))
    else:
        found += _told(proposals.same_title(entry), "title_taken")
    if not found:
        derived = rules.derive(told, department)
        found += _told(proposals.by_schema(context, derived), "schema")
    return found


def _told(errors: Mapping[str, Any], rule: str) -> Iterator[Problem]:
    for field, told in errors.items():
        for sentence in sentences(told):
            yield Problem(field, rule, sentence)


def sentences(found: Any) -> Iterator[str]:
    """Yield every sentence of an error, however deep it lies."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for value in found.values():
            yield from sentences(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from sentences(value)


def shown(found: list[Problem]) -> dict[str, Any]:
    """Return the problems as an answer: their number and the first 500 of them."""
    return {
        "count": len(found),
        "problems": [
            {
                "field": one.field,
                "label": lists.label(
                    one.item_field or one.field, item=one.item is not None
                ),
                "rule": one.rule,
                "message": one.message,
                "item": one.item,
                "item_field": one.item_field,
            }
            for one in found[:MAX_TOLD]
        ],
    }
