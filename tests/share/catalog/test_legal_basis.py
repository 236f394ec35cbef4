"""不予共享 through one of three doors: registered, decided, checked, seen, reopened."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

LAW = {
    "legal_basis_type": "法律行政法规或中央政策",
    "legal_basis": "《中华人民共和国统计法》第二十五条",
}
SHUT = {
    "sharing_category": "不予共享",
    "license_id": "",
    "secrecy_review_result": "不可公开",
}
CITY = {
    "door": "b",
    "title": "关于困境儿童信息不予共享的请示",
    "document_number": "江民〔2017〕12号",
    "article": "因涉及未成年人隐私",
    "authority": "江门市人民政府",
    "issued": "2017-05-02",
}
COMPLETE = ("title", "document_number", "article", "authority", "issued", "upload")


def later(days):
    from ckanext.jiangmen import clock

    return (clock.today() + dt.timedelta(days)).isoformat()


def titles(act, user):
    return [one["title"] for one in act("package_search", user=user)["results"]]


def passes(number, **values):
    """Let time pass for one ground: its dates are moved back past the actions."""
    from ckanext.jiangmen.catalog import legal_register
    from ckanext.jiangmen.catalog.model import LegalBasis

    model.Session.execute(
        sa.update(LegalBasis).where(LegalBasis.number == number).values(**values)
    )
    model.Session.commit()
    legal_register.ROWS.forget()


# Registering


@pytest.mark.parametrize("lacking", COMPLETE)
def test_a_door_that_lacks_something_stays_a_draft_and_says_what(
    people, ground, lacking
):
    made = ground(**{lacking: None})
    assert made["state"] == "draft"
    assert len(made["missing"]) == 1
    assert made["missing"][0].startswith("缺少")


def test_a_complete_door_waits_for_its_decision(people, ground):
    made = ground()
    assert (made["number"], made["state"], made["missing"]) == (
        "YJ000001",
        "submitted",
        [],
    )
    assert len(made["file"]["sha256"]) == 64
    assert made["next_check"] == later(365)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"door": "d"}, "door"),
        ({"door": ""}, "door"),
        ({"issued": "2017-02-30"}, "issued"),
        ({"issued": later(2)}, "issued"),
        ({"valid_until": later(-1)}, "valid_until"),
        ({"next_check": later(400)}, "next_check"),
        ({"title": "题" * 301}, "title"),
        ({"title": "甲\n乙"}, "title"),
        ({"organization": "没有的局"}, "organization"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(people, ground, changes, field):
    with pytest.raises(tk.ValidationError) as raised:
        ground(**changes)
    assert list(raised.value.error_dict) == [field]


def test_a_program_is_no_document(people, ground, upload):
    with pytest.raises(tk.ValidationError) as raised:
        ground(upload=upload("x", "run.exe"))
    assert list(raised.value.error_dict) == ["upload"]


def test_a_department_registers_for_itself_only(people, ground):
    with pytest.raises(tk.NotAuthorized):
        ground(user="b_cataloguer", organization=people.civil)
    with pytest.raises(tk.NotAuthorized):
        ground(user="coordinator")


def test_another_department_cannot_tell_a_ground_from_none(act, ground, people):
    made = ground()
    for wanted in (made["id"], made["number"], "YJ999999"):
        with pytest.raises(tk.ObjectNotFound) as raised:
            act("jiangmen_legal_basis_show", user="b_cataloguer", id=wanted)
        assert str(raised.value.message) == str(tk._("There is no such ground."))
    assert act("jiangmen_legal_basis_list", user="b_cataloguer")["count"] == 0


# Saving an entry


def test_an_entry_without_any_door_is_refused(people, draft):
    with pytest.raises(tk.ValidationError) as raised:
        draft(**SHUT)
    assert list(raised.value.error_dict) == ["legal_basis_id"]


def test_words_that_no_ground_stands_behind_are_refused(people, draft):
    with pytest.raises(tk.ValidationError) as raised:
        draft(**SHUT, **LAW)
    (sentence,) = raised.value.error_dict["legal_basis"]
    assert "“不予共享依据”" in sentence


def test_each_missing_thing_of_the_door_is_a_sentence(people, draft, ground):
    made = ground(document_number="", article="", upload=None)
    with pytest.raises(tk.ValidationError) as raised:
        draft(**SHUT, legal_basis_id=made["number"])
    told = raised.value.error_dict["legal_basis_id"]
    assert len(told) == 3
    assert all("缺少" in sentence for sentence in told)


def test_words_find_the_ground_and_the_ground_gives_the_words(people, draft, ground):
    made = ground()
    by_words = draft(title="甲表", **SHUT, **LAW)
    assert by_words["legal_basis_id"] == made["number"]
    by_number = draft(title="乙表", **SHUT, legal_basis_id=made["id"])
    assert by_number["legal_basis_id"] == made["number"]
    assert by_number["legal_basis_type"] == "法律行政法规或中央政策"
    assert "主席令第十五号" in by_number["legal_basis"]


def test_a_number_among_the_words_is_replaced_by_the_words(people, draft, ground):
    made = ground()
    saved = draft(**SHUT, legal_basis=made["number"])
    assert saved["legal_basis_id"] == made["number"]
    assert saved["legal_basis"].startswith("《中华人民共和国统计法》（主席令")


def test_a_ground_of_another_department_is_none(people, draft, ground):
    made = ground(user="b_cataloguer")
    with pytest.raises(tk.ValidationError) as raised:
        draft(**SHUT, legal_basis_id=made["number"])
    assert "没有编号为" in raised.value.error_dict["legal_basis_id"][0]


def test_a_withheld_item_needs_a_door_too(people, draft, ground):
    items = [
        {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
        {
            "name": "密级",
            "data_type": "字符型",
            "data_length": "60",
            "sharing_category": "不予共享",
        },
    ]
    with pytest.raises(tk.ValidationError):
        draft(information_items=items)
    made = ground()
    items[1]["legal_basis_id"] = "YJ000777"
    with pytest.raises(tk.ValidationError) as raised:
        draft(information_items=items)
    assert "第2项“密级”的依据编号" in raised.value.error_dict["information_items"][0]
    items[1]["legal_basis_id"] = made["id"]
    saved = draft(information_items=items)
    assert saved["information_items"][1]["legal_basis_id"] == made["number"]


def test_the_command_line_is_refused_as_well(people, an_entry, as_platform, ground):
    with pytest.raises(tk.ValidationError):
        as_platform("package_create", **an_entry(**SHUT))
    made = ground()
    entry = as_platform("package_create", **an_entry(**SHUT, legal_basis_id=made["id"]))
    assert entry["legal_basis_id"] == made["number"]


def test_a_ground_that_lapses_before_the_approval_stops_it(
    act, people, draft, ground, through_review
):
    made = ground(valid_until=later(30))
    proposed = draft(**SHUT, legal_basis_id=made["number"])
    passes(made["number"], valid_until=dt.date(2020, 1, 1))
    with pytest.raises(tk.ValidationError) as raised:
        through_review(proposed["revision_id"])
    assert "有效期已于2020-01-01届满" in str(raised.value.error_dict)


# Deciding


def test_law_withholds_from_the_moment_it_is_submitted(act, people, approved, ground):
    made = ground()
    approved(**SHUT, legal_basis_id=made["number"])
    assert titles(act, "b_cataloguer") == []
    act(
        "jiangmen_legal_basis_decide",
        user="coordinator",
        id=made["number"],
        decision="refuse",
        comment="条款不符",
    )
    assert titles(act, "b_cataloguer") == ["江门市行政区划"]


def test_the_approval_of_the_city_counts_from_the_decision_on(
    act, people, approved, ground
):
    made = ground(**CITY)
    entry = approved(**SHUT, legal_basis_id=made["number"])
    seen = act("package_show", user="b_cataloguer", id=entry["id"])
    assert seen["category_badge"] == "有条件共享"
    assert len(seen["information_items"]) == 2
    assert titles(act, "b_cataloguer") == ["江门市行政区划"]
    assert act("jiangmen_withheld_list", user="b_cataloguer")["count"] == 0
    decided = act(
        "jiangmen_legal_basis_decide",
        user="city_approver",
        id=made["id"],
        decision="approve",
        document_number="江府办复〔2017〕1号",
    )
    assert (decided["state"], decided["withholds"]) == ("in_force", True)
    assert titles(act, "b_cataloguer") == []
    assert titles(act, "c_cataloguer") == ["江门市行政区划"]
    with pytest.raises(tk.ObjectNotFound):
        act("package_show", user="b_cataloguer", id=entry["id"])
    mine = act("package_show", user="c_cataloguer", id=entry["id"])
    assert mine["category_badge"] == "不予共享"


@pytest.mark.parametrize(
    ("door", "user"),
    [
        ("a", "city_approver"),
        ("b", "coordinator"),
        ("c", "city_approver"),
        ("a", "c_reviewer"),
        ("b", "c_cataloguer"),
        ("b", "secrecy"),
    ],
)
def test_only_the_office_that_the_door_asks_for_decides(
    act, people, ground, door, user
):
    made = ground(**CITY | {"door": door})
    with pytest.raises(tk.NotAuthorized):
        act(
            "jiangmen_legal_basis_decide",
            user=user,
            id=made["id"],
            decision="approve",
        )


@pytest.mark.parametrize("part", ["registered it", "mended it", "wrote the entry"])
def test_no_account_proposes_and_approves(act, people, ground, draft, part):
    from ckanext.jiangmen.accounts import Role, grant_role

    double = model.User.get("c_colleague")
    grant_role(double.id, Role.CITY_APPROVER)
    model.Session.commit()
    author = "c_colleague" if part == "registered it" else "c_cataloguer"
    made = ground(user=author, **CITY)
    if part == "mended it":
        act(
            "jiangmen_legal_basis_update",
            user="c_colleague",
            id=made["id"],
            article="另一条",
        )
    if part == "wrote the entry":
        draft(user="c_colleague", **SHUT, legal_basis_id=made["number"])
    ask = {"id": made["id"], "decision": "approve"}
    with pytest.raises(tk.NotAuthorized):
        act("jiangmen_legal_basis_decide", user="c_colleague", **ask)
    assert act("jiangmen_legal_basis_decide", user="city_approver", **ask)


def test_the_database_itself_keeps_the_two_apart(people, ground):
    from sqlalchemy.exc import IntegrityError

    made = ground()
    author = model.User.get("c_cataloguer").id
    with pytest.raises(IntegrityError):
        passes(made["number"], decided_by=author)
    model.Session.rollback()
    with pytest.raises(IntegrityError):
        passes(made["number"], document_number="")
    model.Session.rollback()


def test_a_ground_that_was_mended_is_decided_anew(act, people, ground):
    made = ground(**CITY)
    ask = {"user": "city_approver", "id": made["id"], "decision": "approve"}
    act("jiangmen_legal_basis_decide", **ask)
    with pytest.raises(tk.ValidationError):
        act("jiangmen_legal_basis_decide", **ask)
    changed = act(
        "jiangmen_legal_basis_update",
        user="c_cataloguer",
        id=made["id"],
        valid_until=later(90),
    )
    assert (changed["state"], changed["withholds"]) == ("submitted", False)
    with pytest.raises(tk.ValidationError) as raised:
        act("jiangmen_legal_basis_update", user="c_cataloguer", id=made["id"], title="")
    assert list(raised.value.error_dict) == ["title"]


def test_an_update_that_changes_nothing_leaves_the_decision(act, people, ground):
    made = ground()
    act(
        "jiangmen_legal_basis_decide",
        user="coordinator",
        id=made["id"],
        decision="approve",
    )
    same = act(
        "jiangmen_legal_basis_update",
        user="c_cataloguer",
        id=made["id"],
        title=made["title"],
        valid_until="",
    )
    assert same["state"] == "in_force"


@pytest.mark.parametrize(
    ("action", "user", "sent"),
    [
        ("jiangmen_legal_basis_list", "coordinator", {"limit": "x"}),
        ("jiangmen_legal_basis_list", "coordinator", {"offset": -1}),
        ("jiangmen_legal_basis_list", "coordinator", {"waiting_for_me": ["?"]}),
        ("jiangmen_legal_basis_list", "coordinator", {"organization": {"a": 1}}),
        ("jiangmen_legal_basis_show", "coordinator", {"id": ["YJ000001"]}),
        ("jiangmen_legal_basis_show", "coordinator", {"id": "../" * 3000}),
        ("jiangmen_legal_basis_create", "c_cataloguer", {"door": "a", "title": [1]}),
        ("jiangmen_legal_basis_create", "c_cataloguer", {"door": {"a": 1}}),
        ("jiangmen_legal_basis_create", "c_cataloguer", {"door": "a", "issued": 7}),
        ("jiangmen_legal_basis_create", "c_cataloguer", {"door": "a", "upload": "x"}),
        ("jiangmen_legal_basis_decide", "coordinator", {"id": "YJ000001"}),
        ("jiangmen_legal_basis_check", "c_reviewer", {"id": "YJ000001", "result": 3}),
        ("jiangmen_legal_basis_due", "coordinator", {"days": "1e9"}),
        ("jiangmen_withheld_list", "b_cataloguer", {"limit": "1" * 400}),
    ],
)
def test_what_makes_no_sense_is_answered_not_failed(act, ground, action, user, sent):
    ground()
    with contextlib.suppress(tk.ValidationError, tk.ObjectNotFound):
        act(action, user=user, **sent)


# Time


@pytest.mark.parametrize(
    ("dates", "why"),
    [
        ({"valid_until": dt.date(2020, 1, 1)}, "expired"),
        ({"next_check": dt.date(2020, 1, 1)}, "overdue"),
    ],
)
def test_what_time_closes_is_open_at_once_and_told(
    act, people, approved, ground, dates, why
):
    from ckanext.jiangmen.catalog import legal_register

    made = ground()
    entry = approved(**SHUT, legal_basis_id=made["number"])
    passes(made["number"], **dates)
    seen = act("package_show", user="b_cataloguer", id=entry["id"])
    assert seen["category_badge"] == "有条件共享"
    assert act("jiangmen_withheld_list", user="b_cataloguer")["count"] == 0
    assert legal_register.sweep() == 1
    assert legal_register.sweep() == 0
    assert titles(act, "b_cataloguer") == ["江门市行政区划"]
    for user in ("c_cataloguer", "coordinator"):
        (due,) = act("jiangmen_legal_basis_due", user=user)
        assert (due["why"], due["withholds"]) == (why, False)
        assert [one["id"] for one in due["used_by"]] == [entry["id"]]
    assert act("jiangmen_legal_basis_due", user="b_cataloguer") == []


def test_the_yearly_check_closes_it_again(act, people, approved, ground):
    made = ground()
    approved(**SHUT, legal_basis_id=made["number"])
    passes(made["number"], next_check=dt.date(2020, 1, 1))
    for user in ("c_cataloguer", "coordinator", "city_approver"):
        with pytest.raises(tk.NotAuthorized):
            act(
                "jiangmen_legal_basis_check",
                user=user,
                id=made["id"],
                result="valid",
            )
    checked = act(
        "jiangmen_legal_basis_check", user="c_leader", id=made["id"], result="valid"
    )
    assert (checked["next_check"], checked["withholds"]) == (later(365), True)
    assert titles(act, "b_cataloguer") == []
    ended = act(
        "jiangmen_legal_basis_check",
        user="c_reviewer",
        id=made["id"],
        result="ended",
        comment="法律已修订",
    )
    assert ended["standing"] == "ended"
    assert titles(act, "b_cataloguer") == ["江门市行政区划"]


def test_the_worker_notices_the_day_by_itself(act, people, approved, ground):
    from ckanext.jiangmen.catalog import jobs

    made = ground(valid_until=later(1))
    approved(**SHUT, legal_basis_id=made["number"])
    passes(made["number"], valid_until=dt.date(2020, 1, 1))
    assert jobs.run_due() == 1
    assert titles(act, "b_cataloguer") == ["江门市行政区划"]


# What others know


def test_others_learn_title_department_and_ground_and_nothing_else(
    act, people, approved, ground
):
    made = ground()
    approved(**SHUT, legal_basis_id=made["number"])
    told = act("jiangmen_withheld_list", user="b_cataloguer")
    assert told == {
        "count": 1,
        "results": [
            {
                "title": "江门市行政区划",
                "department": "市民政局",
                "grounds": [
                    {
                        "door": "a",
                        "door_title": "法律行政法规或中央政策",
                        "title": "中华人民共和国统计法",
                        "document_number": "主席令第十五号",
                    }
                ],
            }
        ],
    }
    of_tax = act("jiangmen_withheld_list", user="b_cataloguer", organization=people.tax)
    assert of_tax["count"] == 0
    for user in ("", "auditor_of_nothing"):
        with pytest.raises(tk.NotAuthorized):
            act("jiangmen_withheld_list", user=user)


def test_a_mixed_entry_is_not_in_the_list(act, people, approved, ground):
    made = ground()
    items = [
        {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
        {
            "name": "密级",
            "data_type": "字符型",
            "data_length": "60",
            "sharing_category": "不予共享",
            "legal_basis_id": made["number"],
        },
    ]
    entry = approved(information_items=items)
    assert act("jiangmen_withheld_list", user="b_cataloguer")["count"] == 0
    seen = act("package_show", user="b_cataloguer", id=entry["id"])
    assert [item["name"] for item in seen["information_items"]] == ["区划代码"]
    used = act("jiangmen_legal_basis_show", user="c_reviewer", id=made["id"])["used_by"]
    assert [one["id"] for one in used] == [entry["id"]]


def test_the_public_is_told_numbers_by_department_and_ground(
    act, people, approved, ground, as_platform
):
    made = ground()
    entry = approved(**SHUT, legal_basis_id=made["number"])
    counted = as_platform("jiangmen_withheld_counts")
    assert counted["total"] == 1
    (row,) = counted["results"]
    assert (row["ground"], row["entries"]) == ("法律行政法规或中央政策", 1)
    act("jiangmen_entry_withdraw", user="c_reviewer", id=entry["id"], reason="停用")
    assert as_platform("jiangmen_withheld_counts") == {"total": 0, "results": []}


def test_a_workbook_again_changes_nothing_after_the_decision(
    act, people, approved, ground
):
    made = ground(**CITY)
    entry = approved(**SHUT, legal_basis_id=made["number"])
    act(
        "jiangmen_legal_basis_decide",
        user="city_approver",
        id=made["id"],
        decision="approve",
    )
    import base64
    import io

    from werkzeug.datastructures import FileStorage

    filled = act("jiangmen_survey_template", user="c_cataloguer", filled=True)
    book = FileStorage(
        io.BytesIO(base64.b64decode(filled["content_base64"])), filename="表.xlsx"
    )
    told = act("jiangmen_survey_preview", user="c_cataloguer", upload=book)
    assert told["errors"] == []
    assert (told["unchanged"], told["changed"]) == (1, 0), entry
