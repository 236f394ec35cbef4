"""Every rule of 核心元数据 answers alike by form, workbook and API (matrix.yaml)."""

from __future__ import annotations

import html
import json
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

ROWS = yaml.safe_load(Path(__file__).with_name("matrix.yaml").read_text("utf-8"))
WAYS = ("form", "workbook", "api")
ACCOUNT = "c_cataloguer"
ENTRY: dict[str, Any] = {
    "title": "江门市行政区划",
    "owner_org": "minzhengju",
    "content_kind": "基础信息",
    "notes": "全市区划代码与名称。",
    "format_class": "电子表格",
    "format_types": ["XLSX"],
    "sharing_category": "无条件共享",
    "exchange_method": "系统对接",
    "update_cycle": "实时",
    "secrecy": "非涉密",
    "information_items": [
        {"name": "区划代码", "data_type": "字符型", "data_length": "12"}
    ],
}
CASES = [
    pytest.param(row, way, id=f"{row['rule']}-{way}")
    for row in ROWS
    for way in row.get("ways", WAYS)
]
_kept: dict[str, SimpleNamespace] = {}


@pytest.fixture
def world(request):
    """People, a ground and a token, made once: no row here changes another's."""
    if "world" not in _kept:
        from ckan.tests import factories

        request.getfixturevalue("people")
        ground = request.getfixturevalue("ground")()["number"]
        token = factories.APIToken(user=ACCOUNT)["token"]
        _kept["world"] = SimpleNamespace(ground=ground, token=token, made=0)
    return _kept["world"]


def filled(world, row, changes):
    """Return an entry with a row's changes, under a title of its own."""
    world.made += 1
    entry = ENTRY | {"title": f"江门市行政区划{world.made}"}
    return entry | {key: _value(world, value) for key, value in changes.items()}


def _value(world, value):
    if isinstance(value, list):
        return [_value(world, one) for one in value]
    if isinstance(value, dict):
        return {key: _value(world, one) for key, one in value.items()}
    if isinstance(value, str) and "*" in value:
        sign, times = value.split("*")
        return sign * int(times)
    if isinstance(value, str):
        return value.replace("{ground}", world.ground).replace("{n}", str(world.made))
    return value


def by_api(world, act, app, row, entry):
    """Return the sentences at the row's field; [] where the entry is taken."""
    try:
        act("package_create", user=ACCOUNT, **entry)
    except tk.ValidationError as refused:
        return list(refused.error_dict[row["field"]])
    return []


def by_form(world, act, app, row, entry):
    """Return the page's text where the form is shown again; [] where it is saved."""
    data = {
        key: "；".join(value) if key != "information_items" else json.dumps(value)
        for key, value in entry.items()
        if isinstance(value, list)
    }
    data |= {key: value for key, value in entry.items() if key not in data}
    answer = app.post(
        "/desk/entry/new",
        data=data,
        headers={"Authorization": world.token},
        follow_redirects=False,
    )
    if answer.status_code == 302:
        return []
    assert answer.status_code == 200
    return [html.unescape(answer.body)]


def by_workbook(world, act, app, row, entry):
    """Return the sentences at the row's column; [] where the row is good."""
    from ckanext.jiangmen.catalog import lists
    from ckanext.jiangmen.catalog.survey import write_entries

    content = write_entries([entry | {"organization_title": "市民政局"}])
    told = act(
        "jiangmen_survey_preview",
        user=ACCOUNT,
        upload=FileStorage(stream=BytesIO(content), filename="调查表.xlsx"),
    )
    if not told["errors"]:
        assert told["created"] == 1
        return []
    column = row.get("column") or lists.label(row["field"])
    return [each["message"] for each in told["errors"] if each["field"] == column]


CALLS = {"form": by_form, "workbook": by_workbook, "api": by_api}


@pytest.mark.parametrize(("row", "way"), CASES)
def test_a_rule_is_kept_and_broken_with_one_sentence_everywhere(
    row, way, world, act, app
):
    told = CALLS[way](world, act, app, row, filled(world, row, row["passes"]))
    assert told == []
    told = CALLS[way](world, act, app, row, filled(world, row, row["fails"]))
    assert any(row["says"] in sentence for sentence in told), told


# Cannot be broken in three ways: what a form or a cell cannot hold, and what follows
# from the body. tests/pure/catalog/test_rules.py breaks them.
ELSEWHERE = {
    "text",
    "region",
    "spatial",
    "date",
    "items_shape",
    "internal_organization",
}


def test_every_rule_of_the_catalogue_is_in_the_matrix():
    from ckanext.jiangmen.catalog import problems

    tried = {row["rule"].split()[0] for row in ROWS}
    assert tried | ELSEWHERE == problems.rule_ids()


def test_every_sentence_says_what_to_do():
    for row in ROWS:
        assert "请" in row["says"] or "应为" in row["says"]
