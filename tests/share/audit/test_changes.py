"""Every change leaves a row, by whatever way it came; secrets and people never do."""

import pytest
import sqlalchemy as sa

from ckan import model


def test_a_change_over_the_interface_names_account_token_and_action(
    app, trail, token, people, an_entry
):
    headers = {"Authorization": token("c_cataloguer")}
    answer = app.post("/api/3/action/package_create", json=an_entry(), headers=headers)
    assert answer.status_code == 200
    (row,) = trail(object="jiangmen_revision", verb="insert")
    assert (row["account"], row["action"]) == ("c_cataloguer", "package_create")
    assert row["organizations"] == [people.civil]
    assert row["token"] == model.Session.scalar(sa.text("SELECT id FROM api_token"))
    assert row["changes"]["state"] == ["draft"]
    assert row["entry"] == answer.json["result"]["id"]


def test_contents_of_an_entry_are_named_but_not_told(trail, draft):
    draft()
    (row,) = trail(object="jiangmen_revision", verb="insert")
    assert row["changes"]["title"] == ["…"]
    assert row["changes"]["data"] == ["…"]
    assert "江门市行政区划" not in str(row)


def test_secrets_and_persons_are_never_written(people, trail, as_platform):
    as_platform(
        "user_create",
        name="new_account",
        email="zhang.san@example.invalid",
        fullname="张三",
        password="Zhongwen-2026-Secret",
    )
    as_platform("api_token_create", user="new_account", name="电话13800000000")
    written = str(trail())
    made = trail(object="user", verb="insert")[-1]
    assert made["changes"]["name"] == ["new_account"]
    for secret in ("zhang.san", "张三", "Zhongwen", "pbkdf2", "138000"):
        assert secret not in written


def test_who_works_on_the_database_itself_is_noted_too(people, trail, as_admin):
    as_admin("""UPDATE "user" SET sysadmin = true WHERE name = 'c_cataloguer'""")
    (row,) = trail(object="user", verb="update")
    assert (row["channel"], row["database_role"]) == ("database", "postgres")
    assert row["changes"] == {"sysadmin": ["false", "true"]}


def test_switching_a_trigger_off_is_noted_and_an_alarm(people, trail, as_admin):
    as_admin("ALTER TABLE jiangmen_role DISABLE TRIGGER jiangmen_audit_row")
    uncovered = sa.text("SELECT audit.uncovered()")
    try:
        assert model.Session.scalars(uncovered).all() == ["jiangmen_role"]
    finally:
        as_admin("ALTER TABLE jiangmen_role ENABLE ALWAYS TRIGGER jiangmen_audit_row")
    assert [r["object"] for r in trail(action="ALTER TABLE")] == [
        "public.jiangmen_role",
        "public.jiangmen_role",
    ]


def test_what_happens_by_itself_is_no_change(people, trail):
    model.Session.execute(sa.text('UPDATE "user" SET last_active = now()'))
    model.Session.commit()
    assert trail(object="user") == []


def test_what_is_rolled_back_was_no_change(people, trail):
    model.Session.execute(sa.text('UPDATE "user" SET sysadmin = true'))
    model.Session.rollback()
    assert trail(object="user") == []


def test_emptying_a_table_is_noted(people, trail, as_admin):
    as_admin("TRUNCATE vocabulary CASCADE")
    assert "vocabulary" in [r["object"] for r in trail(verb="truncate")]


def test_two_requests_on_one_connection_do_not_share_their_actor(
    app, trail, token, an_entry
):
    for name in ("c_cataloguer", "b_cataloguer"):
        app.post(
            "/api/3/action/user_patch",
            json={"id": name, "about": name},
            headers={"Authorization": token(name)},
        )
    rows = [r for r in trail(object="user", verb="update") if r["action"]]
    assert {r["account"] for r in rows if r["action"] == "user_patch"} <= {
        "c_cataloguer",
        "b_cataloguer",
    }
    for row in rows:
        if row["action"] == "user_patch":
            changed = model.User.get(row["object_id"])
            assert changed.name == row["account"]


def test_the_actor_is_told_again_after_a_savepoint_was_rolled_back(people, trail):
    savepoint = model.Session.begin_nested()
    model.Session.execute(sa.text("UPDATE \"user\" SET about = 'x'"))
    savepoint.rollback()
    model.Session.execute(
        sa.text("UPDATE \"user\" SET about = 'x' WHERE name = 'c_cataloguer'")
    )
    model.Session.commit()
    (row,) = trail(object="user", verb="update")
    assert row["channel"] == "command"


def test_a_change_that_cannot_be_noted_does_not_happen(people, as_admin):
    role = sa.make_url(str(model.ensure_engine().url)).username
    verb = "{} EXECUTE ON FUNCTION audit.note(jsonb) {} " + role
    as_admin(verb.format("REVOKE", "FROM"))
    try:
        with pytest.raises(sa.exc.ProgrammingError, match="note"):
            model.Session.execute(
                sa.text("UPDATE \"user\" SET about = 'x' WHERE name = 'c_cataloguer'")
            )
        model.Session.rollback()
    finally:
        as_admin(verb.format("GRANT", "TO"))
    assert model.User.get("c_cataloguer").about is None
