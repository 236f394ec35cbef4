"""Actions, authorization and validators of the catalogue."""

from __future__ import annotations

from typing import Any

from ckanext.jiangmen.catalog.logic import (
    action,
    bulk_action,
    chained,
    code_action,
    comment_action,
    draft_action,
    edition_action,
    editor_action,
    entry_action,
    guide_action,
    legal_basis_action,
    quality_action,
    reference_action,
    search_action,
    summary_action,
    survey_action,
    survey_export_action,
)
from ckanext.jiangmen.catalog.search import asking


def actions() -> dict[str, Any]:
    """Return the room's own actions and core's, chained, by name."""
    own = {
        name: function
        for module in (
            action,
            bulk_action,
            comment_action,
            code_action,
            draft_action,
            edition_action,
            editor_action,
            entry_action,
            legal_basis_action,
            guide_action,
            quality_action,
            reference_action,
            search_action,
            summary_action,
            survey_action,
            survey_export_action,
        )
        for name, function in vars(module).items()
        if name.startswith("jiangmen_")
    }
    core = {name: getattr(chained, name) for name in chained.NAMES}
    return own | core | {"package_search": asking.package_search}
