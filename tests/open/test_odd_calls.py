"""Odd parameters get one sentence; an error of our own code is not hidden by it."""

from __future__ import annotations

import json
import logging

import pytest

import ckan.plugins.toolkit as tk
from ckan import logic

from ckanext.jiangmen import odd_calls


@pytest.fixture
def ask(platform):
    """Call an action over HTTP; return status and error."""

    def call(action, body):
        answer = platform.flask_app.test_client().post(
            f"/api/3/action/{action}",
            data=body if isinstance(body, str) else json.dumps(body),
            content_type="application/json",
        )
        return answer.status_code, answer.json.get("error")

    return call


def test_a_missing_parameter_is_named(ask):
    status, error = ask("group_autocomplete", {})
    assert status == 409
    assert error["q"] == ["必填项没有填写"]


def test_a_parameter_of_another_kind_is_told_where_it_is_described(ask):
    status, error = ask("package_show", {"id": {"a": 1}})
    assert status == 409
    assert "help_show?name=package_show" in str(error)


@pytest.mark.parametrize("body", ["[]", '"x"', "3", "null", "{", "[" * 9000])
def test_a_body_that_is_no_object_is_refused_in_chinese(ask, body):
    status, error = ask("status_show", body)
    assert status == 400
    assert "JSON 对象" in error["message"]


def test_a_search_that_the_index_refuses_shows_none_of_its_words(ask):
    status, error = ask("package_search", {"fq": "title:[", "sort": "nothing asc"})
    assert status == 409
    assert "检索" in str(error)
    assert "olr" not in str(error)


BODY = "def action(context, data_dict):\n    return data_dict['limit'] + 1\n"


@pytest.mark.parametrize(
    ("module", "error"),
    [("ckanext.jiangmen.new", TypeError), ("ckan.logic.x", tk.ValidationError)],
)
def test_errors_of_our_own_code_stay_errors(platform, monkeypatch, module, error):
    names = {"__name__": module}
    exec(BODY, names)
    monkeypatch.setattr(logic, "get_action", lambda _name: names["action"])
    guarded = odd_calls.action_of("action")
    with platform.flask_app.test_request_context(), pytest.raises(error):
        guarded({}, {"limit": "x"})


def test_an_odd_call_is_logged_without_its_values(ask, caplog):
    caplog.set_level(logging.WARNING, odd_calls.__name__)
    ask("package_show", {"id": {"a": "44070319000101001X"}})
    (record,) = [r for r in caplog.records if r.name == odd_calls.__name__]
    assert "package_show" in record.getMessage()
    assert "44070319000101001X" not in caplog.text
