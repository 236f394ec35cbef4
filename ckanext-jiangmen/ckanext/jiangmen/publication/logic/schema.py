"""What the room's actions take."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

Schema = dict[str, Any]


def _v(name: str, *args: Any) -> Any:
    validator = tk.get_validator(name)
    return validator(*args) if args else validator


def _crossing() -> Schema:
    text = [_v("not_empty"), _v("unicode_safe")]
    number = [_v("not_missing"), _v("natural_number_validator")]
    return {
        "crossing": [*text, _v("uuid_validator")],
        "package_id": [*text, _v("uuid_validator")],
        "verb": [*text, _v("one_of", ["publish", "withdraw"])],
        "version": number,
        "sequence": number,
        "hash": [_v("default", ""), _v("unicode_safe")],
        "bytes": number,
    }


def receive() -> Schema:
    """Return the shape of `jiangmen_publication_receive` without its three parts."""
    return _crossing() | {"repair": [_v("default", False), _v("boolean_validator")]}


def withdraw() -> Schema:
    """Return the shape of `jiangmen_publication_withdraw`."""
    return _crossing()


def stage() -> Schema:
    """Return the shape of `jiangmen_publication_stage` without the upload."""
    number = [_v("not_missing"), _v("natural_number_validator")]
    return {
        "sha256": [_v("not_empty"), _v("unicode_safe")],
        "size": number,
        "offset": number,
    }


def state() -> Schema:
    """Return the shape of `jiangmen_publication_state`."""
    return {
        "after": [_v("default", ""), _v("unicode_safe")],
        "limit": [_v("default", 100), _v("natural_number_validator")],
        "verify": [_v("default", False), _v("boolean_validator")],
    }


def exception_create() -> Schema:
    """Return the shape of `jiangmen_publication_exception_create`."""
    text = [_v("not_empty"), _v("unicode_safe")]
    return {"id": text, "kind": text, "place": text, "reason": text}


def publication_list() -> Schema:
    """Return the shape of `jiangmen_publication_list`."""
    number = [_v("natural_number_validator")]
    return {
        "state": [_v("ignore_empty"), _v("unicode_safe")],
        "organization": [_v("ignore_empty"), _v("unicode_safe")],
        "limit": [_v("default", 50), *number],
        "offset": [_v("default", 0), *number],
    }
