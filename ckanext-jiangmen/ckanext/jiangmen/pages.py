"""What the pages of both sites show in the same way: an entry's fields, files, errors.

Helpers read through actions and decide nothing; what the caller may not see is not in
the dict that `package_show` answers with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen import previews

Entry = Mapping[str, Any]


# Shown elsewhere on an entry's page, or of no use to readers.
NOT_IN_FIELDS = frozenset(
    {
        "title",
        "name",
        "owner_org",
        "notes",
        "information_items",
        "category_badge",
        "license_id",
        "related_codes",
        "schema_version",
        "spatial",
    }
)

LONG_TEXT = 40

CATEGORY_CLASSES = {
    "可社会公开": "jm-badge-open",
    "无条件共享": "jm-badge-free",
    "有条件共享": "jm-badge-conditional",
    "不予共享": "jm-badge-withheld",
}

GROUPS_AT_ONCE = 25
MANY_GROUPS = 1000

EXPORT_FORMATS = (
    ("csv", "CSV"),
    ("xlsx", "XLSX"),
    ("json", "JSON"),
    ("parquet", "Parquet"),
)


# Departments of the city first, base libraries before themes (二, 四(一)).
KIND_ORDER = ("市直部门", "中直省直驻江门单位", "市区", "基础库", "主题库")
LATIN, HAN = re.compile("[A-Za-z]"), re.compile("[\u4e00-\u9fff]")


def jiangmen_field_label(name: str) -> str:
    """Return the label of an entry's field, from the schema."""
    field = _schema_fields("dataset_fields").get(name)
    return tk.h.scheming_language_text(field["label"]) if field else name


def _schema_fields(part: str) -> dict[str, Any]:
    schema = tk.h.scheming_get_dataset_schema("dataset") or {}
    return {field["field_name"]: field for field in schema.get(part, [])}


def jiangmen_field_value(value: Any, name: str = "") -> str:
    """Return a field's value as text; lists are joined by 、, choices get labels."""
    if value in (None, "", [], {}):
        return ""
    labels = _choice_labels(name)
    if isinstance(value, list | tuple):
        return "、".join(labels.get(str(part), str(part)) for part in value)
    if isinstance(value, bool):
        return tk._("Yes") if value else tk._("No")
    return labels.get(str(value), str(value))


def _choice_labels(name: str) -> dict[str, str]:
    field = _schema_fields("dataset_fields").get(name) if name else None
    if not field or not (field.get("choices") or field.get("choices_helper")):
        return {}
    choices = tk.h.scheming_field_choices(field) or []
    return {
        str(choice["value"]): tk.h.scheming_language_text(
            choice.get("label", choice["value"])
        )
        for choice in choices
    }


def jiangmen_entry_fields(entry: Entry) -> list[dict[str, Any]]:
    """Return an entry's filled fields by the sections of the schema.

    [{title, fields: [{name, label, value, wide}]}]
    """
    schema = tk.h.scheming_get_dataset_schema("dataset") or {}
    groups = []
    for section in schema.get("sections", []):
        fields = [
            _field(entry, field)
            for field in schema["dataset_fields"]
            if field.get("section") == section["name"]
            and field["field_name"] not in NOT_IN_FIELDS
        ]
        fields = [field for field in fields if field["value"]]
        if fields:
            title = tk.h.scheming_language_text(section["label"])
            groups.append({"title": title, "fields": fields})
    return groups


def _field(entry: Entry, field: Mapping[str, Any]) -> dict[str, Any]:
    name = field["field_name"]
    value = jiangmen_field_value(entry.get(name), name)
    return {
        "name": name,
        "label": tk.h.scheming_language_text(field["label"]),
        "value": value,
        "wide": len(value) > LONG_TEXT,
    }


def jiangmen_category_class(category: str | None) -> str:
    """Return the style of a sharing category's badge."""
    return CATEGORY_CLASSES.get(category or "", "")


def jiangmen_entry_category(entry: Entry) -> str:
    """Return the category on an entry's badge: the most open one among its items."""
    return entry.get("category_badge") or entry.get("sharing_category") or ""


def jiangmen_licence(entry: Entry) -> dict[str, str]:
    """Return title and address of an entry's licence; empty without one."""
    title = jiangmen_field_value(entry.get("license_id"), "license_id")
    if not title or title == entry.get("license_id"):
        title = entry.get("license_title") or title
    return {"title": title, "url": entry.get("license_url") or ""}


def jiangmen_page_number(name: str = "page") -> int:
    """Return the page asked for in the address; 1 where it is no positive number."""
    value = tk.request.args.get(name, "1")
    return int(value) if value.isascii() and value.isdigit() and int(value) else 1


def jiangmen_size(size: Any) -> str:
    """Return a number of bytes as text, as in 1.2 MB."""
    try:
        amount = float(size)
    except (TypeError, ValueError):
        return ""
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""


def jiangmen_export_formats() -> tuple[tuple[str, str], ...]:
    """Return the formats a table is downloaded in: (part of the address, label)."""
    return EXPORT_FORMATS


def jiangmen_extra(group: Mapping[str, Any], name: str) -> Any:
    """Return a field of an organization or a library.

    Lists of them carry it in `extras`, single ones as a key.
    """
    if group.get(name):
        return group[name]
    for extra in group.get("extras") or []:
        if extra.get("key") == name:
            return extra.get("value") or ""
    return ""


def jiangmen_all_groups(kind: str, q: str = "") -> list[dict[str, Any]]:
    """Return all organizations or libraries the caller may see, by title.

    :param kind: organization or group
    :param q: only those with this text in their name
    """
    found: list[dict[str, Any]] = []
    while len(found) < MANY_GROUPS:
        part = tk.get_action(f"{kind}_list")(
            {"user": tk.current_user.name},
            {
                "all_fields": True,
                "include_extras": True,
                "include_dataset_count": True,
                "q": q,
                "sort": "title asc",
                "limit": GROUPS_AT_ONCE,
                "offset": len(found),
            },
        )
        found += part
        # Core answers with fewer than asked for: 25 unless configured.
        if not part:
            break
    return found


def jiangmen_by_kind(
    groups: list[dict[str, Any]], name: str = "org_kind"
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return organizations or libraries grouped by their kind, in KIND_ORDER."""
    found: dict[str, list[dict[str, Any]]] = {}
    for group in groups:
        found.setdefault(jiangmen_extra(group, name), []).append(group)
    return sorted(
        found.items(),
        key=lambda pair: (
            KIND_ORDER.index(pair[0]) if pair[0] in KIND_ORDER else len(KIND_ORDER)
        ),
    )


def jiangmen_library_members(group: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return a library's departments by role: [(label of the role, names)]."""
    members = jiangmen_extra(group, "members_by_role") or {}
    if isinstance(members, str):
        members = json.loads(members)
    labels = {
        "lead": tk._("Leading departments"),
        "coordinating": tk._("Coordinating departments"),
        "participating": tk._("Participating departments"),
    }
    return [
        (label, list(members[role]))
        for role, label in labels.items()
        if members.get(role)
    ]


def _error_titles() -> dict[int, str]:
    return {
        400: tk._("The request cannot be read"),
        401: tk._("Please sign in"),
        403: tk._("You may not see this page"),
        404: tk._("There is no such page"),
        405: tk._("This address takes another kind of request"),
        410: tk._("This entry has been withdrawn"),
        413: tk._("Too much was sent at once"),
        429: tk._("Too many requests"),
        500: tk._("Something went wrong on our side"),
        503: tk._("The site is being maintained"),
    }


def _status(code: Any) -> int:
    # Core passes [500] for an unexpected error and a number for all others.
    return int(code[0] if isinstance(code, list | tuple) else code or 500)


def jiangmen_error_title(code: Any) -> str:
    """Return the heading of an error page."""
    return _error_titles().get(_status(code), tk._("The request failed"))


def jiangmen_error_detail(code: Any, content: Any) -> str:
    """Return what the error says itself, unless it is werkzeug's or core's English."""
    text = str(content or "").strip()
    if _status(code) >= 500 or _is_english(text):
        return ""
    return text


def _is_english(text: str) -> bool:
    latin, han = len(LATIN.findall(text)), len(HAN.findall(text))
    return latin > 2 * han and tk.h.lang().startswith("zh")


def jiangmen_error_advice(code: Any) -> str:
    """Return what the reader of an error page can do."""
    status = _status(code)
    if status in {401, 403}:
        return tk._("Sign in with an account that may, or ask its department.")
    if status == 410:
        return tk._("Its department took it back; it can no longer be read here.")
    if status == 404:
        return tk._("The address may be mistyped, or the entry has another one now.")
    if status >= 500:
        return tk._("It was recorded. Please try again in a while.")
    return tk._("Please go back, check what was entered and try again.")


class SearchFilters:
    """What both sites' plugins answer for IFacets: the filters of three pages.

    A page of one department, or of one library, does not offer to filter by it.
    """

    def filters(self) -> dict[str, str]:
        """Return the site's filters in their order: {search field: title}."""
        raise NotImplementedError

    def dataset_facets(self, *_asked: Any) -> dict[str, str]:
        """Return the filters of the search page."""
        return self.filters()

    def organization_facets(self, *_asked: Any) -> dict[str, str]:
        """Return the filters of a department's page."""
        return self._without("organization")

    def group_facets(self, *_asked: Any) -> dict[str, str]:
        """Return the filters of a library's page."""
        return self._without("groups")

    def _without(self, field: str) -> dict[str, str]:
        found = self.filters()
        return {name: title for name, title in found.items() if name != field}


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers of pages by name."""
    own = {
        name: function
        for name, function in globals().items()
        if name.startswith("jiangmen_") and callable(function)
    }
    return own | {"jiangmen_preview": previews.jiangmen_preview}
