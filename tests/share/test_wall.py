"""The share site shows anonymous callers nothing but its login page."""

import pytest
from werkzeug.routing.converters import NumberConverter

from ckan.tests import factories

pytestmark = pytest.mark.usefixtures("platform")

OPEN = {"/health", "/robots.txt", "/user/login"}


def _addresses(app):
    for rule in app.flask_app.url_map.iter_rules():
        if rule.endpoint in {"static", "webassets.index", "api.i18n_js_translations"}:
            continue
        values = {
            name: 1
            if isinstance(converter, NumberConverter)
            else min(getattr(converter, "items", "x"))
            for name, converter in rule._converters.items()
        }
        method = "GET" if "GET" in rule.methods else "POST"
        yield method, rule.build(values, append_unknown=False)[1]


def test_every_route_sends_anonymous_callers_to_the_login_page(app):
    reached = []
    for method, address in sorted(set(_addresses(app))):
        if address in OPEN or address.startswith("/api/i18n/"):
            continue
        answer = app.test_client().open(address, method=method, follow_redirects=False)
        login = "/user/login" in answer.headers.get("Location", "")
        if answer.status_code != 401 and not (answer.status_code == 302 and login):
            reached.append((method, address, answer.status_code))
    assert reached == []


@pytest.mark.parametrize(
    "address", ["/foo/bar", "/dataset/x", "/desk/nothing", "/zh_Hans_CN/dataset/"]
)
def test_addresses_lead_to_the_login_page_whether_they_exist_or_not(app, address):
    answer = app.get(address, follow_redirects=False)
    assert answer.status_code == 302
    assert "/user/login" in answer.headers["Location"]


def test_files_of_the_product_are_there_for_the_login_page(app):
    assert app.get("/jiangmen/mark.svg").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/api/3/action/package_search",
        "/api/action/status_show",
        "/api/3/action/nothing",
    ],
)
def test_api_calls_without_an_account_get_401_as_json(app, address):
    answer = app.get(address, follow_redirects=False)
    assert answer.status_code == 401
    assert answer.json["success"] is False


def test_a_wrong_token_gets_401(app):
    answer = app.get(
        "/api/3/action/package_search",
        headers={"Authorization": "wrong"},
        follow_redirects=False,
    )
    assert answer.status_code == 401


def test_a_token_passes(app):
    user = factories.UserWithToken()
    answer = app.get(
        "/api/3/action/package_search", headers={"Authorization": user["token"]}
    )
    assert answer.json["success"] is True


def test_uploads_are_no_static_files_for_anonymous_callers(app):
    answer = app.get("/uploads/group/anything.png", follow_redirects=False)
    assert answer.status_code == 302


def test_the_login_page_answers_in_chinese(app):
    page = app.get("/user/login")
    assert "登录" in page.body
    assert 'lang="zh-Hans-CN"' in page.body


def test_health_names_its_parts_and_no_address(app):
    answer = app.get("/health")
    assert answer.json["parts"] == {
        "database": "ok",
        "tables": "ok",
        "queue": "ok",
        "index": "ok",
        "limits": "ok",
        "trail": "ok",
    }


@pytest.mark.parametrize("form", [{}, {"login": "x"}, {"password": "x"}])
def test_a_login_without_its_fields_is_refused_and_not_an_error(app, form):
    app.flask_app.config["TESTING"] = True
    answer = app.post("/user/login", data=form, follow_redirects=False)
    assert answer.status_code == 400


def test_scripts_get_their_translations_under_the_wrong_name_too(app):
    assert app.get("/api/i18n/zh_Hans-CN").status_code == 200


def test_a_nul_character_is_refused_in_one_sentence_and_is_no_error(app):
    user = factories.UserWithToken()
    headers = {"Authorization": user["token"]}
    for answer in (
        app.post(
            "/api/3/action/package_show",
            headers=headers,
            json={"id": "\x00"},
        ),
        app.get("/api/3/action/package_show?id=%00", headers=headers),
    ):
        assert answer.status_code == 400
        assert "NUL" in answer.json["error"]["message"]
