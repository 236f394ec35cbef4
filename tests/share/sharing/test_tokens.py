"""Tokens of accounts and machines: whom they let in, from where, until when."""

import datetime as dt
import json
import logging
import re

import jwt
import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import api_token

from ckanext.jiangmen import accounts, clock
from ckanext.jiangmen.accounts import Role
from ckanext.jiangmen.sharing.token_model import TokenRow

INSIDE, OUTSIDE = "10.2.3.4", "10.3.0.1"
ROWS = "区划代码,名称\n440703,蓬江区\n440704,江海区\n"


def item(name, **more):
    return {
        "name": name,
        "column": name,
        "data_type": "字符型",
        "data_length": "60",
        "sharing_category": "有条件共享",
        "share_condition": "用于核对区划",
    } | more


@pytest.fixture
def conditional(draft, act, upload, through_review, load_tables):
    """An approved entry of 市民政局, shared under conditions, with its table."""
    proposed = draft(
        sharing_category="有条件共享",
        share_condition="用于核对区划",
        share_scope="市地税局",
        license_id="",
        secrecy_review_result="不可公开",
        information_items=[item("区划代码"), item("名称")],
    )
    act(
        "jiangmen_revision_attach",
        user="c_cataloguer",
        id=proposed["revision_id"],
        upload=upload(ROWS),
    )
    through_review(proposed["revision_id"])
    load_tables()
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    return entry["id"], entry["resources"][0]["id"]


@pytest.fixture
def grant(act, conditional, people):
    """A grant of 市地税局 on one of the two items."""

    def make(**changes):
        wanted = {
            "id": conditional[0],
            "organization": people.tax,
            "items": ["名称"],
            "channels": ["系统对接", "部门批量下载"],
            "purpose": "核对纳税人所在区划",
            "valid_until": (clock.today() + dt.timedelta(days=30)).isoformat(),
        } | changes
        return act("jiangmen_grant_create", user="c_reviewer", **wanted)["id"]

    return make


@pytest.fixture
def machine(act, grant):
    """Return a function that makes a machine token of 市地税局."""

    def make(user="b_cataloguer", **changes):
        wanted = {"name": "征管系统", "ranges": ["10.2.0.0/16"]} | changes
        wanted.setdefault("grants", [grant()])
        return act("jiangmen_token_create", user=user, **wanted)

    return make


@pytest.fixture
def call(app):
    """Return a function that calls an address with a token, from an address."""

    def go(path, token, source=INSIDE, method="GET", headers=None, **more):
        answer = app.test_client().open(
            path,
            method=method,
            headers={"Authorization": token} | (headers or {}),
            environ_overrides={"REMOTE_ADDR": source},
            follow_redirects=False,
            **more,
        )
        model.Session.remove()
        return answer

    return go


def search(table):
    return f"/api/3/action/datastore_search?resource_id={table}"


def columns(answer):
    fields = answer.json["result"]["fields"]
    return [field["id"] for field in fields if field["id"] != "_id"]


def message(answer):
    return answer.json["error"]["message"]


def row_of(token_id):
    model.Session.remove()
    return model.Session.get(TokenRow, token_id)


# What a machine token may do


def test_a_machine_token_reads_the_items_of_its_grant(call, machine, conditional):
    answer = call(search(conditional[1]), machine()["token"])
    assert answer.status_code == 200
    assert columns(answer) == ["名称"]
    assert [r["名称"] for r in answer.json["result"]["records"]] == ["蓬江区", "江海区"]


def test_a_machine_token_is_never_wider_than_its_grants(
    call, machine, conditional, approved, act
):
    free = approved(title="公开的区划")
    token = machine()["token"]
    assert call(f"/api/3/action/package_show?id={free['id']}", token).status_code in {
        403,
        404,
    }
    found = call("/api/3/action/package_search?q=*:*&rows=100", token).json["result"]
    assert {entry["id"] for entry in found["results"]} <= {conditional[0]}
    of_account = act("package_search", user="b_cataloguer", q="*:*")
    assert of_account["count"] > found["count"]


def test_a_machine_token_does_not_read_the_entries_of_its_own_department(
    call, act, grant, people, conditional
):
    token = act(
        "jiangmen_token_create",
        user="b_reviewer",
        name="征管系统",
        ranges=INSIDE,
        grants=[grant()],
    )["token"]
    accounts.grant_role(model.User.get("b_reviewer").id, Role.CATALOGUER, people.civil)
    model.Session.commit()
    whole = act("datastore_search", user="b_reviewer", resource_id=conditional[1])
    assert "区划代码" in [field["id"] for field in whole["fields"]]
    assert columns(call(search(conditional[1]), token)) == ["名称"]


REFUSED = [
    ("/api/3/action/package_create", {"title": "x"}),
    ("/api/3/action/user_show?id=b_cataloguer", None),
    ("/api/3/action/api_token_create", {"user": "b_cataloguer"}),
    ("/api/3/action/api_token_list?user=b_cataloguer", None),
    ("/api/3/action/jiangmen_token_list", None),
    ("/api/3/action/jiangmen_token_create", {}),
    ("/api/3/action/jiangmen_revision_list", None),
    ("/api/3/action/no_such_action", None),
    ("/desk", None),
    ("/tokens/", None),
    ("/user/b_cataloguer", None),
    ("/dataset/", None),
    ("/no/such/page", None),
]


def test_a_machine_token_only_reads(call, machine):
    token = machine()["token"]
    said = set()
    for path, body in REFUSED:
        more = {"json": body, "method": "POST"} if body is not None else {}
        answer = call(path, token, **more)
        said.add((answer.status_code, message(answer)))
    assert said == {(403, "机器令牌只能按授权读取数据，此操作请使用账号办理。")}


def test_the_platforms_own_calls_keep_their_rights_under_a_machine_token(app, machine):
    from ckanext.jiangmen import bearer

    made = machine()
    with app.flask_app.test_request_context():
        bearer.accept(
            bearer.Bearer(
                made["id"], model.User.get("b_cataloguer").id, frozenset({"g"})
            )
        )
        bound = accounts.caller_of({"user": "b_cataloguer"})
        assert (bound.roles, bound.organizations) == (frozenset(), frozenset())
        assert bound.grants == {"g"}
        other = accounts.caller_of({"user": "b_reviewer"})
        assert other.grants is None
        assert other.organizations
        platform = accounts.caller_of(accounts.acting_as_platform())
        assert platform.grants is None


# Where, when and by whom it is used


def test_from_a_wrong_address_it_is_refused(call, machine, conditional):
    token = machine()["token"]
    for source in (OUTSIDE, "127.0.0.1", "2001:db8::1", ""):
        answer = call(search(conditional[1]), token, source=source)
        assert (answer.status_code, message(answer)) == (
            403,
            "该令牌不能从当前地址使用。",
        )


def test_a_forged_header_does_not_widen_its_range(call, machine, conditional):
    token = machine()["token"]
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"):
        value = f"for={INSIDE}" if header == "Forwarded" else INSIDE
        more = {"source": OUTSIDE, "headers": {header: value}}
        assert call(search(conditional[1]), token, **more).status_code == 403


def test_expired_in_its_claim_or_in_our_row_it_is_refused(
    call, machine, conditional, monkeypatch
):
    made = machine()
    row = row_of(made["id"])
    row.valid_until = clock.now() - dt.timedelta(seconds=1)
    model.Session.commit()
    answer = call(search(conditional[1]), made["token"])
    assert (answer.status_code, message(answer)) == (
        401,
        "该令牌已过期，请使用新令牌。",
    )
    claims = api_token.decode_token(made["token"])
    old = api_token.encode_token({**claims, "exp": 1})
    answer = call(search(conditional[1]), old)
    assert (answer.status_code, message(answer)) == (
        401,
        "该令牌已过期，请使用新令牌。",
    )


@pytest.mark.parametrize("by", ["b_cataloguer", "officer"])
def test_revoked_by_its_account_or_the_security_officer_it_is_refused_at_once(
    call, act, as_platform, machine, conditional, by
):
    if by == "officer":
        made = as_platform(
            "user_create",
            name="officer",
            email="officer@example.invalid",
            password="Zhongwen-2026",
        )
        accounts.grant_role(made["id"], Role.SECURITY_OFFICER)
        model.Session.commit()
    made = machine()
    assert call(search(conditional[1]), made["token"]).status_code == 200
    act("jiangmen_token_revoke", user=by, id=made["id"])
    answer = call(search(conditional[1]), made["token"])
    assert answer.status_code == 401
    assert message(answer) == "该令牌已被吊销，请使用新令牌。"


def test_core_s_own_way_to_revoke_is_noted_too(call, act, machine, conditional):
    made = machine()
    act("api_token_revoke", user="b_cataloguer", jti=made["id"])
    assert call(search(conditional[1]), made["token"]).status_code == 401
    listed = act("jiangmen_token_list", user="b_cataloguer")
    state = {token["id"]: token["state"] for token in listed}
    assert state[made["id"]] == "revoked"


def test_when_its_account_leaves_the_department_it_is_refused(
    call, machine, conditional
):
    made = machine()
    user = model.User.get("b_cataloguer")
    model.Session.execute(
        sa.delete(accounts.RoleRow).where(accounts.RoleRow.user_id == user.id)
    )
    model.Session.commit()
    answer = call(search(conditional[1]), made["token"])
    assert answer.status_code == 403
    assert "不在持有相应授权的部门任职" in message(answer)


def test_when_its_account_is_closed_it_is_refused(
    call, as_platform, machine, conditional
):
    made = machine()
    user = model.User.get("b_cataloguer")
    user.state = "deleted"
    model.Session.commit()
    answer = call(search(conditional[1]), made["token"])
    assert (answer.status_code, message(answer)) == (401, "该令牌所属账号已停用。")


def test_when_all_its_grants_have_ended_it_is_refused(
    call, act, machine, grant, conditional
):
    first, second = grant(), grant()
    made = machine(grants=[first, second])
    act("jiangmen_grant_revoke", user="c_reviewer", id=first, reason="项目已经结束")
    assert call(search(conditional[1]), made["token"]).status_code == 200
    act("jiangmen_grant_revoke", user="c_reviewer", id=second, reason="项目已经结束")
    answer = call(search(conditional[1]), made["token"])
    assert (answer.status_code, message(answer)) == (403, "该令牌所含授权均已失效。")


def _forgeries(token):
    claims = api_token.decode_token(token)
    mine = claims["jiangmen"]
    head, _body, mark = token.split(".")
    wider = {**claims, "jiangmen": {**mine, "ranges": ["0.0.0.0/0"]}}
    personal = {k: v for k, v in claims.items() if k != "jiangmen"}
    swapped = jwt.encode(wider, "x" * 32, algorithm="HS256").split(".")[1]
    return {
        "another secret": jwt.encode(claims, "x" * 32, algorithm="HS256"),
        "no algorithm": jwt.encode(claims, None, algorithm="none"),
        "another body": f"{head}.{swapped}.{mark}",
        "cut": token[:-2],
        "no token": "x",
        "long": "a." * 4000,
        "chinese": "令牌".encode().decode("latin-1"),
        "basic": "Basic YTpi",
        # Signed by us, as a leaked key could: the row must agree.
        "wider": api_token.encode_token(wider),
        "personal": api_token.encode_token(personal),
        "unknown": api_token.encode_token({**claims, "jti": "nobody"}),
        "no id": api_token.encode_token({"exp": claims["exp"]}),
        "odd id": api_token.encode_token({**claims, "jti": "../\\'\";"}),
    }


def test_a_forged_token_gets_401_in_one_sentence(call, machine, conditional):
    answers = {
        how: call(search(conditional[1]), forged)
        for how, forged in _forgeries(machine()["token"]).items()
    }
    assert {
        how: a.status_code for how, a in answers.items() if a.status_code != 401
    } == {}
    for answer in answers.values():
        assert message(answer).endswith("。")
        assert "Traceback" not in answer.text


def test_a_forged_token_is_refused_beside_a_session_too(app, people):
    client = app.test_client()
    page = client.get("/user/login").text
    mark = re.search(r'name="_csrf_token"[^>]*value="([^"]+)"', page)[1]
    form = {"login": "b_cataloguer", "password": "Zhongwen-2026", "_csrf_token": mark}
    client.post("/user/login", data=form)
    search_address = "/api/3/action/package_search"
    assert client.get(search_address).status_code != 401
    answer = client.get(search_address, headers={"Authorization": "forged"})
    assert answer.status_code == 401


def test_a_token_may_be_sent_as_a_bearer(call, machine, conditional):
    answer = call(search(conditional[1]), f"Bearer {machine()['token']}")
    assert answer.status_code == 200


# How it is made


def test_only_the_account_of_the_department_that_holds_the_grant_makes_one(act, grant):
    wanted = {"name": "x", "ranges": [INSIDE], "grants": [grant()]}
    for user in ("c_cataloguer", "c_reviewer"):
        with pytest.raises(tk.NotAuthorized, match="holds no grant"):
            act("jiangmen_token_create", user=user, **wanted)
    for user in ("coordinator", "secrecy", ""):
        with pytest.raises(tk.NotAuthorized):
            act("jiangmen_token_create", user=user, **wanted)


def test_absent_and_foreign_grants_get_the_same_answer(act, grant):
    foreign = grant()
    said = []
    for grant_id in (foreign, "nothing"):
        with pytest.raises(tk.NotAuthorized) as refused:
            act(
                "jiangmen_token_create",
                user="c_cataloguer",
                name="x",
                ranges=[INSIDE],
                grants=[grant_id],
            )
        said.append(str(refused.value.message).replace(grant_id, "…"))
    assert said[0] == said[1]


WRONG = [
    ("name", ""),
    ("name", "长" * 101),
    ("ranges", []),
    ("ranges", ["0.0.0.0/0"]),
    ("ranges", ["10.2.3.4/16"]),
    ("ranges", "不是地址"),
    ("ranges", [f"10.9.{n}.1" for n in range(21)]),
    ("ranges", {"a": 1}),
    ("grants", []),
    ("grants", "a" * 8000),
    ("grants", [str(n) for n in range(51)]),
    ("valid_until", "明天"),
    ("valid_until", "2020-01-01"),
    ("valid_until", "2199-01-01"),
]


def test_what_is_wrong_is_said_beside_its_field(machine, grant):
    right = {"grants": [grant()]}
    for field, value in WRONG:
        with pytest.raises(tk.ValidationError) as refused:
            machine(**right | {field: value})
        assert list(refused.value.error_dict) == [field]
        (sentence,) = refused.value.error_dict[field]
        assert sentence.endswith(".")


def test_its_term_ends_with_its_longest_grant_at_the_latest(machine, grant):
    short = (clock.today() + dt.timedelta(days=5)).isoformat()
    grants = [grant(valid_until=short), grant()]
    until = dt.datetime.fromisoformat(machine(grants=grants)["valid_until"])
    assert dt.timedelta(days=29) < until - clock.now() <= dt.timedelta(days=31)


def test_an_answer_shows_the_token_once_and_nothing_keeps_it(act, machine, caplog):
    caplog.set_level(logging.DEBUG)
    made = machine()
    signature = made["token"].split(".")[2]
    listed = act("jiangmen_token_list", user="b_cataloguer")
    assert signature not in json.dumps(listed)
    assert signature not in caplog.text
    for table in ("jiangmen_token", "api_token"):
        rows = model.Session.execute(sa.text(f"SELECT t::text FROM {table} t"))
        assert signature not in "".join(rows.scalars())


def test_the_log_of_a_use_holds_no_secret(call, machine, conditional, caplog):
    caplog.set_level(logging.DEBUG)
    token = machine()["token"]
    for source in (INSIDE, OUTSIDE):
        call(search(conditional[1]), token, source=source)
    assert token.split(".")[1] not in caplog.text


def test_its_last_use_is_shown_with_time_and_address(call, act, machine, conditional):
    made = machine()
    call(search(conditional[1]), made["token"], source="10.2.9.9")
    (listed,) = act("jiangmen_token_list", user="b_cataloguer")
    used = dt.datetime.fromisoformat(listed["last_used"])
    assert clock.now() - used < dt.timedelta(seconds=30)
    assert listed["last_address"] == "10.2.9.9"


def test_a_refused_use_is_no_last_use(call, act, machine, conditional):
    made = machine()
    call(search(conditional[1]), made["token"], source=OUTSIDE)
    (listed,) = act("jiangmen_token_list", user="b_cataloguer")
    assert listed["last_used"] is None


# Rotation


def test_rotation_leaves_no_gap(call, act, machine, conditional):
    old = machine()
    new = act("jiangmen_token_rotate", user="b_cataloguer", id=old["id"])
    for token in (old["token"], new["token"]):
        assert call(search(conditional[1]), token).status_code == 200
    assert (new["grants"], new["ranges"]) == (old["grants"], old["ranges"])
    assert new["valid_until"] == old["valid_until"]
    ends = dt.datetime.fromisoformat(new["old_valid_until"]) - clock.now()
    assert dt.timedelta(minutes=59) < ends <= dt.timedelta(minutes=60)


def test_after_the_overlap_the_old_token_ends(call, act, machine, conditional):
    old = machine()
    new = act(
        "jiangmen_token_rotate", user="b_cataloguer", id=old["id"], overlap_minutes=0
    )
    assert call(search(conditional[1]), old["token"]).status_code == 401
    assert call(search(conditional[1]), new["token"]).status_code == 200


def test_a_token_is_rotated_once_and_only_by_its_account(act, machine):
    old = machine()
    with pytest.raises(tk.ObjectNotFound):
        act("jiangmen_token_rotate", user="b_reviewer", id=old["id"])
    act("jiangmen_token_rotate", user="b_cataloguer", id=old["id"])
    with pytest.raises(tk.ValidationError):
        act("jiangmen_token_rotate", user="b_cataloguer", id=old["id"])


def test_a_wrong_overlap_is_refused(act, machine):
    made = machine()
    for minutes in (-1, 10081, "x", "9" * 5000, [1]):
        with pytest.raises(tk.ValidationError):
            act(
                "jiangmen_token_rotate",
                user="b_cataloguer",
                id=made["id"],
                overlap_minutes=minutes,
            )


@pytest.mark.parametrize("action", ["jiangmen_token_revoke", "jiangmen_token_rotate"])
def test_tokens_that_do_not_exist_are_not_found(act, people, action):
    for wanted in (None, "", "nothing", "../", "x" * 8000, 7, ["a"]):
        with pytest.raises(tk.ObjectNotFound, match="There is no such token"):
            act(action, user="b_cataloguer", id=wanted)


# Personal tokens


def test_a_personal_token_acts_with_its_account_s_rights_and_expires(call, act, people):
    made = tk.get_action("api_token_create")(
        {"user": "b_cataloguer"}, {"user": "b_cataloguer", "name": "我的"}
    )
    claims = api_token.decode_token(made["token"])
    days = (claims["exp"] - clock.now().timestamp()) / 86400
    assert 89.9 < days <= 90
    answer = call("/api/3/action/jiangmen_token_list", made["token"])
    (listed,) = answer.json["result"]
    assert (listed["kind"], listed["name"]) == ("personal", "我的")


def test_a_personal_token_is_valid_for_at_most_a_year(call, people, token):
    mine = token("b_cataloguer")["Authorization"]
    for days in (0, 366, -1, "x", 10**12):
        answer = call(
            "/api/3/action/api_token_create",
            mine,
            method="POST",
            json={"user": "b_cataloguer", "name": "x", "days": days},
        )
        assert answer.status_code == 409
        assert "days" in answer.json["error"]


def test_an_expired_personal_token_is_refused(call, act, people, token):
    mine = token("b_cataloguer")["Authorization"]
    row = row_of(api_token.decode_token(mine)["jti"])
    row.valid_until = clock.now()
    model.Session.commit()
    assert call("/api/3/action/package_search", mine).status_code == 401


def test_an_account_sees_its_own_tokens_only(act, machine, token):
    machine()
    token("b_reviewer")
    names = [t["account"] for t in act("jiangmen_token_list", user="b_reviewer")]
    assert names == ["b_reviewer"]
