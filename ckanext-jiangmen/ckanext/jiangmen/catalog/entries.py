"""The shape of an entry: from what a form or a client sends to what is stored.

An entry is a dict as `package_show` answers it: text fields as strings, lists as
lists of strings, `information_items` and `resources` as lists of dicts.
"""

from __future__ import annotations

import copy
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from ckanext.jiangmen.catalog import former_codes, lists, names, rules
from ckanext.jiangmen.catalog.rules import Problem

TYPE = "dataset"
OPEN = "可社会公开"

LIST_FIELDS = ("format_types", "former_codes", "related_codes", "subject_terms")
ITEM_FIELDS = (
    "name",
    "column",
    "data_type",
    "data_length",
    "standard",
    "is_key",
    "sharing_category",
    "share_condition",
    "legal_basis_id",
    "open_flag",
    "sensitivity",
    "source_department",
    "remarks",
)
TEXT_FIELDS = (
    "title",
    "owner_org",
    "notes",
    "content_kind",
    "content_subkind",
    "resource_code",
    "class_lei",
    "class_xiang",
    "class_mu",
    "class_ximu",
    "provider_unit",
    "provider_code",
    "format_class",
    "sharing_category",
    "share_type",
    "share_condition",
    "share_scope",
    "legal_basis_id",
    "legal_basis_type",
    "legal_basis",
    "exchange_method",
    "exchange_reason",
    "open_flag",
    "category_badge",
    "open_condition",
    "update_cycle",
    "cycle_reason",
    "publish_date",
    "system_name",
    "data_volume",
    "storage_medium",
    "secrecy",
    "secrecy_review_result",
    "secrecy_reviewer",
    "license_id",
    "contact_name",
    "contact_phone",
    "remarks",
    "schema_version",
    "spatial",
    "region_code",
)
FIELDS = (*TEXT_FIELDS, *LIST_FIELDS, "information_items")

RESOURCE_FIELDS = (
    "id",
    "name",
    "description",
    "format",
    "url",
    "url_type",
    "file_name",
    "mimetype",
    "sha256",
    "size",
    "header",
    "rows_left_out",
    "sharing_category",
    "datastore_active",
)

# What a person may say of a file; the rest follows from the file itself.
RESOURCE_TEXTS = ("name", "description", "format", "url", "sharing_category")

# What makes two states of a file different to people.
COMPARED_OF_FILES = (
    "id",
    "name",
    "description",
    "format",
    "file_name",
    "sha256",
    "sharing_category",
)

LIST_MARKS = re.compile(r"[；;、\n]+")
TAG = re.compile(r"[\w \-.]{2,100}")

JSON_WRONG = "信息项应为 JSON 列表，每个信息项是一个对象。"


def new_id() -> str:
    """Return a fresh id for an entry, a file or a revision."""
    return str(uuid.uuid4())


def shape(
    sent: Mapping[str, Any], base: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the entry that `sent` describes and what cannot be read of it.

    `base` is the entry as it stands (None: a new one): its id, name, code and what
    only the platform writes are kept. Fields that `sent` does not name are empty, as
    `package_update` has it; without `resources` the files of `base` stay.
    """
    errors: dict[str, list[str]] = {}
    base = base or {}
    entry: dict[str, Any] = {"type": TYPE}
    for field in TEXT_FIELDS:
        entry[field] = _text(sent.get(field))
    for field in LIST_FIELDS:
        entry[field] = _list(sent.get(field))
    try:
        entry["information_items"] = shape_items(sent.get("information_items"))
    except ValueError:
        entry["information_items"] = []
        errors["information_items"] = [JSON_WRONG]
    entry["id"] = base.get("id") or sent.get("id") or new_id()
    entry["name"] = base.get("name") or names.new_entry_name(entry["title"])
    former_codes.keep_legacy(entry)
    entry["resource_code"] = base.get("resource_code") or entry["resource_code"]
    entry["publish_date"] = base.get("publish_date") or ""
    entry["owner_org"] = entry["owner_org"] or base.get("owner_org") or ""
    known = {resource["id"]: resource for resource in base.get("resources") or []}
    wanted = sent["resources"] if "resources" in sent else base.get("resources")
    entry["resources"] = [
        shape_resource(resource, known.get(resource.get("id") or ""))
        for resource in wanted or []
    ]
    return entry, errors


def shape_items(sent: Any) -> list[dict[str, Any]]:
    """Return the items as a list of dicts; a JSON text is parsed.

    Rows without any content are left out. Raise ValueError for anything else.
    """
    if isinstance(sent, str):
        sent = json.loads(sent) if sent.strip() else []
    if sent is None:
        sent = []
    if not isinstance(sent, list) or not all(isinstance(i, Mapping) for i in sent):
        raise ValueError(JSON_WRONG)
    items = [{field: _text(item.get(field)) for field in ITEM_FIELDS} for item in sent]
    filled = [{key: value for key, value in item.items() if value} for item in items]
    return [item for item in filled if item]


def shape_resource(
    sent: Mapping[str, Any], known: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return one file's dict: texts as sent, what describes the file as known.

    A file of the store cannot be claimed by its sum: it comes through
    `jiangmen_revision_attach`, so that nobody reaches another's file.
    """
    # An id of one's own choice could be another entry's.
    resource: dict[str, Any] = {"id": known["id"] if known else new_id()}
    for field in RESOURCE_TEXTS:
        resource[field] = _text(sent.get(field))
    if known is None:
        return resource
    for field in RESOURCE_FIELDS:
        if field not in RESOURCE_TEXTS and known.get(field) is not None:
            resource[field] = known[field]
    if known.get("url_type") == "upload":
        resource["url"] = known["url"]
        resource["format"] = resource["format"] or known.get("format", "")
    resource["name"] = resource["name"] or known.get("name", "")
    return resource


def ascii_file_name(file_name: str) -> str:
    """Return a file name for addresses: pinyin, the ending kept.

    >>> ascii_file_name("江门市行政区划.csv")
    'jiang-men-shi-xing-zheng-qu-hua.csv'
    """
    path = PurePath(file_name)
    ending = re.sub(r"[^a-z0-9.]", "", path.suffix.lower())
    return names.slug(path.stem) + ending


def errors_of(found: Iterable[Problem], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return problems as a form shows them: {field: [sentences]}.

    What is wrong with an item stands under `information_items` and names it.
    """
    errors: dict[str, list[str]] = {}
    items = entry.get("information_items") or []
    for problem in found:
        if problem.item is None:
            errors.setdefault(problem.field, []).append(problem.message)
            continue
        item = items[problem.item] if problem.item < len(items) else {}
        label = lists.label(problem.item_field or "name", item=True)
        where = f"第{problem.item + 1}项“{item.get('name', '')}”的{label}"
        errors.setdefault("information_items", []).append(f"{where}：{problem.message}")
    return errors


def packaged(entry: dict[str, Any], version: int) -> dict[str, Any]:
    """Return the dict that core's `package_create` and `package_update` take."""
    package = {key: copy.deepcopy(value) for key, value in entry.items() if value}
    package["resources"] = [_filled(resource) for resource in entry["resources"]]
    package |= {
        "type": TYPE,
        "state": "active",
        "version": str(version),
        "private": not everything_open(entry),
        "tags": [{"name": term} for term in tags(entry)],
        "groups": [{"name": name} for name in libraries(entry)],
    }
    return package


def everything_open(entry: Mapping[str, Any]) -> bool:
    """Return whether every item is 可社会公开; only then is core's second lock open."""
    if not rules.is_open(entry):
        return False
    return not any(
        item["sharing_category"] != OPEN for item in rules.effective_items(entry)
    )


def tags(entry: Mapping[str, Any]) -> list[str]:
    """Return the 主题词 that can be tags: 2 to 100 letters, digits, -, _ and ``.``."""
    terms = entry.get("subject_terms") or []
    return list(dict.fromkeys(term for term in terms if TAG.fullmatch(term)))


def libraries(entry: Mapping[str, Any]) -> list[str]:
    """Return the names of the libraries an entry belongs to by its class."""
    return rules.libraries_of(entry)


def changed_fields(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Return {field: (before, after)} of what differs, files included."""
    found = {}
    for field in (*FIELDS, "resources"):
        old, new = canonical(field, before), canonical(field, after)
        if old != new:
            found[field] = (old, new)
    return found


def canonical(field: str, entry: Mapping[str, Any]) -> Any:
    """Return a field's value so that equal contents are equal."""
    value = entry.get(field)
    if field == "resources":
        return [
            {k: v for k, v in _filled(r).items() if k in COMPARED_OF_FILES}
            for r in value or []
        ]
    if field == "information_items":
        return [_filled(item) for item in value or []]
    if field in LIST_FIELDS:
        return list(value or [])
    return value or ""


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its empty fields."""
    return {k: v for k, v in row.items() if v is not None and v not in ("", [])}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):
            try:
                value = json.loads(text)
            except ValueError:
                value = LIST_MARKS.split(text)
        else:
            value = LIST_MARKS.split(text)
    if not isinstance(value, (list, tuple)):
        value = [] if value is None else [value]
    texts = (_text(part) for part in value)
    return list(dict.fromkeys(text for text in texts if text))
