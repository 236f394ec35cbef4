"""What requests leave in the trail, and what they answer when it cannot be written."""

import re

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.jiangmen.audit import trail as writing


def _login(app, name, password):
    app.flask_app.config["TESTING"] = True
    page = app.get("/user/login").body
    csrf = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    return app.post(
        "/user/login",
        data={"login": name, "password": password, "_csrf_token": csrf},
        follow_redirects=False,
    )


class TestRefusals:
    def test_a_refused_call_is_noted_with_account_token_and_address(
        self, app, trail, token, people
    ):
        headers = {"Authorization": token("b_cataloguer")}
        answer = app.post(
            "/api/3/action/user_delete",
            json={"id": "coordinator"},
            headers={**headers, "X-Forwarded-For": "203.0.113.9"},
        )
        assert answer.status_code == 403
        row = trail(kind="refusal")[-1]
        known = model.Session.scalar(sa.text("SELECT id FROM api_token"))
        assert (row["account"], row["action"]) == ("b_cataloguer", "user_delete")
        assert (row["token"], row["address"]) == (known, "203.0.113.9")
        assert (row["channel"], row["result"]) == ("api", "refused")
        assert row["organizations"] == [people.tax]

    def test_a_refused_page_names_its_entry_by_id_however_it_was_asked_for(
        self, app, trail, token, approved
    ):
        entry = approved()
        headers = {"Authorization": token("b_cataloguer")}
        for name in (entry["name"], entry["id"]):
            app.get(f"/dataset/followers/{name}", headers=headers, status=403)
        rows = trail(kind="refusal")
        assert [row["entry"] for row in rows] == [entry["id"], entry["id"]]
        assert entry["name"] not in str(trail())

    def test_a_token_that_is_none_is_named_by_a_hash_only(self, app, trail, people):
        app.get(
            "/api/3/action/package_list",
            headers={"Authorization": "no-token-of-ours"},
            status=401,
        )
        (row,) = trail(kind="refusal")
        assert row["token"].startswith("sha256:")
        assert "no-token" not in str(row)

    def test_a_refusal_noted_by_a_capability_is_not_noted_twice(self, app, people):
        with app.flask_app.test_request_context("/desk"):
            writing.note_refusal({"user": ""}, "x", reason="r")
            assert tk.g.jiangmen_refusal_noted


class TestLogins:
    def test_a_good_login_is_noted(self, app, trail, people):
        _login(app, "c_cataloguer", "Zhongwen-2026")
        rows = trail(kind="login")
        assert [(r["account"], r["result"]) for r in rows] == [("c_cataloguer", "done")]

    def test_a_bad_login_is_noted_under_the_account_it_aimed_at(
        self, app, trail, people
    ):
        _login(app, "c_cataloguer", "wrong-password")
        rows = trail(kind="login")
        assert [(r["account"], r["result"]) for r in rows] == [
            ("c_cataloguer", "refused")
        ]

    def test_what_is_typed_for_an_account_that_is_none_is_not_kept(
        self, app, trail, people
    ):
        _login(app, "Zhongwen-2026", "Zhongwen-2026")
        assert [r["account"] for r in trail(kind="login")] == [""]


def test_a_logout_is_noted(app, trail, people):
    _login(app, "c_cataloguer", "Zhongwen-2026")
    app.get("/user/_logout", follow_redirects=False)
    assert [r["account"] for r in trail(kind="logout")] == ["c_cataloguer"]


class TestWithoutTrail:
    def test_a_read_is_refused_in_one_sentence(self, people, no_trail):
        with pytest.raises(writing.TrailUnavailable, match="留痕|trail"):
            writing.note_read({"user": "c_cataloguer"}, "x", entry_id="e")

    def test_a_refusal_becomes_a_503(self, app, people, no_trail):
        answer = app.get("/api/3/action/package_list", status=503)
        assert answer.json["success"] is False
        assert "audit." not in answer.body

    def test_a_change_becomes_a_503_and_does_not_happen(
        self, app, people, token, request
    ):
        headers = {"Authorization": token("c_cataloguer")}
        request.getfixturevalue("no_trail")
        answer = app.post(
            "/api/3/action/user_patch",
            json={"id": "c_cataloguer", "about": "x"},
            headers=headers,
        )
        assert answer.status_code == 503
        assert "audit" not in answer.json["error"]["message"]
        assert model.User.get("c_cataloguer").about is None

    def test_a_login_becomes_a_503_and_does_not_happen(self, app, people, no_trail):
        answer = _login(app, "c_cataloguer", "Zhongwen-2026")
        assert answer.status_code == 503
        assert "sysadmin" not in answer.body
        assert app.get("/desk", follow_redirects=False).status_code == 302
