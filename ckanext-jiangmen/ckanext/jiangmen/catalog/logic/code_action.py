"""Actions on codes: the entry that a code leads to, and what entries are related."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen import accounts
from ckanext.jiangmen.catalog import index, related

DataDict = dict[str, Any]
MOST = 100
LONGEST = 128


@tk.side_effect_free
def jiangmen_code_resolve(context: Context, data_dict: DataDict) -> DataDict:
    """Return the entries that a code leads to, those that the caller may know of.

    A code is 信息资源代码, or a number from before it: the survey's, or one of GB/T
    21063.5; the latter may lead to more than one entry. Absent and forbidden are one
    answer. ``ckanapi action jiangmen_code_resolve code=307407/000001``

    :param code: the code, as it is written
    :returns: ``{"code", "entries": [{"id", "name", "title", "resource_code",
        "former_codes"}]}``, never empty; the one whose 信息资源代码 it is comes first
    """
    tk.check_access("jiangmen_code_resolve", context, data_dict)
    code = str(tk.get_or_bust(data_dict, "code")).strip()
    found = _search(context, index.CODES, [code])
    if not found:
        raise tk.ObjectNotFound(tk._("No entry has this code."))
    found.sort(key=lambda entry: entry["resource_code"] != code)
    return {"code": code, "entries": found}


@tk.side_effect_free
def jiangmen_entry_related(context: Context, data_dict: DataDict) -> DataDict:
    """Return the entries that an entry names, and those that name it.

    ``ckanapi action jiangmen_entry_related id=ENTRY``

    :param id: id or name of the entry
    :returns: ``{"names": [{"code", "entry"}], "named_by": [entry]}``, an entry being
        ``{"id", "name", "title", "resource_code", "former_codes"}``; that of a code is
        null where there is none, or none that the caller may know of
    """
    entry = tk.get_action("package_show")(
        accounts.acting_as(str(context.get("user") or "")),
        {"id": tk.get_or_bust(data_dict, "id")},
    )
    named = entry.get(related.FIELD) or []
    found = _search(context, index.CODES, related.codes_of(entry))
    by_code = {each["resource_code"]: each for each in found}
    own = entry.get("resource_code")
    return {
        "names": [{"code": code, "entry": by_code.get(code)} for code in named],
        "named_by": _search(context, index.RELATED, [own] if own else []),
    }


def _search(context: Context, field: str, codes: Iterable[str]) -> list[DataDict]:
    """Return the entries, at most 100, with one of the codes, as the caller's search.

    The search applies the caller's rights, so that nothing has to be asked again.
    """
    wanted = [_quoted(code) for code in codes if 0 < len(code) <= LONGEST]
    if not wanted:
        return []
    found = tk.get_action("package_search")(
        accounts.acting_as(str(context.get("user") or "")),
        {
            "q": "*:*",
            "fq": f"{field}:({' OR '.join(sorted(wanted))})",
            "sort": "title_string asc",
            "rows": MOST,
        },
    )
    return [
        {
            "id": entry["id"],
            "name": entry["name"],
            "title": entry["title"],
            "resource_code": entry.get("resource_code") or "",
            "former_codes": entry.get("former_codes") or [],
        }
        for entry in found["results"]
    ]


def _quoted(code: str) -> str:
    """Return a code as a phrase of the search's language."""
    marked = code.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{marked}"'
