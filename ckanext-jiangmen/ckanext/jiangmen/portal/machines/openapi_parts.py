"""What every OpenAPI document of this site has in common."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.machines import addresses

Row = dict[str, Any]

VERSION = "3.1.0"
JSON = "application/json"
ACTION = "/api/3/action/"

# draft-ietf-httpapi-ratelimit-headers-10, as rate_limit.py writes them.
LIMIT_HEADERS: Row = {
    "RateLimit-Policy": {
        "description": "限额：窗口内允许的请求数（q）和窗口秒数（w）。",
        "schema": {"type": "string", "examples": ['"address";q=6000;w=60']},
    },
    "RateLimit": {
        "description": "余额：剩余请求数（r）和距恢复的秒数（t）。",
        "schema": {"type": "string", "examples": ['"address";r=5999;t=24']},
    },
}
ERRORS = {
    "400": "请求有误，请按提示改正。",
    "403": "无权访问。",
    "404": "没有所查的内容。",
    "409": "参数有误，请按提示改正。",
}


def document(title: str, description: str, paths: Row, schemas: Row) -> Row:
    """Return a whole document."""
    return {
        "openapi": VERSION,
        "info": {
            "title": title,
            "description": description,
            "version": "3",
            "license": {
                "name": "CC BY 4.0",
                "url": "https://creativecommons.org/licenses/by/4.0/",
            },
        },
        "servers": [{"url": addresses.site(), "description": _site_title()}],
        # Nobody needs an account for anything that is described here.
        "security": [],
        "paths": paths,
        "components": {
            "headers": LIMIT_HEADERS,
            "schemas": {"Error": _error()} | schemas,
            "responses": _error_responses(),
        },
    }


def operation(
    name: str, summary: str, parameters: list[Row], result: Row, **more: Any
) -> Row:
    """Return a GET operation of an action; `result` is the schema of its result."""
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": _success(result)} | _error_references(),
        **more,
    }


def parameter(name: str, about: Row) -> Row:
    """Return a parameter of the query: {title, type, required, example}."""
    schema: Row = {"type": about.get("type", "string")}
    said: Row = {
        "name": name,
        "in": "query",
        "description": about.get("title", ""),
        "required": bool(about.get("required")),
        "schema": schema,
    }
    if about.get("example") is not None:
        said["example"] = about["example"]
    return said


def limit_headers() -> Row:
    """Return references to the headers of the limits."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in LIMIT_HEADERS}


def _success(result: Row) -> Row:
    return {
        "description": "调用成功。",
        "headers": limit_headers(),
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["help", "success", "result"],
                    "properties": {
                        "help": {"type": "string", "description": "说明的地址"},
                        "success": {"const": True},
                        "result": result,
                    },
                }
            }
        },
    }


def _error() -> Row:
    said = {"type": "object", "description": "错误的类别和说明"}
    return {
        "type": "object",
        "required": ["success", "error"],
        "properties": {"success": {"const": False}, "error": said},
    }


def _error_responses() -> Row:
    content = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    found: Row = {
        code: {"description": said, "headers": limit_headers(), "content": content}
        for code, said in ERRORS.items()
    }
    retry = {
        "description": "多少秒后可以重试。",
        "schema": {"type": "integer", "minimum": 1},
    }
    found["429"] = {
        "description": "请求过于频繁，请稍后重试。",
        "headers": limit_headers() | {"Retry-After": retry},
        "content": content,
    }
    return found


def _error_references() -> Row:
    codes = (*ERRORS, "429")
    return {code: {"$ref": f"#/components/responses/{code}"} for code in codes}


def _site_title() -> str:
    return str(tk.config["ckan.site_title"])
