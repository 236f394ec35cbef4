"""系统管理员, 安全管理员 and 安全审计员: three sets of rights that do not meet."""

from __future__ import annotations

import itertools
import json

import pytest
from click.testing import CliRunner

import ckan.plugins.toolkit as tk

PASSWORD = "Shuju-7314-Qiao"
KEEPERS = {
    "operator": "system_operator",
    "officer": "security_officer",
    "auditor": "auditor",
}
NEW_ACCOUNT = {
    "name": "wangwu",
    "fullname": "市民政局 审核员",
    "email": "wangwu@example.invalid",
}


@pytest.fixture
def keepers(account):
    """One account of each of the three."""
    return {name: account(name, role) for name, role in KEEPERS.items()}


CHANGES = {
    "jiangmen_account_create": ("operator", NEW_ACCOUNT),
    "jiangmen_account_close": ("operator", {"id": "zhangsan"}),
    "jiangmen_account_password_reset": ("operator", {"id": "zhangsan"}),
    "jiangmen_account_confirm": ("officer", {"id": "waiting"}),
    "jiangmen_account_unlock": ("officer", {"id": "zhangsan"}),
    "jiangmen_role_grant": ("officer", {"id": "zhangsan", "role": "moderator"}),
    "jiangmen_role_revoke": ("officer", {"id": "zhangsan", "role": "moderator"}),
}


@pytest.mark.parametrize("action", CHANGES)
def test_each_change_belongs_to_one_keeper(keepers, account, act, action):
    from ckan import model

    account("zhangsan", "moderator")
    account("waiting").set_pending()
    model.Session.commit()
    owner, data = CHANGES[action]
    for name in {*KEEPERS, "zhangsan", ""} - {owner}:
        with pytest.raises(tk.NotAuthorized):
            act(action, user=name, **data)
    act(action, user=owner, **data)


def test_the_sets_of_rights_do_not_meet():
    from ckanext.jiangmen.accounts import Role
    from ckanext.jiangmen.login.separation import ACTIONS

    writing = {
        role: {a for a in actions if not a.endswith("_list")}
        for role, actions in ACTIONS.items()
    }
    for one, other in itertools.combinations(writing, 2):
        assert not writing[one] & writing[other]
    assert not writing[Role.AUDITOR]


def test_an_account_needs_two_persons_and_then_its_owner(
    keepers, browser, act, people_of
):
    made = act("jiangmen_account_create", user="operator", **NEW_ACCOUNT)
    first = made["one_time_password"]
    assert made["state"] == "pending"
    window = browser()
    window.sign_in("wangwu", first)
    assert not window.signed_in()
    act("jiangmen_account_confirm", user="officer", id="wangwu")
    act(
        "jiangmen_role_grant",
        user="officer",
        id="wangwu",
        role="cataloguer",
        organization=people_of,
    )
    to = window.sign_in("wangwu", first).headers["Location"]
    assert to.endswith("/user/password")
    new = "Liutong-8425-Hai"
    window.post("/user/password", {"present": first, "new": new, "again": new})
    assert window.get("/desk").status_code == 200


@pytest.fixture
def people_of(as_platform):
    """Name of a department."""
    return as_platform("organization_create", name="minzhengju", title="市民政局")[
        "name"
    ]


def test_a_reset_ends_sessions_and_waits_for_the_officer(
    keepers, account, browser, act
):
    account("zhangsan")
    window = browser()
    window.sign_in("zhangsan")
    done = act("jiangmen_account_password_reset", user="operator", id="zhangsan")
    assert not window.signed_in()
    for password in (done["one_time_password"], PASSWORD):
        window.sign_in("zhangsan", password)
        assert not window.signed_in()
    act("jiangmen_account_confirm", user="officer", id="zhangsan")
    # The owner notices: the old password opens nothing any more.
    window.sign_in("zhangsan")
    assert not window.signed_in()
    to = window.sign_in("zhangsan", done["one_time_password"]).headers["Location"]
    assert to.endswith("/user/password")


def test_a_closed_account_has_no_roles_tokens_or_sessions(
    app, keepers, account, browser, act
):
    from ckan.tests import factories

    account("zhangsan", "moderator")
    token = factories.APIToken(user="zhangsan")["token"]
    window = browser()
    window.sign_in("zhangsan")
    act("jiangmen_account_close", user="operator", id="zhangsan")
    assert not window.signed_in()
    assert (
        app.get(
            "/api/3/action/status_show",
            headers={"Authorization": token},
            follow_redirects=False,
        ).status_code
        == 401
    )
    listed = act("jiangmen_account_list", user="auditor", q="zhangsan")["accounts"]
    assert [(each["state"], each["roles"]) for each in listed] == [("deleted", [])]


def test_no_account_holds_two_roles_of_the_three(keepers, account, act):
    for first, second in itertools.product(
        KEEPERS.values(), [*KEEPERS.values(), "moderator"]
    ):
        if first == second:
            continue
        name = f"{first}-{second}"
        account(name, first)
        with pytest.raises(tk.ValidationError) as refused:
            act("jiangmen_role_grant", user="officer", id=name, role=second)
        assert "three persons" in str(refused.value.error_dict)


@pytest.mark.parametrize("action", ["jiangmen_role_grant", "jiangmen_account_confirm"])
def test_nobody_keeps_the_own_account(keepers, act, action):
    with pytest.raises(tk.NotAuthorized):
        act(action, user="officer", id="officer", role="moderator")


def test_the_last_keeper_cannot_be_closed_or_lose_the_role(keepers, account, act):
    account("second", "system_operator")
    with pytest.raises(tk.ValidationError):
        act("jiangmen_role_revoke", user="officer", id="auditor", role="auditor")
    with pytest.raises(tk.ValidationError):
        act("jiangmen_account_close", user="operator", id="officer")
    act("jiangmen_account_close", user="operator", id="second")


BAD = [
    ("jiangmen_account_create", "operator", {"name": "x"}),
    ("jiangmen_account_create", "operator", {**NEW_ACCOUNT, "name": "市 民"}),
    ("jiangmen_account_create", "operator", {**NEW_ACCOUNT, "name": "a\x00b"}),
    ("jiangmen_account_create", "operator", {**NEW_ACCOUNT, "email": "no address"}),
    ("jiangmen_role_grant", "officer", {"id": "auditor", "role": "king"}),
    ("jiangmen_role_grant", "officer", {"id": "zhangsan", "role": "reviewer"}),
    ("jiangmen_role_revoke", "officer", {"id": "zhangsan", "role": "moderator"}),
    ("jiangmen_account_confirm", "officer", {"id": "zhangsan"}),
    ("jiangmen_account_list", "auditor", {"limit": "many"}),
    ("jiangmen_account_list", "auditor", {"limit": -1}),
]


@pytest.mark.parametrize(("action", "user", "data"), BAD)
def test_bad_input_is_refused_with_a_sentence(
    keepers, account, act, action, user, data
):
    account("zhangsan")
    with pytest.raises(tk.ValidationError) as refused:
        act(action, user=user, **data)
    assert str(refused.value.error_dict)


@pytest.mark.parametrize("missing", ["nobody", "../etc", "\u00ff" * 3000])
def test_an_account_that_does_not_exist_is_not_found(keepers, act, missing):
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_account_confirm", user="officer", id=missing)


PAGES = ["/dataset/", "/dataset/x", "/organization/", "/desk/revisions", "/desk/survey"]
READING = ["package_search", "package_show", "datastore_search", "jiangmen_survey_list"]


@pytest.mark.parametrize("name", KEEPERS)
def test_keepers_reach_no_business_page_and_no_reading_action(
    app, keepers, browser, name
):
    from ckan.tests import factories

    window = browser()
    window.sign_in(name)
    home = window.get("/desk")
    assert home.headers["Location"].endswith("/accounts")
    assert window.get("/accounts").status_code == 200
    for address in PAGES:
        assert window.get(address).status_code == 403, address
    headers = {"Authorization": factories.APIToken(user=name)["token"]}
    for action in READING:
        answer = app.get(f"/api/3/action/{action}?id=x", headers=headers, status=403)
        assert "不查阅业务数据" in answer.json["error"]["message"]


@pytest.mark.parametrize("name", KEEPERS)
def test_keepers_read_no_entry_by_any_action(approved_entry, keepers, act, name):
    entry, resource = approved_entry
    for action, data in (
        ("package_show", {"id": entry["id"]}),
        ("resource_show", {"id": resource}),
        ("datastore_search", {"resource_id": resource}),
        ("datastore_info", {"id": resource}),
        ("jiangmen_revision_list", {}),
        ("jiangmen_survey_list", {}),
    ):
        try:
            answer = act(action, user=name, **data)
        except (tk.NotAuthorized, tk.ObjectNotFound):
            continue
        assert not answer, action
    assert act("package_search", user=name)["count"] == 0


@pytest.fixture
def approved_entry(act, draft, through_review, upload):
    """An entry in force with a table; its dict and the table's id."""
    proposed = draft()
    act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(),
    )
    through_review(proposed["revision_id"])
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    return entry, entry["resources"][0]["id"]


def test_the_pages_buttons_do_what_they_say(keepers, browser, people_of):
    from ckanext.jiangmen.accounts import caller

    operator, officer = browser(), browser()
    operator.sign_in("operator")
    officer.sign_in("officer")
    page = operator.post("/accounts", {"button": "create", **NEW_ACCOUNT})
    assert "一次性密码" in page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "no-store, private"
    assert (
        officer.post(
            "/accounts",
            {
                "button": "grant",
                "id": "wangwu",
                "role": "reviewer",
                "organization": people_of,
            },
        ).status_code
        == 302
    )
    officer.post("/accounts", {"button": "confirm", "id": "wangwu"})
    assert len(caller("wangwu").organizations) == 1
    assert (
        officer.post("/accounts", {"button": "close", "id": "wangwu"}).status_code
        == 403
    )
    assert officer.post("/accounts", {"button": "none"}).status_code == 400
    assert "没有名为" in officer.post(
        "/accounts", {"button": "confirm", "id": "nobody"}
    ).get_data(as_text=True)


def test_operators_unlock_and_confirm_on_the_command_line(account):
    from ckan import model

    from ckanext.jiangmen.accounts_cli import accounts
    from ckanext.jiangmen.login import lockout

    user = account("zhangsan")
    user.set_pending()
    model.Session.commit()
    lockout.reserve(lockout.keys(user.id, "192.0.2.1"))
    said = [
        CliRunner().invoke(accounts, words).output
        for words in (
            ["unlock", "zhangsan"],
            ["unlock", "192.0.2.1"],
            ["unlock", "192.0.2.1"],
            ["confirm", "zhangsan"],
        )
    ]
    assert said[0] == said[1] == "Unlocked.\n"
    assert "nothing" in said[2]
    assert model.User.get("zhangsan").state == "active"


def test_everybody_else_sees_no_accounts(account, browser):
    account()
    window = browser()
    window.sign_in("zhangsan")
    assert window.get("/accounts").status_code == 403


def test_a_person_with_ckans_sysadmin_flag_loses_it(app, account):
    from ckan import model
    from ckan.tests import factories

    account()
    headers = {"Authorization": factories.APIToken(user="zhangsan")["token"]}
    model.User.get("zhangsan").sysadmin = True
    model.Session.commit()
    app.get("/api/3/action/user_list", headers=headers, status=403)
    model.Session.expire_all()
    assert model.User.get("zhangsan").sysadmin is False


def test_ckan_sysadmin_add_is_refused(account):
    from ckan import model
    from ckan.cli.sysadmin import sysadmin

    from ckanext.jiangmen import accounts_cli

    accounts_cli.guard_sysadmins()
    account()
    done = CliRunner().invoke(sysadmin, ["add", "zhangsan"])
    assert done.exit_code != 0
    model.Session.expire_all()
    assert model.User.get("zhangsan").sysadmin is not True


def test_the_check_on_the_command_line_names_what_is_wrong(keepers, account):
    from ckan import model

    from ckanext.jiangmen.accounts_cli import accounts

    assert CliRunner().invoke(accounts, ["check"]).exit_code == 0
    account("zhangsan").sysadmin = True
    model.Session.commit()
    done = CliRunner().invoke(accounts, ["check"])
    assert done.exit_code == 1
    assert "zhangsan" in done.output


def test_the_demonstrations_accounts_have_passwords_of_their_own(platform, tmp_path):
    from ckan import model

    from ckanext.jiangmen.accounts_cli import accounts
    from ckanext.jiangmen.login import passwords
    from ckanext.jiangmen.login.policy import policy, problem

    source = tmp_path / "accounts.yaml"
    source.write_text(
        "share:\n"
        + "".join(
            f"  {role}: {{name: {role}, fullname: 演示账号, role: {role}}}\n"
            for role in KEEPERS.values()
        ),
        encoding="utf-8",
    )
    kept = tmp_path / "accounts.json"
    command = ["load", str(source), "--site", "share", "--credentials", str(kept)]
    assert CliRunner().invoke(accounts, command).exit_code == 0
    made = json.loads(kept.read_text("utf-8"))
    words = {each["password"] for each in made.values()}
    assert len(words) == len(KEEPERS)
    assert all(problem(word, policy()) is None for word in words)
    users = [model.User.get(role) for role in KEEPERS.values()]
    assert not any(user.sysadmin for user in users)
    assert all(passwords.due(user).year > 2000 for user in users)
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("path", ["/en", "/zh_Hans_CN"])
def test_an_address_that_is_only_a_language_is_answered(keepers, browser, path):
    window = browser()
    window.sign_in("officer")
    assert window.get(path).status_code < 500
