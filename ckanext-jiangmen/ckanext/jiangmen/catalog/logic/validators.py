"""Validators of the schemas: shape, choices, what the platform writes.

What an entry must be as a whole is said once, in `catalog.rules`, and asked by the
actions before core validates; here stands only what a single field can tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.scheming import validation

from ckanext.jiangmen import identity
from ckanext.jiangmen.catalog import lists, names, openness
from ckanext.jiangmen.catalog.guides import versions
from ckanext.jiangmen.catalog.values import as_list, text

Key = tuple[Any, ...]
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ITEM_FIELDS = frozenset({"sharing_category", "open_flag"})


def jiangmen_text_list(key: Key, data: Any, errors: Any, context: Any) -> None:
    """Store a list of texts as JSON: a list, a JSON list, or one text split at ；;、.

    An empty list is stored as nothing.
    """
    value = data.get(key)
    if value is tk.missing or value is None:
        value = []
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            value = as_list(value)
    if not isinstance(value, (str, list, tuple)) or any(
        isinstance(part, (dict, list)) for part in value
    ):
        raise tk.Invalid(tk._("Must be a list of texts"))
    found = list(dict.fromkeys(part for each in _texts(value) for part in each))
    if not found:
        data.pop(key, None)
        raise tk.StopOnError
    data[key] = json.dumps(found, ensure_ascii=False)


def _texts(value: Any) -> list[list[str]]:
    """Return a list's own texts unsplit, a single text of a form split."""
    if isinstance(value, str):
        return [as_list(value)]
    if len(value) == 1:
        return [as_list(text(value[0]))]
    return [[part] for part in as_list(value)]


def jiangmen_texts(value: Any) -> list[str]:
    """Accept a list of texts, as resources keep it."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise tk.Invalid(tk._("Must be a list of texts"))
    return value


def jiangmen_entry_name(key: Key, data: Any, errors: Any, context: Any) -> None:
    """Keep the name of a package; give a new one the pinyin of its title."""
    value = data.get(key)
    if value is not tk.missing and text(value):
        return
    package = context.get("package")
    title = text(data.get(("title",)))
    data[key] = package.name if package else names.new_entry_name(title)


def jiangmen_derived(key: Key, data: Any, errors: Any, context: Any) -> None:
    """Write 共享类型, 是否向社会开放 or the badge; what was sent is replaced."""
    entry: dict[str, Any] = {
        name: _given(data, (name,))
        for name in ("sharing_category", "secrecy", "secrecy_review_result")
    }
    entry["information_items"] = _items(data)
    derived = openness.derived_fields(openness.declared_badge(entry))
    data[key] = derived[key[-1]]


def _given(data: Any, key: Key) -> str:
    value = data.get(key)
    return "" if value is tk.missing else text(value)


def _items(data: Any) -> list[dict[str, Any]]:
    """Return what the flattened data says of the items' openness."""
    found: dict[int, dict[str, Any]] = {}
    for key in data:
        if len(key) == 3 and key[0] == "information_items":
            item = found.setdefault(key[1], {})
            if key[2] in _ITEM_FIELDS:
                item[key[2]] = _given(data, key)
    return [found[place] for place in sorted(found)]


@validation.scheming_validator
def jiangmen_guided_choice(
    field: dict[str, Any], schema: dict[str, Any]
) -> Callable[..., None]:
    """Demand and accept what the entry's guide does (`schema_version`).

    A guide without a word of the field leaves it to the schema.
    """
    name, required = field["field_name"], bool(field.get("required"))
    listed: Any = validation.scheming_choices(field, schema)

    def choice(key: Key, data: Any, errors: Any, context: Any) -> None:
        value = _given(data, key)
        guide = versions.of({"schema_version": _given(data, ("schema_version",))})
        if not value:
            data.pop(key, None)
            if name in guide.required or (required and guide.platform_rules):
                errors[key].append(tk._("Missing value"))
            raise tk.StopOnError
        if name not in guide.choices:
            data[key] = listed(value)
        elif value not in guide.choices[name]:
            raise tk.Invalid(tk._("This value is not in the list of the guide"))

    return choice


def jiangmen_licence(value: str) -> str:
    """Return the id of a licence given by id or title."""
    found = lists.licence_id(value)
    if found is None:
        raise tk.Invalid(tk._("This licence is not in the list"))
    return found


def jiangmen_credit_code(value: str) -> str:
    """Accept a 统一社会信用代码 (GB 32100, GB 11714)."""
    try:
        return identity.check_credit_code(value)
    except identity.IdentityNumberWrong as wrong:
        raise tk.Invalid(str(wrong)) from wrong


def jiangmen_region_code(value: str) -> str:
    """Accept one of Jiangmen's present GB/T 2260 codes."""
    if value not in lists.regions():
        raise tk.Invalid(tk._("This is no present region code of Jiangmen"))
    return value


def jiangmen_geojson(value: Any) -> str:
    """Store a geometry as GeoJSON text; a dict is written out."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def jiangmen_sha256(value: str) -> str:
    """Accept 64 hexadecimal digits."""
    if not _SHA256.fullmatch(value):
        raise tk.Invalid(tk._("Must be a SHA-256 sum in hexadecimal digits"))
    return value


def get_validators() -> dict[str, Callable[..., Any]]:
    """Return the validators by the names that the schemas use."""
    return {
        each.__name__: each
        for each in (
            jiangmen_text_list,
            jiangmen_texts,
            jiangmen_entry_name,
            jiangmen_guided_choice,
            jiangmen_derived,
            jiangmen_licence,
            jiangmen_credit_code,
            jiangmen_region_code,
            jiangmen_geojson,
            jiangmen_sha256,
        )
    }
