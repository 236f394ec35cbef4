"""Editions of the catalogue: numbers, texts by reader, nothing made twice."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa


@pytest.fixture
def create(act):
    """Return a function that has an edition made, the city's by its office."""

    def make(user="coordinator", **data):
        return act("jiangmen_edition_create", user=user, **data)

    return make


@pytest.fixture
def file_of(act):
    """Return a function that gives the bytes of one file of an edition."""

    def read(edition, text, ending, user="coordinator"):
        from ckanext.jiangmen.catalog import files

        found = act(
            "jiangmen_edition_file",
            user=user,
            id=edition["id"],
            text=text,
            format=ending,
        )
        content = files.existing(found["sha256"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == found["sha256"]
        return content

    return read


def texts(edition):
    return [text["text"] for text in edition["texts"]]


def test_the_first_edition_has_every_entry_once_in_every_format(
    approved, create, file_of
):
    approved()
    made = create()
    assert (made["state"], made["number"], made["address"]) == ("issued", 1, "1")
    assert texts(made) == ["full", "departments", "public"]
    assert [f["format"] for f in made["texts"][0]["files"]] == [
        "xlsx",
        "pdf",
        "html",
        "xml",
        "xsd",
        "jsonld",
    ]
    assert made["counts"]["entries"] == 1
    assert file_of(made, "full", "html").decode().count("<article") == 1


def test_without_a_change_no_second_edition_is_made(approved, create):
    approved()
    first, second = create(), create()
    assert second["state"] == "unchanged"
    assert "第1版" in second["message"]
    assert second["texts"] == first["texts"]
    assert second["number"] is None


def test_a_change_makes_the_next_number_and_is_told_exactly(
    approved, create, act, through_review
):
    proposed, kept = approved(), approved(title="婚姻登记机关")
    create()
    entry = act("package_show", user="c_cataloguer", id=proposed["id"])
    changed = act(
        "package_update", user="c_cataloguer", **entry | {"notes": "新摘要。"}
    )
    through_review(changed["revision_id"])
    act("jiangmen_entry_withdraw", user="coordinator", id=kept["id"], reason="不再采集")
    approved(title="社会组织名录")
    made = create()
    assert (made["number"], made["previous"]) == (2, "1")
    assert [(row["kind"], row["title"]) for row in made["difference"]] == [
        ("新增", "社会组织名录"),
        ("变更", "江门市行政区划"),
        ("停用", "婚姻登记机关"),
    ]
    [field] = made["difference"][1]["fields"]
    assert field == {
        "name": "信息资源摘要",
        "before": "全市区划代码与名称。",
        "after": "新摘要。",
    }


def test_old_editions_stay_as_they_are(approved, create, file_of, act):
    from ckan import model

    approved()
    first = create()
    before = file_of(first, "full", "xml")
    approved(title="社会组织名录")
    create()
    again = act("jiangmen_edition_show", user="coordinator", id="1")
    assert file_of(again, "full", "xml") == before
    for statement in (
        "UPDATE jiangmen_edition SET number = 7 WHERE address = '1'",
        "DELETE FROM jiangmen_edition WHERE address = '1'",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="stays as it is"):
            model.Session.execute(sa.text(statement))
        model.Session.rollback()


def test_departments_read_no_withheld_item_and_titles_of_withheld_entries_only(
    approved, create, file_of, ground, act
):
    basis = ground()
    approved(
        sharing_category="无条件共享",
        information_items=[
            {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
            {
                "name": "隐去的项",
                "data_type": "备注型",
                "remarks": "说明",
                "sharing_category": "不予共享",
                "legal_basis_id": basis["number"],
            },
        ],
    )
    approved(
        title="不予共享的名册",
        notes="名册的摘要。",
        sharing_category="不予共享",
        legal_basis_id=basis["number"],
    )
    made = create()
    shown = file_of(made, "departments", "html", user="b_cataloguer").decode()
    assert "不予共享的名册" in shown
    assert "中华人民共和国统计法" in shown
    assert "隐去的项" not in shown
    assert "名册的摘要" not in shown
    assert "隐去的项" in file_of(made, "full", "html").decode()
    assert texts(act("jiangmen_edition_show", user="b_cataloguer", id="1")) == [
        "departments",
        "public",
    ]
    assert "隐去的项" not in file_of(made, "public", "html").decode()


def test_a_department_reads_its_own_edition_in_full_and_others_do_not(
    approved, create, act
):
    import ckan.plugins.toolkit as tk

    approved()
    made = create(user="c_reviewer", organization="minzhengju")
    assert made["address"] == "minzhengju-1"
    assert texts(act("jiangmen_edition_show", user="c_cataloguer", id=made["id"])) == [
        "full",
        "departments",
        "public",
    ]
    others = act("jiangmen_edition_show", user="b_reviewer", id="minzhengju-1")
    assert texts(others) == ["departments", "public"]
    with pytest.raises(tk.ObjectNotFound):
        act(
            "jiangmen_edition_file",
            user="b_reviewer",
            id="minzhengju-1",
            text="full",
            format="xml",
        )


@pytest.mark.parametrize(
    ("user", "organization"),
    [
        ("c_reviewer", None),
        ("c_cataloguer", "minzhengju"),
        ("b_reviewer", "minzhengju"),
        ("secrecy", None),
        ("", None),
    ],
)
def test_editions_are_made_by_the_office_and_by_the_departments_reviewer(
    people, create, user, organization
):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.NotAuthorized):
        create(user=user, organization=organization)


def test_an_unknown_department_is_one_sentence(people, create):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError, match="没有这个单位"):
        create(organization="meiyou")


def test_what_the_valve_has_not_sent_is_not_in_the_public_text(
    approved, create, file_of
):
    approved()
    made = create()
    assert made["texts"][2]["counts"]["entries"] == 0
    assert "江门市行政区划" not in file_of(made, "public", "html").decode()


def test_a_large_catalogue_is_made_by_a_worker_that_may_be_killed(
    approved, create, act, monkeypatch
):
    import ckan.plugins.toolkit as tk

    from ckanext.jiangmen.catalog import jobs
    from ckanext.jiangmen.catalog.editions import compiling

    approved()
    monkeypatch.setitem(
        tk.config, "ckanext.jiangmen.catalog.edition_at_once_entries", 0
    )
    asked = create()
    assert (asked["state"], asked["texts"]) == ("waiting", [])
    assert create()["id"] == asked["id"]
    written = []

    def die(path):
        written.append(path)
        if len(written) == 4:
            raise KeyboardInterrupt
        return real(path)

    real = compiling.files.put_path
    monkeypatch.setattr(compiling.files, "put_path", die)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_due()
    half = act("jiangmen_edition_show", user="coordinator", id=asked["id"])
    assert half["state"] == "running"
    assert 20 < half["progress"] < 100
    assert act("jiangmen_edition_list", user="b_cataloguer")["count"] == 0
    jobs.run_due()
    made = act("jiangmen_edition_show", user="coordinator", id=asked["id"])
    assert (made["state"], made["number"], made["progress"]) == ("issued", 1, 100)


def test_a_character_that_the_font_lacks_is_named_and_nothing_is_issued(
    approved, create, act
):
    approved(notes="地名含\U0002a6a5字。")
    made = create()
    assert made["state"] == "failed"
    assert "U+2A6A5" in made["message"]
    assert act("jiangmen_edition_list", user="b_cataloguer")["count"] == 0


def test_an_expired_ground_changes_the_next_edition(
    approved, create, ground, file_of, freezer
):
    basis = ground()
    approved(sharing_category="不予共享", legal_basis_id=basis["number"])
    first = create()
    assert first["counts"]["entries"] == 1
    freezer.move_to("2099-02-01")
    second = create()
    assert second["number"] == 2
    [change] = second["difference"]
    assert ("共享方式类别", "不予共享", "有条件共享") in [
        tuple(field.values()) for field in change["fields"]
    ]
    assert "全市区划代码" in file_of(second, "departments", "html").decode()


def test_taking_a_text_of_departments_is_noted_and_the_public_one_is_not(
    approved, create, file_of, trail
):
    approved()
    made = create()
    file_of(made, "public", "pdf", user="b_cataloguer")
    assert not trail(action="jiangmen_edition_file")
    file_of(made, "departments", "pdf", user="b_cataloguer")
    [noted] = trail(action="jiangmen_edition_file")
    assert noted["account"] == "b_cataloguer"
    assert noted["resource"] == "1/departments.pdf"


def test_files_of_editions_are_not_collected(approved, create, file_of):
    from ckanext.jiangmen.catalog import collection

    approved()
    made = create()
    collection.collect(older_than_s=-10)
    assert file_of(made, "full", "pdf").startswith(b"%PDF")


@pytest.mark.parametrize(
    "odd",
    [
        {"organization": "\x00"},
        {"organization": ["a"]},
        {"limit": "很多"},
        {"offset": -1},
        {"offset": "9" * 30},
        {"limit": {"a": 1}},
    ],
    ids=str,
)
def test_odd_parameters_are_refused_in_a_sentence(people, app, as_platform, odd):
    token = as_platform("api_token_create", user="coordinator", name="test")["token"]
    answer = app.post(
        "/api/3/action/jiangmen_edition_list",
        json=odd,
        headers={"Authorization": token},
    )
    assert answer.status_code in {200, 400, 409}
