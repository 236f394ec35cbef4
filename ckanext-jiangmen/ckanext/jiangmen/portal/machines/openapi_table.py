"""OpenAPI 3.1 of one table: its columns as typed schema, examples that run."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.catalog import vocabularies
from ckanext.jiangmen.portal.machines import addresses, published
from ckanext.jiangmen.portal.machines import openapi_parts as parts
from ckanext.jiangmen.portal.machines.distributions import EXPORTS
from ckanext.jiangmen.portal.machines.openapi import settings

Row = dict[str, Any]
ROW_NUMBER = "_id"


def table_of(name: str, resource_id: str) -> tuple[Row, Row]:
    """Return a published entry and one of its tables. Raise `tk.ObjectNotFound`."""
    entry = published.entry(name)
    for resource in entry.get("resources") or []:
        if resource["id"] == resource_id and resource.get("datastore_active"):
            return entry, resource
    raise tk.ObjectNotFound(tk._("There is no such table or file."))


def document(entry: Row, resource: Row) -> Row:
    """Return the document of one table, with its first row as example."""
    found = published.call("datastore_search", resource_id=resource["id"], limit=1)
    first = (found["records"] or [{}])[0]
    schema = record(found["fields"], entry, first)
    paths = {
        f"{parts.ACTION}datastore_search": {"get": _search(resource, schema, first)},
        addresses.export(entry, resource, "{format}").removeprefix(addresses.site()): {
            "get": _export()
        },
    }
    title = f"{entry['title']}：{resource.get('name') or resource['id']}"
    return parts.document(title, entry.get("notes") or title, paths, {"Record": schema})


def record(fields: list[Row], entry: Row, first: Row) -> Row:
    """Return the schema of a row: each column with its type and its item's name."""
    items = {
        item.get("column") or item["name"]: item
        for item in entry.get("information_items") or []
    }
    said = {each["id"]: _column(each, items.get(each["id"])) for each in fields}
    return {"type": "object", "title": "行", "properties": said, "examples": [first]}


def _column(field: Row, item: Row | None) -> Row:
    known = dict(settings()["columns"].get(field["type"], {"type": "string"}))
    kinds = known["type"] if isinstance(known["type"], list) else [known["type"]]
    if field["id"] == ROW_NUMBER:
        return known | {"title": "行号"}
    label = (field.get("info") or {}).get("label") or (item or {}).get("name")
    said = known | {"type": [*kinds, "null"], "title": label or field["id"]}
    remarks = (item or {}).get("remarks") or (item or {}).get("standard")
    return said | ({"description": remarks} if remarks else {})


def _search(resource: Row, schema: Row, first: Row) -> Row:
    columns = [name for name in schema["properties"] if name != ROW_NUMBER]
    result = {
        "type": "object",
        "properties": {
            "resource_id": {"const": resource["id"]},
            "total": {"type": "integer", "description": "符合条件的行数"},
            "records": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Record"},
            },
            "fields": {"type": "array", "items": {"type": "object"}},
        },
    }
    number = parts.parameter("resource_id", {"title": "数据表的标识", "required": True})
    number["schema"] = {"const": resource["id"]}
    number["example"] = resource["id"]
    return parts.operation(
        "datastore_search",
        "查询数据表的行",
        [number, *_questions(columns, first)],
        result,
    )


def _questions(columns: list[str], first: Row) -> list[Row]:
    """Return the parameters of a search, with this table's columns as examples."""
    column = columns[0] if columns else ROW_NUMBER
    example = json.dumps({column: first.get(column)}, ensure_ascii=False)
    asked = {
        "limit": {"title": "返回行数", "type": "integer", "example": 5},
        "offset": {"title": "起始位置", "type": "integer", "example": 0},
        "q": {"title": "全文检索词"},
        "filters": {"title": "筛选条件（JSON对象）", "example": example},
        "fields": {"title": "返回的列", "example": column},
        "sort": {"title": "排序方式", "example": f'"{column}" desc'},
    }
    return [parts.parameter(name, about) for name, about in asked.items()]


def _export() -> Row:
    choice = {
        "name": "format",
        "in": "path",
        "required": True,
        "description": "文件格式",
        "schema": {"type": "string", "enum": list(EXPORTS)},
        "example": "csv",
    }
    content = {}
    for name in EXPORTS.values():
        found = vocabularies.format_of(name)
        if found:
            content[found.media] = {}
    return {
        "operationId": "export",
        "summary": "下载整张数据表",
        "parameters": [choice],
        "responses": {
            "200": {
                "description": "数据文件。",
                "headers": parts.limit_headers(),
                "content": content,
            },
            "404": {"description": "没有所查的内容。"},
        },
    }
