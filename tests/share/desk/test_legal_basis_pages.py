"""The pages of grounds: register, decide, download, and what is withheld."""

from __future__ import annotations

import re

import pytest

LAW = {
    "door": "b",
    "title": "关于困境儿童信息不予共享的请示",
    "document_number": "江民〔2017〕12号",
    "article": "因涉及未成年人隐私",
    "authority": "江门市人民政府",
    "issued": "2017-05-02",
}


@pytest.fixture
def sign_in(as_platform):
    """Return a function that gives the headers of an account's own token."""

    def make(name):
        made = as_platform("api_token_create", user=name, name="test")
        return {"Authorization": made["token"]}

    return make


def english(body):
    """Return the English words that a page shows outside of code and names."""
    text = re.sub(r"(?s)<(script|style|code|pre)\b.*?</\1>", " ", body)
    text = re.sub(r"<[^>]+>", " ", text)
    known = {
        "english",
        "sha",
        "c_cataloguer",
        "b_cataloguer",
        "city_approver",
        "coordinator",
        "yj",
        "txt",
        "csv",
        "javascript",
    }
    words = re.findall(r"[A-Za-z_]{4,}", text)
    return [word for word in words if word.lower() not in known]


@pytest.mark.parametrize(
    ("path", "user"),
    [
        ("/desk/legal-basis", "c_cataloguer"),
        ("/desk/legal-basis/new", "c_cataloguer"),
        ("/desk/legal-basis/{id}", "c_cataloguer"),
        ("/desk/legal-basis/{id}/edit", "c_cataloguer"),
        ("/desk/legal-basis?waiting=1", "city_approver"),
        ("/desk/legal-basis/{id}", "city_approver"),
        ("/withheld", "b_cataloguer"),
        ("/withheld", "coordinator"),
        ("/desk", "c_cataloguer"),
        ("/desk/entry/new", "c_cataloguer"),
    ],
)
def test_pages_open_in_chinese(app, ground, approved, sign_in, path, user):
    made = ground(**LAW)
    approved()
    answer = app.get(path.format(id=made["id"]), headers=sign_in(user))
    assert answer.status_code == 200
    if path != "/desk/entry/new":
        assert english(answer.body) == []
    else:
        assert "YJ000001" in answer.body


def test_a_ground_is_registered_by_its_form_and_decided(app, people, act, sign_in):
    import io

    data = {**LAW, "upload": (io.BytesIO(b"demo"), "请示.txt")}
    answer = app.post(
        "/desk/legal-basis/new",
        data=data,
        headers=sign_in("c_cataloguer"),
        follow_redirects=False,
    )
    assert answer.status_code == 302
    (made,) = act("jiangmen_legal_basis_list", user="c_cataloguer")["results"]
    assert made["state"] == "submitted"
    answer = app.post(
        f"/desk/legal-basis/{made['id']}/decide",
        data={"decision": "approve", "comment": "同意"},
        headers=sign_in("city_approver"),
        follow_redirects=False,
    )
    assert answer.status_code == 302
    shown = act("jiangmen_legal_basis_show", user="c_cataloguer", id=made["id"])
    assert (shown["state"], shown["comment"]) == ("in_force", "同意")


def test_what_is_wrong_stands_on_the_form(app, people, sign_in):
    answer = app.post(
        "/desk/legal-basis/new",
        data={**LAW, "issued": "2017-02-30"},
        headers=sign_in("c_cataloguer"),
    )
    assert answer.status_code == 200
    assert "不是真实日期" in answer.body


def test_the_document_is_for_those_who_may_read_the_ground(app, ground, sign_in):
    made = ground(**LAW)
    address = f"/desk/legal-basis/{made['id']}/file"
    for user, status in (
        ("c_reviewer", 200),
        ("city_approver", 200),
        ("coordinator", 200),
        ("b_cataloguer", 404),
    ):
        answer = app.get(address, headers=sign_in(user))
        assert answer.status_code == status, user
    assert app.get(address, follow_redirects=False).status_code in {302, 401}


def test_the_approver_of_the_city_comes_to_the_grounds(app, people, sign_in):
    answer = app.get("/desk", headers=sign_in("city_approver"), follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/desk/legal-basis?waiting=1")
