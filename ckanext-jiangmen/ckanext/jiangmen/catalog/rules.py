"""The rules of the catalogue: what an entry must be, and what follows from it.

Every rule of the plan and of the national guide in one place, for the workbook, the
form, the API and the harvesters alike. `problems.RULES` is the table of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.jiangmen.catalog import (
    entry_rules,
    item_rules,
    legal_basis_rules,
    lists,
    openness,
    resource_code,
)
from ckanext.jiangmen.catalog.guides import versions
from ckanext.jiangmen.catalog.openness import (
    category_badge,
    effective_items,
    is_mixed,
    is_open,
    item_category,
    open_items,
)
from ckanext.jiangmen.catalog.problems import RULES, Problem, Rule
from ckanext.jiangmen.catalog.values import as_list, text

__all__ = [
    "DERIVED_FIELDS",
    "RULES",
    "Problem",
    "Rule",
    "category_badge",
    "check_entry",
    "derive",
    "effective_items",
    "is_classified",
    "is_mixed",
    "is_open",
    "item_category",
    "libraries_of",
    "open_items",
    "without_derived",
]

# Written by `derive`; whoever writes an entry cannot set them.
DERIVED_FIELDS = ("share_type", "open_flag", "category_badge")
CLASSIFIED = "涉密属性只能为“非涉密”，涉密资源不得填报，请删除后按保密规定另行处理。"
LIST_FIELDS = ("format_types", "former_codes", "related_codes", "subject_terms")


def is_classified(entry: Mapping[str, Any]) -> bool:
    """Return whether the entry declares a 涉密属性 other than 非涉密.

    Such an entry is refused and nothing of it may be stored, not even in a draft.
    """
    declared = text(entry.get("secrecy"))
    return bool(declared) and declared != openness.NOT_CLASSIFIED


def check_entry(
    entry: Mapping[str, Any], organization: Mapping[str, Any] | None = None
) -> list[Problem]:
    """Return every broken rule, the entry's first, then its items' in order.

    `organization` has `scope` and `class_defaults`; without it the rules that need
    it are left out. Of a classified entry nothing but that is said, so that no word
    of it gets into a message.
    """
    if is_classified(entry):
        return [Problem("secrecy", "secrecy", CLASSIFIED)]
    return [
        *entry_rules.check(entry, organization or {}),
        *legal_basis_rules.check(entry, organization or {}),
        *item_rules.check(entry),
    ]


def derive(
    entry: Mapping[str, Any], organization: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the entry with what the platform itself writes; the argument stays.

    共享类型, 是否向社会开放 and the badge follow from the items; lists become lists, a
    licence its id, empty class and provider code the organization's. Items get their
    列名 and plain defaults only: category and flag stay as typed, because an item
    without one follows its entry (`item_category`, `effective_items`).
    Deriving twice changes nothing.
    """
    result = {
        key: value
        for key, value in entry.items()
        if key not in DERIVED_FIELDS and value is not None
    }
    for field in LIST_FIELDS:
        if field in result:
            result[field] = as_list(result[field])
    if "related_codes" in result:
        result["related_codes"] = [
            resource_code.canonical_related(code) for code in result["related_codes"]
        ]
    if text(result.get("license_id")):
        result["license_id"] = (
            lists.licence_id(text(result["license_id"])) or result["license_id"]
        )
    _fill_from_organization(result, organization or {})
    if isinstance(result.get("information_items"), list):
        result["information_items"] = [
            item_rules.with_defaults(item) for item in openness.items_of(result)
        ]
    legal_basis_rules.fill(result, organization or {})
    # As declared: what time and decisions make of it is computed when it is read.
    badge = openness.declared_badge(result)
    result |= openness.derived_fields(badge)
    if badge == openness.OPEN and not text(result.get("open_condition")):
        result["open_condition"] = "无"
    # Whatever is filed today is filed under the guide of today.
    result["schema_version"] = versions.current()
    return result


def _fill_from_organization(
    result: dict[str, Any], organization: Mapping[str, Any]
) -> None:
    if not any(text(result.get(field)) for field in lists.CLASS_FIELDS):
        result.update(organization.get("class_defaults") or {})
    for field, source in (
        ("provider_code", "credit_code"),
        ("contact_name", "contact_name"),
        ("contact_phone", "contact_phone"),
    ):
        if not text(result.get(field)) and organization.get(source):
            result[field] = organization[source]


def without_derived(
    entry: Mapping[str, Any], base: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the entry without derived fields that say nothing of their own.

    That is: empty, the same as in `base` (an entry read, edited and sent back), or
    what follows anyhow. One that remains contradicts, and `check_entry` says so.
    """
    following = derive(entry)
    before = base or {}
    return {
        key: value
        for key, value in entry.items()
        if key not in DERIVED_FIELDS
        or (text(value) and value not in {text(before.get(key)), following[key]})
    }


def libraries_of(entry: Mapping[str, Any]) -> list[str]:
    """Return the names of the libraries (CKAN groups) that 类, 项 and 目 lead to.

    The longest listed class wins: 1-03-002 before 1-03.
    """
    have = tuple(text(entry.get(field)) for field in lists.CLASS_FIELDS[:3])
    longest = 0
    found: list[str] = []
    for wanted, name in lists.library_classes():
        if len(wanted) < longest:
            break
        if have[: len(wanted)] == wanted:
            longest = len(wanted)
            found.append(name)
    return found
