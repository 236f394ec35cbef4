"""Passwords: the policy holds at every door, age forces a change, hashes are strong."""

from __future__ import annotations

import datetime as dt

import click
import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk

PASSWORD = "Shuju-7314-Qiao"
NEW = "Liutong-8425-Hai"


def change(window, new, present=PASSWORD, again=None):
    fields = {"present": present, "new": new, "again": again or new}
    return window.post("/user/password", fields)


def test_new_hashes_have_210000_rounds(account):
    assert account().password.split("$")[2] == "210000"


def test_a_weak_hash_is_renewed_at_sign_in_and_stays_the_password_in_force(
    browser, account
):
    from passlib.hash import pbkdf2_sha512

    from ckan import model

    user = account()
    weak = pbkdf2_sha512.using(rounds=25_000).hash(PASSWORD)
    for table in ('"user" SET password', "jiangmen_password SET hash"):
        model.Session.execute(sa.text(f"UPDATE {table} = :hash"), {"hash": weak})
    model.Session.commit()
    window = browser()
    assert window.sign_in("zhangsan").headers["Location"].endswith("/desk")
    model.Session.expire_all()
    assert model.User.get(user.id).password.split("$")[2] == "210000"


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("Ab3-short", "密码不得少于 10 个字符。"),
        (
            "onlysmallletters",
            "密码须包含小写字母、大写字母、数字、其他符号中的至少 3 类。",
        ),
        ("Password2026!", "密码属于常见密码或与其相近，请另设密码。"),
        ("Zhangsan-8830", "密码包含账号、部门或平台名称，请另设密码。"),
        ("Jiangmen-8830", "密码包含账号、部门或平台名称，请另设密码。"),
        ("1qaz@WSX3edc", "密码由键盘连续键或重复字符组成，请另设密码。"),
        (PASSWORD, "此密码在最近 5 次中用过，请另设密码。"),
    ],
)
def test_a_refused_password_gets_one_sentence(browser, account, new, sentence):
    account()
    window = browser()
    window.sign_in("zhangsan")
    page = change(window, new).get_data(as_text=True)
    assert sentence in page


def test_the_name_of_a_department_is_no_password(browser, account, as_platform):
    as_platform("organization_create", name="minzhengju", title="市民政局")
    account()
    window = browser()
    window.sign_in("zhangsan")
    for new in ("Minzhengju-77", "市民政局-Abc77"):
        assert "密码包含" in change(window, new).get_data(as_text=True)


def test_the_last_five_passwords_are_not_used_again_and_the_sixth_is(account, act):
    account()
    used = [PASSWORD, *(f"Liutong-{n}425-Hai" for n in range(2, 7))]
    for present, new in zip(used, used[1:], strict=False):
        act("jiangmen_password_change", user="zhangsan", present=present, new=new)
    with pytest.raises(tk.ValidationError):
        act("jiangmen_password_change", user="zhangsan", present=used[-1], new=used[1])
    act("jiangmen_password_change", user="zhangsan", present=used[-1], new=used[0])


def test_the_two_new_passwords_must_be_equal(browser, account):
    account()
    window = browser()
    window.sign_in("zhangsan")
    page = change(window, NEW, again=NEW + "x").get_data(as_text=True)
    assert "两次输入的新密码不一致。" in page


def test_wrong_present_passwords_are_counted_and_lock(account, act):
    account()
    for _ in range(5):
        with pytest.raises(tk.ValidationError):
            act("jiangmen_password_change", user="zhangsan", present="x", new=NEW)
    with pytest.raises(tk.ValidationError):
        act("jiangmen_password_change", user="zhangsan", present=PASSWORD, new=NEW)


def age(user, days):
    from ckan import model

    model.Session.execute(
        sa.text("UPDATE jiangmen_password SET changed = now() - :age"),
        {"age": dt.timedelta(days=days)},
    )
    model.Session.commit()


@pytest.mark.parametrize(("days", "due"), [(89, False), (91, True)])
def test_a_password_older_than_90_days_is_changed_first(browser, account, days, due):
    age(account(), days)
    window = browser()
    to = window.sign_in("zhangsan").headers["Location"]
    assert to.endswith("/user/password" if due else "/desk")
    for address in ("/desk", "/dataset/", "/user/edit"):
        answer = window.get(address)
        led = answer.headers.get("Location", "").endswith("/user/password")
        assert led is due
    assert (window.get("/api/3/action/package_search").status_code == 403) is due
    if due:
        assert change(window, NEW).headers["Location"].endswith("/desk")
        assert window.get("/user/edit").status_code == 200


def test_a_password_set_by_others_is_changed_at_the_first_sign_in(browser, account):
    account(final=False)
    window = browser()
    assert window.sign_in("zhangsan").headers["Location"].endswith("/user/password")


def test_a_password_set_past_the_actions_is_for_one_time_too(browser, account):
    """As `ckan user setpass` does it, which looks at no policy."""
    from ckan import model

    account().password = "12345678"
    model.Session.commit()
    window = browser()
    to = window.sign_in("zhangsan", "12345678").headers["Location"]
    assert to.endswith("/user/password")
    assert window.get("/desk").headers["Location"].endswith("/user/password")


def test_ckan_user_add_refuses_a_weak_password(platform):
    from ckan import model
    from ckan.cli.user import user

    def add(password):
        with click.Context(user) as context:
            context.meta["flask_app"] = platform.flask_app
            args = ["email=lisi@example.invalid", f"password={password}"]
            context.invoke(user.commands["add"], username="lisi", args=args)

    with pytest.raises(click.Abort):
        add("12345678")
    assert model.User.get("lisi") is None
    add(PASSWORD)
    assert model.User.get("lisi") is not None


def test_nobody_changes_a_password_by_the_actions_of_ckan(app, account):
    from ckan.tests import factories

    account()
    headers = {"Authorization": factories.APIToken(user="zhangsan")["token"]}
    for action in ("user_update", "user_patch"):
        answer = app.post(
            f"/api/3/action/{action}",
            headers=headers,
            json={"id": "zhangsan", "email": "z@example.invalid", "password": NEW},
            status=409,
        )
        assert "jiangmen_password_change" in str(answer.json["error"])


@pytest.mark.parametrize("fields", [{}, {"email": "x@example.invalid"}])
def test_an_incomplete_profile_form_is_refused_and_not_an_error(
    browser, account, fields
):
    account()
    window = browser()
    window.sign_in("zhangsan")
    assert window.post("/user/edit", {"save": "", **fields}).status_code == 400


def test_guessing_the_password_on_the_profile_page_is_counted(browser, account):
    account()
    window = browser()
    window.sign_in("zhangsan")
    fields = {"save": "", "name": "zhangsan", "email": "new@example.invalid"}
    for _ in range(5):
        answer = window.post("/user/edit", {**fields, "old_password": "wrong"})
        assert answer.status_code == 403
    answer = window.post("/user/edit", {**fields, "old_password": PASSWORD})
    assert answer.status_code == 403


def test_every_sign_of_a_password_counts(browser, account):
    """Sixty-four signs and more, Chinese ones and spaces too; none is cut off."""
    long = "西江 Ab3-" + "渔火点点xK9" * 9 + " "
    assert len(long) > 64
    account(password=long)
    for wrong in (long[:-1], long.lower(), long.strip()):
        window = browser()
        window.sign_in("zhangsan", wrong)
        assert not window.signed_in()
    window = browser()
    window.sign_in("zhangsan", long)
    assert window.signed_in()
