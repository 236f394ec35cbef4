"""The OpenAPI documents: valid, true to docstrings and answers, tried on a page."""

from __future__ import annotations

import re
import uuid

import jsonschema
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

SITE = "http://test.ckan.net"


def problems(document):
    return [str(each) for each in OpenAPIV31SpecValidator(document).iter_errors()]


@pytest.fixture
def entry(app, receiver, package_id):
    receiver.publish(package_id, remarks="", related_codes=["外部:1"])
    return app.get(f"/api/3/action/package_show?id={package_id}").json["result"]


@pytest.fixture
def table(app, entry):
    """The entry's table: its OpenAPI document and its id."""
    number = entry["resources"][0]["id"]
    address = f"/dataset/{entry['name']}/resource/{number}/openapi.json"
    return app.get(address).json, number


def test_the_document_of_the_api_has_no_errors(app, platform):
    document = app.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert problems(document) == []


def test_every_parameter_stands_in_the_docstring_of_its_action(app):
    from ckanext.jiangmen.portal.machines import openapi

    for name, about in openapi.actions().items():
        known = openapi.parameters_of(openapi.docstring(name))
        if name == "datastore_info":  # core's docstring calls it otherwise
            known = ["id"]
        unknown = set(about.get("parameters") or {}) - set(known)
        assert not unknown, f"{name}: {unknown}"


def test_every_described_action_answers_a_caller_without_account(app, entry, table):
    document = app.get("/openapi.json").json
    given = {"package_show": entry["name"], "resource_show": table[1],
             "organization_show": "shi-min-zheng-ju", "datastore_info": table[1],
             "jiangmen_entry_related": entry["name"],
             "jiangmen_mqa_show": entry["name"],
             "jiangmen_portal_version_list": entry["name"]}  # fmt: skip
    absent = {"jiangmen_portal_edition_show"}
    for path, methods in document["paths"].items():
        name = path.rsplit("/", 1)[1]
        query = {each["name"]: each["example"]
                 for each in methods["get"]["parameters"]
                 if "example" in each and each["name"] != "fq"}  # fmt: skip
        query |= {"id": given[name]} if name in given else {}
        query |= {"resource_id": table[1]} if name == "datastore_search" else {}
        query |= {"code": entry["resource_code"]} if "code_resolve" in name else {}
        answer = app.get(path, query_string=query)
        assert answer.status_code == (404 if name in absent else 200), name


def test_an_entry_is_as_the_schema_says(app, entry):
    document = app.get("/openapi.json").json
    schema = document["components"]["schemas"]["Entry"]
    jsonschema.validate(entry, schema, cls=jsonschema.Draft202012Validator)
    assert "secrecy_reviewer" not in schema["properties"]


def test_the_limits_are_described_and_sent(app, entry, monkeypatch):
    import ckan.plugins.toolkit as tk

    document = app.get("/openapi.json").json
    described = set(document["components"]["headers"])
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.rate_limit.enabled", True)
    sent = app.get("/api/3/action/package_list").headers
    assert (
        described == {"RateLimit", "RateLimit-Policy"} == described & set(sent.keys())
    )


def test_the_document_of_a_table_has_no_errors(table):
    assert problems(table[0]) == []


def test_the_document_of_a_table_tells_its_columns(table):
    columns = table[0]["components"]["schemas"]["Record"]["properties"]
    assert list(columns) == ["_id", "代码", "名称", "户数"]
    assert columns["户数"]["type"] == ["integer", "null"]


def test_the_examples_of_a_table_run_and_answer_as_described(app, table):
    document, _ = table
    operation = document["paths"]["/api/3/action/datastore_search"]["get"]
    query = {each["name"]: each["example"]
             for each in operation["parameters"] if "example" in each}  # fmt: skip
    answer = app.get("/api/3/action/datastore_search", query_string=query)
    assert answer.json["result"]["records"]
    whole = app.get(
        "/api/3/action/datastore_search",
        query_string={"resource_id": query["resource_id"]},
    ).json["result"]
    schema = document["components"]["schemas"]["Record"]
    for row in whole["records"]:
        jsonschema.validate(row, schema, cls=jsonschema.Draft202012Validator)
    [path] = [path for path in document["paths"] if "/export/" in path]
    for fmt in ("csv", "xlsx", "json", "parquet"):
        assert app.get(path.replace("{format}", fmt)).status_code == 200


@pytest.mark.parametrize("empty", [0, 1])
def test_an_empty_table_has_a_document_too(app, receiver, package_id, empty):
    receiver.publish(package_id, rows=empty)
    entry = app.get(f"/api/3/action/package_show?id={package_id}").json["result"]
    number = entry["resources"][0]["id"]
    answer = app.get(f"/dataset/{entry['name']}/resource/{number}/openapi.json")
    assert problems(answer.json) == []


def test_what_is_no_public_table_has_none(app, entry):
    for address in (
        f"/dataset/{entry['name']}/resource/{uuid.uuid4()}/openapi.json",
        f"/dataset/nothing/resource/{entry['resources'][0]['id']}/openapi.json",
        f"/developers?table={uuid.uuid4()}",
        "/developers?table=' OR 1=1",
    ):
        assert app.get(address).status_code == 404


def test_the_page_has_a_form_for_every_action(app, entry):
    page = app.get("/developers").text
    actions = set(re.findall(r'action="/api/3/action/(\w+)"', page))
    document = app.get("/openapi.json").json
    assert actions == {path.rsplit("/", 1)[1] for path in document["paths"]}
    assert f'value="{entry["name"]}"' in page


def test_the_page_is_filled_for_a_table(app, table):
    page = app.get(f"/developers?table={table[1]}").text
    assert page.count(f'value="{table[1]}"') == 3


def test_the_page_of_an_empty_site_answers(app, platform):
    assert app.get("/developers").status_code == 200


def test_what_the_public_may_call_is_described(app):
    """New actions of ours that everybody may read get a line in schemas/api.yaml."""
    from pathlib import Path

    from ckanext.jiangmen.portal.machines import openapi

    told = Path(__file__).parents[3] / "authorization/actions.yaml"
    rows = yaml.safe_load(told.read_text("utf-8"))["open"]["rows"]
    public = {
        row if isinstance(row, str) else next(iter(row))
        for kind in ("for_everybody", "reads_entry", "reads_edition", "follows_code")
        for row in rows[kind]
    }
    ours = {
        name
        for name in public
        if name.startswith(("jiangmen_portal_", "jiangmen_mqa_"))
    }
    assert ours <= set(openapi.actions())
