"""How the desk's pages call actions and tell what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk


def call(action: str, **data: Any) -> Any:
    """Call an action as the signed-in account."""
    return tk.get_action(action)({"user": tk.current_user.name}, data)


@contextmanager
def pages_of_errors() -> Iterator[None]:
    """Turn what an action refuses into an error page."""
    try:
        yield
    except tk.NotAuthorized as err:
        tk.abort(403, str(err.message or ""))
    except tk.ObjectNotFound as err:
        tk.abort(404, str(err.message or ""))


def sentences(errors: Any) -> list[str]:
    """Return every sentence of a ValidationError's dict, in order, once."""
    found: list[str] = []
    _collect(errors, found)
    return list(dict.fromkeys(found))


def _collect(errors: Any, found: list[str]) -> None:
    if isinstance(errors, str):
        found.append(errors)
    elif isinstance(errors, Mapping):
        for key, value in errors.items():
            # ids that an answer carries beside its sentences
            beside = str(key).endswith("_id") or str(key).startswith("__")
            if not beside and key not in {"bad_rows", "conflicts"}:
                _collect(value, found)
    elif isinstance(errors, list | tuple):
        for value in errors:
            _collect(value, found)


def tell_errors(err: tk.ValidationError) -> None:
    """Show what was wrong at the top of the next page."""
    for sentence in sentences(err.error_dict):
        tk.h.flash_error(sentence)
