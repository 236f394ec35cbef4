"""OpenAPI 3.1 of the action API: what anybody may call, from docstrings and schemas."""

from __future__ import annotations

import functools
import inspect
import re
from types import MappingProxyType
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.action import get as core
from ckanext.datastore.logic import action as datastore

from ckanext.jiangmen.catalog import lists
from ckanext.jiangmen.portal.machines import openapi_parts as parts
from ckanext.jiangmen.publication import public_fields as public

Row = dict[str, Any]

_PARAMETER = re.compile(r"^\s*:param\s+(?:\w+\s+)?([\w.]+)\s*:", re.MULTILINE)
# After this a docstring speaks of the answer.
_ANSWER = re.compile(r":rtype:|:returns?:|\*\*Results")

DESCRIPTION = (
    "开放门户的数据接口，免登录调用。参数以查询串传递，列表和对象写作JSON；"
    "答复为JSON，成功时结果在result中。"
)


@functools.cache
def settings() -> MappingProxyType[str, Any]:
    """Return ``schemas/api.yaml``."""
    return MappingProxyType(lists.read_yaml("api.yaml"))


def groups() -> list[Row]:
    """Return the groups of the actions that this site has.

    [{title, actions: {name: {summary, parameters, result}}}]
    """
    return [
        group | {"actions": {k: v for k, v in group["actions"].items() if _is_here(k)}}
        for group in settings()["groups"]
    ]


def _is_here(name: str) -> bool:
    try:
        return bool(tk.get_action(name))
    except KeyError:
        return False


def actions() -> dict[str, Row]:
    """Return every described action by name."""
    return {
        name: about for group in groups() for name, about in group["actions"].items()
    }


def docstring(name: str) -> str:
    """Return the docstring of an action; a chained one is described by core's own."""
    found = [getattr(module, name, None) for module in (core, datastore)]
    action = next(filter(None, found), None) or tk.get_action(name)
    return inspect.getdoc(action) or ""


def parameters_of(text: str) -> list[str]:
    r"""Return the names of the parameters that a docstring describes.

    >>> parameters_of(":param id: its id\n:param int rows: how many\n:returns: all")
    ['id', 'rows']
    """
    asked = _ANSWER.split(text)[0]
    return list(dict.fromkeys(_PARAMETER.findall(asked)))


def document() -> Row:
    """Return the document of the action API."""
    paths = {}
    for group in groups():
        for name, about in group["actions"].items():
            paths[parts.ACTION + name] = {"get": _operation(name, about, group)}
    title = f"{tk.config['ckan.site_title']}数据接口"
    return parts.document(title, DESCRIPTION, paths, {"Entry": _entry_schema()})


def _operation(name: str, about: Row, group: Row) -> Row:
    known = about.get("parameters") or {}
    result: Row = {}
    if about.get("result"):
        result = {"$ref": f"#/components/schemas/{about['result']}"}
    head = docstring(name).strip().split("\n\n")[0]
    return parts.operation(
        name,
        about["summary"],
        [parts.parameter(key, each) for key, each in known.items()],
        result,
        tags=[group["title"]],
        description=" ".join(head.split()),
    )


def _entry_schema() -> Row:
    """Return an entry's schema, from the dataset's fields of `scheming`."""
    shape = tk.get_action("scheming_dataset_schema_show")({}, {"type": "dataset"})
    said = _fields(shape["dataset_fields"], {*public.ENTRY, *public.FIXED})
    files = _fields(shape["resource_fields"], {*public.RESOURCE})
    said["resources"] = {
        "type": "array",
        "title": "数据文件",
        "items": {"type": "object", "properties": files},
    }
    return {
        "type": "object",
        "title": "信息资源",
        "required": ["id", "name", "title"],
        "properties": {"id": {"type": "string", "title": "标识"}} | said,
    }


def _fields(fields: list[Row], crossing: set[str]) -> Row:
    """Return the schemas of those fields that the open site holds."""
    return {
        field["field_name"]: _field(field)
        for field in fields
        if field["field_name"] in crossing
    }


def _field(field: Row) -> Row:
    title = (field.get("label") or {}).get("zh_Hans_CN", field["field_name"])
    if field.get("repeating_subfields"):
        items = _fields(
            field["repeating_subfields"], {*public.ITEM, *public.ITEM_FIXED}
        )
        return {
            "type": "array",
            "title": title,
            "items": {"type": "object", "properties": items},
        }
    if field.get("preset") == "jiangmen_list" or field["field_name"] == "header":
        return {"type": "array", "title": title, "items": {"type": "string"}}
    said: Row = {"type": ["string", "null"], "title": title}
    if field.get("choices"):
        said["examples"] = [choice["value"] for choice in field["choices"]]
    return said
