"""What a new entry can begin with: a table's columns, or another entry."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import entries, files, lists, rules
from ckanext.jiangmen.catalog.tables_link import TABLE_ENDINGS
from ckanext.jiangmen.tables.errors import TableError
from ckanext.jiangmen.tables.propose import propose_items

NO_TABLE = "“{name}”不是数据表，请另存为 CSV、TSV、XLSX、XLS 或 JSON 文件后上传。"
COPY_OF = "{title}（副本）"
# Of one entry only: what it was given, decided and reviewed for.
NOT_COPIED = frozenset(
    {
        "resource_code",
        "former_codes",
        "publish_date",
        "legal_basis_id",
        "legal_basis_type",
        "legal_basis",
        "secrecy_review_result",
        "secrecy_reviewer",
        "schema_version",
        *rules.DERIVED_FIELDS,
    }
)


def from_table(staged: Mapping[str, Any]) -> dict[str, Any]:
    """Return the beginning of an entry that describes a stored table file.

    `staged` is what its resource says. Raise ValidationError if it is no table.
    """
    name = PurePath(staged["file_name"])
    if name.suffix.lower() not in TABLE_ENDINGS:
        raise tk.ValidationError({"upload": [NO_TABLE.format(name=name)]})
    try:
        items = propose_items(files.existing(staged["sha256"]))
    except TableError as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err
    kind = name.suffix.lstrip(".").lower()
    # A table is told as one where the lists leave the choice.
    fitting = sorted(
        lists.classes_of_format(kind), key=lambda one: not lists.is_tabular(one)
    )
    return {
        "title": name.stem,
        "format_class": fitting[0] if fitting else "",
        "format_types": [kind] if fitting else [],
        "information_items": items,
    }


def copied(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what another entry may begin with of this one."""
    taken = {
        field: copy.deepcopy(entry[field])
        for field in entries.FIELDS
        if field not in NOT_COPIED and entry.get(field)
    }
    for item in taken.get("information_items") or []:
        item.pop("legal_basis_id", None)
    return taken | {"title": COPY_OF.format(title=entry.get("title", ""))}
