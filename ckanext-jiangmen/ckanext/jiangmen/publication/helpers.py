"""What pages ask of the valve; a helper reads, one row for one entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.accounts import acting_as


def jiangmen_publication_state_of(package_id: str) -> dict[str, Any] | None:
    """Return how an entry's publication stands, None if there is none to be seen."""
    context = acting_as(tk.current_user.name)
    try:
        return tk.get_action("jiangmen_publication_show")(context, {"id": package_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers by name."""
    return {"jiangmen_publication_state_of": jiangmen_publication_state_of}
