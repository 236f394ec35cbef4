"""The public projection of metadata: the one list of what crosses.

Nothing else does: the open site gets 可社会公开 items only (江府办函〔2017〕82号,
四(二)). Both sides use it, one before it sends and the other before it stores.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.jiangmen.catalog import resource_code, rules

OPEN = "可社会公开"

ENTRY = (
    "id",
    "name",
    "title",
    "owner_org",
    "notes",
    "content_kind",
    "content_subkind",
    "resource_code",
    "former_codes",
    "class_lei",
    "class_xiang",
    "class_mu",
    "class_ximu",
    "provider_unit",
    "provider_code",
    "format_class",
    "format_types",
    "related_codes",
    "data_volume",
    "subject_terms",
    "license_id",
    "open_condition",
    "exchange_method",
    "update_cycle",
    "publish_date",
    "contact_name",
    "contact_phone",
    "schema_version",
    "spatial",
    "region_code",
)

# What follows from being public, whatever the typed category of the whole entry is.
FIXED = {
    "sharing_category": OPEN,
    "category_badge": OPEN,
    "share_type": "无条件共享",
    "open_flag": "是",
    "secrecy": "非涉密",
}

ITEM = (
    "name",
    "column",
    "data_type",
    "data_length",
    "standard",
    "is_key",
    "source_department",
    "remarks",
)
ITEM_FIXED = {"sharing_category": OPEN, "open_flag": "是"}

RESOURCE = (
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
    "table",
)

ORGANIZATION = (
    "id",
    "name",
    "title",
    "description",
    "org_kind",
    "credit_code",
    "region_code",
    "scope",
    "contact_name",
    "contact_phone",
)

# Empty fields that stay empty on the other side are not sent.
Fields = Mapping[str, Any]


def project_entry(entry: Fields, public_codes: Iterable[str]) -> dict[str, Any]:
    """Return what crosses of an entry's metadata.

    `public_codes` are the codes of entries that are public: others are not named,
    those of other catalogues are. Only open items cross.
    """
    known = frozenset(public_codes)
    projected = _only(entry, ENTRY) | FIXED
    projected["related_codes"] = [
        code
        for code in entry.get("related_codes") or []
        if code in known or resource_code.is_external(code)
    ]
    projected["information_items"] = [
        _only(item, ITEM) | ITEM_FIXED for item in rules.open_items(dict(entry))
    ]
    return projected


def project_resource(resource: Fields) -> dict[str, Any]:
    """Return what crosses of a file's description."""
    return _only(resource, RESOURCE)


def project_organization(organization: Fields) -> dict[str, Any]:
    """Return what crosses of an organization."""
    return _only(organization, ORGANIZATION)


def narrowed(payload: Fields) -> dict[str, Any]:
    """Return a received payload with nothing but the fields of these lists.

    The open site does not rely on what the other side left out.
    """
    entry = payload["entry"]
    items = entry.get("information_items") or []
    return {
        "organization": project_organization(payload["organization"]),
        "entry": _only(entry, ENTRY)
        | FIXED
        | {"information_items": [_only(item, ITEM) | ITEM_FIXED for item in items]},
        "resources": [project_resource(r) for r in payload["resources"]],
    }


def hash_of(payload: Fields) -> str:
    """Return the SHA-256 of what a payload says, equal on both sides."""
    said = narrowed(payload)
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _only(fields: Fields, names: Iterable[str]) -> dict[str, Any]:
    return {
        name: fields[name] for name in names if fields.get(name) not in (None, "", [])
    }
