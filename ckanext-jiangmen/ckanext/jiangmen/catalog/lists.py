"""Typed access to the code lists in ``schemas/``; read once, never changed.

What the lists hold comes from the plan and the national guide (each names its
source); the functions here answer the questions that rules and forms ask of them.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from types import MappingProxyType
from typing import Any

import yaml

SCHEMAS = "ckanext.jiangmen.schemas"
CLASS_FIELDS = ("class_lei", "class_xiang", "class_mu", "class_ximu")
CITY = "江门市"


def read_yaml(name: str) -> Any:
    """Return the content of ``schemas/<name>``."""
    source = importlib.resources.files(SCHEMAS).joinpath(name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(source.read_text("utf-8"), loader)  # noqa: S506 - a safe loader


@functools.cache
def _lists() -> dict[str, Any]:
    return read_yaml("lists.yaml")


@functools.cache
def choices(name: str) -> tuple[dict[str, Any], ...]:
    """Return the rows of one list, in the order forms show them.

    Each row has `value` (the Chinese label), `en` and what else the list knows.
    """
    if name == "licences":
        return tuple({"value": row["id"], **row} for row in licences())
    return tuple(_lists()[name]["choices"])


@functools.cache
def values(name: str) -> tuple[str, ...]:
    """Return the permitted values of one list, in order."""
    return tuple(row["value"] for row in choices(name))


@functools.cache
def value_set(name: str) -> frozenset[str]:
    """Return the permitted values of one list for quick tests."""
    return frozenset(values(name))


@functools.cache
def by_value(name: str) -> MappingProxyType[str, dict[str, Any]]:
    """Return the rows of one list by their value."""
    return MappingProxyType({row["value"]: row for row in choices(name)})


@functools.cache
def list_names() -> tuple[str, ...]:
    """Return the names of all lists in ``lists.yaml``."""
    return tuple(_lists())


def source(name: str) -> str:
    """Return the document that one list comes from."""
    return _lists()[name]["source"]


@functools.cache
def subkinds(content_kind: str) -> tuple[str, ...]:
    """Return the 内容子类 of one 内容类别."""
    return tuple(
        row["value"]
        for row in choices("content_subkind")
        if row["kind"] == content_kind
    )


# Licences


@functools.cache
def licences() -> tuple[dict[str, Any], ...]:
    """Return the licences, in the form of CKAN's own licence files."""
    text = importlib.resources.files(SCHEMAS).joinpath("licenses.json")
    return tuple(json.loads(text.read_text("utf-8")))


def licences_url() -> str:
    """Return the address of the licences' file for CKAN's `licenses_group_url`."""
    path = importlib.resources.files(SCHEMAS).joinpath("licenses.json")
    return f"file://{path}"


@functools.cache
def licence_id(name: str) -> str | None:
    """Return the id of a licence given by id or title, or None if it is not listed.

    >>> licence_id("CC BY 4.0")
    'CC-BY-4.0'
    """
    wanted = _loose(name)
    for row in licences():
        if wanted in {_loose(row["id"]), _loose(row["title"]), row["title_zh"]}:
            return row["id"]
    return None


def _loose(name: str) -> str:
    return "".join(name.split()).replace("-", "").casefold()


# Formats, data types, clauses of the plan


@functools.cache
def is_tabular(format_class: str) -> bool:
    """Return whether entries of this 格式分类 must name their information items."""
    return bool(by_value("format_class").get(format_class, {}).get("tabular"))


@functools.cache
def classes_of_format(format_type: str) -> tuple[str, ...]:
    """Return the 格式分类 that list this 格式类型; empty if it is not listed."""
    wanted = format_type.casefold()
    return tuple(
        row["value"]
        for row in choices("format_class")
        if wanted in {name.casefold() for name in row["types"]}
    )


def datastore_type(data_type: str) -> str:
    """Return the DataStore column type of a 数据类型; "text" if it is unknown."""
    return by_value("data_type").get(data_type, {}).get("datastore", "text")


@functools.cache
def openness(sharing_category: str) -> int:
    """Return 3 (可社会公开) to 0 (不予共享); −1 for what is no category."""
    return by_value("sharing_category").get(sharing_category, {}).get("openness", -1)


# Classes, regions


@functools.cache
def classes() -> tuple[dict[str, Any], ...]:
    """Return the 类 with their 项: `code`, `name`, `xiang` (list of the same)."""
    return tuple(read_yaml("classes.yaml"))


@functools.cache
def class_name(lei: str, xiang: str = "") -> str | None:
    """Return the name of a 类, or of a 项 in it; None if it is not listed."""
    for row in classes():
        if row["code"] != lei:
            continue
        if not xiang:
            return row["name"]
        for sub in row["xiang"]:
            if sub["code"] == xiang:
                return sub["name"]
    return None


@functools.cache
def class_tree() -> list[dict[str, Any]]:
    """Return 类, 项, 目 and 细目 as forms offer them: `code`, `name`, `below`.

    The national table ends at 项: the 目 and 细目 are those of the libraries and of
    the bodies' own classes, and others may be typed.
    """
    tree = [
        {
            "code": lei["code"],
            "name": lei["name"],
            "below": [
                {"code": row["code"], "name": row["name"], "below": []}
                for row in lei["xiang"]
            ],
        }
        for lei in classes()
    ]
    for row in libraries():
        for code in row["classes"]:
            if code.count("-") == 2:
                _branch(tree, [*code.split("-")], ["", "", row["title"]])
    for row in organizations():
        parts = [row["class_defaults"].get(field, "") for field in CLASS_FIELDS]
        _branch(tree, parts, ["", "", CITY, row["title"]])
    return tree


def _branch(tree: list[dict[str, Any]], codes: list[str], names: list[str]) -> None:
    """Grow the tree by the codes that it does not have yet."""
    level = tree
    for code, name in zip(codes, names, strict=True):
        if not code:
            return
        found = next((one for one in level if one["code"] == code), None)
        if found is None:
            found = {"code": code, "name": name, "below": []}
            level.append(found)
        level = found["below"]


@functools.cache
def regions() -> MappingProxyType[str, str]:
    """Return Jiangmen's present GB/T 2260 codes and names."""
    rows = read_yaml("regions.yaml")["current"]
    return MappingProxyType({row["code"]: row["name"] for row in rows})


@functools.cache
def historic_regions() -> MappingProxyType[str, str]:
    """Return codes that only old documents carry, and their names."""
    rows = read_yaml("regions.yaml")["historic"]
    return MappingProxyType({row["code"]: row["name"] for row in rows})


# Bodies, libraries, the workbook, what is required


@functools.cache
def organizations() -> tuple[dict[str, Any], ...]:
    """Return the bodies that the plan names, in order."""
    return tuple(read_yaml("organizations.yaml"))


@functools.cache
def organization_named(name: str) -> dict[str, Any] | None:
    """Return the body with this name, title or alias; None if there is none."""
    wanted = "".join(name.split())
    for row in organizations():
        if wanted in {row["name"], row["title"], *row["aliases"]}:
            return row
    return None


@functools.cache
def libraries() -> tuple[dict[str, Any], ...]:
    """Return the base and theme libraries, in order."""
    return tuple(read_yaml("libraries.yaml"))


@functools.cache
def library_classes() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return (类, 项[, 目]) and library name, the longest first."""
    pairs = [
        (tuple(code.split("-")), row["name"])
        for row in libraries()
        for code in row["classes"]
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@functools.cache
def survey_sheets() -> tuple[dict[str, Any], ...]:
    """Return the workbook's sheets: `name`, `about` (entry, item), `columns`."""
    return tuple(read_yaml("survey_columns.yaml")["sheets"])


@functools.cache
def requirements() -> dict[str, Any]:
    """Return what entries and items must carry, and the longest permitted texts."""
    return read_yaml("requirements.yaml")


@functools.cache
def label(field: str, *, item: bool = False) -> str:
    """Return the Chinese name of a field, as the workbook's header has it."""
    sheet = survey_sheets()[1 if item else 0]
    for column in sheet["columns"]:
        if column.get("field") == field:
            return column["header"]
    return _OTHER_LABELS.get(field, field)


_OTHER_LABELS = {
    "information_items": "信息项",
    "publish_date": "发布日期",
    "share_type": "共享类型",
    "legal_basis_id": "依据编号",
    "region_code": "行政区划代码",
    "former_codes": "原编号",
    "spatial": "空间范围",
    "standard": "数据标准",
    "schema_version": "元数据版本",
}
