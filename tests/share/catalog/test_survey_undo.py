"""An import is taken back, whatever happened to its entries since."""

from __future__ import annotations

from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk

WHO = "c_cataloguer"


@pytest.fixture
def imported(act, an_entry):
    """Return a function that imports entries of 市民政局 and gives the answer."""
    from ckanext.jiangmen.catalog.survey import write_entries

    def make(*changes):
        content = write_entries(
            [
                {**an_entry(**each), "organization_title": "市民政局"}
                for each in changes or ({},)
            ]
        )
        made = FileStorage(stream=BytesIO(content), filename="调查表.xlsx")
        done = act("jiangmen_survey_import", user=WHO, upload=made)
        assert done["errors"] == []
        return done

    return make


@pytest.fixture
def undo(act):
    """Return a function that takes an import back."""

    def make(done, **more):
        wanted = done["import_id"]
        return act("jiangmen_survey_undo", user=WHO, import_id=wanted, **more)

    return make


@pytest.fixture
def newest(act):
    """Return a function that gives an entry as last proposed, else as approved."""
    from ckan import model

    from ckanext.jiangmen.catalog import revisions

    def find(package_id):
        model.Session.expire_all()
        found = revisions.standing(model.Session, package_id)
        return dict(found.newest) if found is not None else None

    return find


def edit(act, package_id, **changes):
    act("package_patch", user=WHO, id=package_id, **changes)


def items(entry):
    return {item["name"]: item for item in entry["information_items"]}


def test_only_the_imports_changes_go_back_where_later_edits_stand(
    act, draft, imported, undo, newest
):
    made = draft()
    before = newest(made["id"])
    done = imported({"notes": "导入的摘要。", "remarks": "导入的备注。"})
    edit(act, made["id"], system_name="后来填的系统")
    answer = undo(done)
    assert (answer["restored"], answer["conflicts"]) == (1, [])
    assert answer["state"] == "undone"
    assert newest(made["id"]) == before | {"system_name": "后来填的系统"}


def test_a_field_that_was_changed_again_is_told_with_both_values_and_stays(
    act, draft, imported, undo, newest
):
    made = draft()
    before = newest(made["id"])
    done = imported({"notes": "导入的摘要。", "remarks": "导入的备注。"})
    edit(act, made["id"], notes="后来的摘要。")
    answer = undo(done)
    (told,) = answer["conflicts"]
    assert told["title"] == "江门市行政区划"
    assert (told["label"], told["imported"]) == ("信息资源摘要", "导入的摘要。")
    assert told["now"] == "后来的摘要。"
    assert answer["state"] == "partly_undone"
    assert newest(made["id"]) == before | {"notes": "后来的摘要。"}
    again = undo(done, force=made["id"])
    assert (again["state"], again["conflicts"]) == ("undone", [])
    assert newest(made["id"]) == before
    with pytest.raises(tk.ValidationError):
        undo(done)


def test_items_go_back_one_by_one(act, draft, imported, undo, newest):
    made = draft()
    code, name = newest(made["id"])["information_items"]
    short = {"name": "简称", "data_type": "字符型", "data_length": "20"}
    done = imported({"information_items": [code | {"data_length": "18"}, short]})
    listed = newest(made["id"])["information_items"]
    later = {"name": "级别", "data_type": "字符型", "data_length": "4"}
    listed[0]["remarks"] = "后来的备注。"
    edit(act, made["id"], information_items=[*listed, later])
    assert undo(done)["conflicts"] == []
    found = items(newest(made["id"]))
    assert set(found) == {"区划代码", "名称", "级别"}
    assert found["区划代码"] == code | {"remarks": "后来的备注。"}
    assert found["名称"] == name


def test_an_item_that_was_changed_again_is_told_by_name(
    act, draft, imported, undo, newest
):
    made = draft()
    code, name = newest(made["id"])["information_items"]
    done = imported({"information_items": [code | {"data_length": "18"}, name]})
    edit(act, made["id"], information_items=[code | {"data_length": "24"}, name])
    (told,) = undo(done)["conflicts"]
    assert (told["item"], told["field"]) == ("区划代码", "data_length")
    assert (told["imported"], told["now"]) == ("18", "24")


def test_an_entry_that_the_import_made_is_discarded_unless_it_was_edited(
    act, imported, undo, newest
):
    done = imported({}, {"title": "江门市地名"})
    rows = act("jiangmen_revision_list", user=WHO, import_id=done["import_id"])
    ids = {row["title"]: row["package_id"] for row in rows}
    edit(act, ids["江门市地名"], remarks="后来的备注。")
    answer = undo(done)
    assert answer["discarded"] == 1
    told = [(each["title"], each["field"]) for each in answer["conflicts"]]
    assert told == [("江门市地名", "remarks")]
    assert newest(ids["江门市行政区划"]) is None
    assert newest(ids["江门市地名"])["remarks"] == "后来的备注。"
    assert undo(done, force=[ids["江门市地名"]])["discarded"] == 1
    assert newest(ids["江门市地名"]) is None


def test_what_came_into_force_gets_a_draft_that_undoes_it(
    act, approved, imported, undo, newest, through_review
):
    made = approved()
    before = newest(made["id"])
    done = imported({"notes": "导入的摘要。"})
    through_review(done["revisions"][0])
    edit(act, made["id"], remarks="后来的备注。")
    (open_one,) = act("jiangmen_revision_list", user=WHO, state="open")
    through_review(open_one["id"])
    answer = undo(done)
    assert (answer["proposed"], answer["conflicts"]) == (1, [])
    wanted = before | {"remarks": "后来的备注。"}
    assert newest(made["id"])["notes"] == wanted["notes"]
    in_force = act("package_show", user=WHO, id=made["id"])
    assert in_force["notes"] == "导入的摘要。"
    (proposed,) = act("jiangmen_revision_list", user=WHO, state="open")
    through_review(proposed["id"])
    in_force = act("package_show", user=WHO, id=made["id"])
    assert (in_force["notes"], in_force["remarks"]) == (
        wanted["notes"],
        wanted["remarks"],
    )


def test_a_new_entry_in_force_gets_a_proposal_to_withdraw_it(
    act, imported, undo, through_review
):
    done = imported()
    through_review(done["revisions"][0])
    answer = undo(done)
    assert (answer["proposed"], answer["conflicts"]) == (1, [])
    (proposed,) = act("jiangmen_revision_list", user=WHO, state="open")
    assert proposed["kind"] == "withdraw"


def test_what_is_under_review_stays_and_is_told(act, imported, undo, newest):
    done = imported({}, {"title": "江门市地名"})
    act("jiangmen_revision_submit", user=WHO, id=done["revisions"][0])
    answer = undo(done)
    assert answer["discarded"] == 1
    (told,) = answer["conflicts"]
    assert (told["field"], "审核中" in told["message"]) == ("", True)


def test_two_imports_are_undone_in_either_order(act, draft, imported, undo, newest):
    made = draft()
    before = newest(made["id"])
    first = imported({"notes": "第一次导入。"})
    second = imported({"notes": "第一次导入。", "remarks": "第二次导入。"})
    assert undo(first)["conflicts"] == []
    assert newest(made["id"]) == before | {"remarks": "第二次导入。"}
    assert undo(second)["conflicts"] == []
    assert newest(made["id"]) == before
