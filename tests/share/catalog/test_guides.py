"""A new guide: 500 entries of the survey of 2017 become ones of 1272号, or are listed.

What would not be right is told before, and stays as it was; a broken run goes on.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk

OLD, NEW = "survey-2017", "1272-2017"
FORMATS = ["数据库", "Excel", "Word", "图片", "音视频", "纸质"]
METHODS = ["系统对接", "前置机", "联机查询", "批量下载"]
CYCLES = ["实时", "每天", "每周", "每月", "每季", "每年"]
TYPES = ["文本", "长文本", "数字", "金额", "日期", "时间", "是否"]


def surveyed(owner, number):
    """Return an entry as the survey of 2017 had it; some lack what 1272号 demands."""
    category = ["无条件共享", "有条件共享"][number % 2]
    entry = {
        "id": f"{number:08d}-0000-4000-8000-000000000000",
        "name": f"survey-{number:06d}",
        "type": "dataset",
        "title": f"2017年梳理资源第{number}号",
        "owner_org": owner,
        "notes": f"2017年调查表所列第{number}项信息资源。",
        "content_kind": "业务事项数据",
        "format_class": FORMATS[number % 6],
        "sharing_category": category,
        "exchange_method": METHODS[number % 4],
        "update_cycle": CYCLES[number % 5],
        "schema_version": OLD,
        "information_items": [
            {"name": "事项编号", "data_type": "文本"},
            {"name": "登记内容", "data_type": TYPES[number % 7]},
        ],
        "resources": [],
    }
    if category == "有条件共享":
        entry |= {"share_condition": "凭职责申请。", "share_scope": "市直部门"}
    if number % 10:
        entry["exchange_reason"] = "业务系统暂不具备对接条件。"
    if number % 11:
        entry["cycle_reason"] = "业务按期办理。"
    return entry


@pytest.fixture
def filed(people):
    """Return a function that puts entries of the old guide in force, many at once."""
    from ckan import model

    from ckanext.jiangmen.catalog import (
        approval,
        bulk_rows,
        bulk_show,
        codes,
        entries,
    )

    def make(count):
        packages = []
        for number in range(count):
            entry = surveyed(people.civil, number)
            entry["resource_code"] = f"307407/{number + 1:06d}"
            packages.append(entries.packaged(entry, 1))
        taken = bulk_rows.look_up(packages)
        checked = []
        for package in packages:
            context = approval.writing_context(
                "c_cataloguer", model=model, session=model.Session
            )
            checked.append(bulk_rows.validated(package, context, taken))
        author = model.User.get("c_cataloguer").id
        bulk_rows.insert(checked, author)
        given = {package["id"]: package["resource_code"] for package in packages}
        codes.keep(model.Session, given, set(given.values()))
        model.Session.flush()
        shown = bulk_show.whole_entries(bulk_show.packages(given))
        for entry in shown.values():
            approval.note_version(
                model.Session, entry, None, version=1, kind="direct", author=author
            )
        model.Session.commit()
        approval.finish(list(given))
        return list(given)

    return make


def versions_of():
    """Return {entry's id: the guide it is filed under}."""
    from ckan import model

    package = model.Package
    rows = model.Session.execute(
        sa.select(package.id, package.extras["schema_version"].astext)
    )
    return {row[0]: row[1] for row in rows}


def all_of(act, action, **more):
    """Call a paged action until nothing is left; return right, wrong entries."""
    after, right, wrong = "", 0, []
    while after is not None:
        told = act(action, user="coordinator", version=NEW, after=after, **more)
        right, wrong = right + told["right"], wrong + told["entries"]
        after = told["next"]
    return right, wrong


def test_500_entries_of_the_survey_become_right_ones_of_1272_or_are_listed(act, filed):
    from ckanext.jiangmen.catalog import bulk_show, departments, rules

    ids = filed(500)
    right, wrong = all_of(act, "jiangmen_guide_preview", limit=200)
    assert right + len(wrong) == 500
    assert right > 0
    assert wrong
    assert set(versions_of().values()) == {OLD}, "a preview writes nothing"
    for entry in wrong:
        assert entry["schema_version"] == OLD
        assert entry["problems"]
        assert all(p["label"] and p["messages"] for p in entry["problems"])
    before = bulk_show.whole_entries(bulk_show.packages(ids))
    moved, stay = all_of(act, "jiangmen_guide_apply", limit=200)
    assert moved == right
    assert {e["id"] for e in stay} == {e["id"] for e in wrong}
    under = versions_of()
    listed = {entry["id"] for entry in stay}
    assert {i for i in ids if under[i] == OLD} == listed
    for package_id, entry in bulk_show.whole_entries(bulk_show.packages(ids)).items():
        body = departments.of(entry["owner_org"])
        if package_id not in listed:
            assert rules.check_entry(rules.without_derived(entry), body) == []
        assert entry["version"] == (1 if package_id in listed else 2)
        same = ("title", "resource_code", "sharing_category", "category_badge")
        assert [entry[k] for k in same] == [before[package_id][k] for k in same]
    again = act("jiangmen_guide_apply", user="coordinator", version=NEW)
    assert (again["right"], again["wrong"]) == (0, len(stay))
    found = act("package_search", user="b_cataloguer", q="*:*", fq="update_cycle:每天")
    assert {e["id"] for e in found["results"]} <= listed


def test_a_broken_run_is_taken_up_where_it_ended(act, filed, monkeypatch):
    from ckan import model

    from ckanext.jiangmen.catalog.guides import change

    filed(60)
    monkeypatch.setattr(change, "PART", 20)
    real, calls = change._part, []

    def breaking(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(*args)

    monkeypatch.setattr(change, "_part", breaking)
    with pytest.raises(RuntimeError):
        act("jiangmen_guide_apply", user="coordinator", version=NEW)
    model.Session.remove()
    first = sum(version == NEW for version in versions_of().values())
    assert 0 < first < 20
    told = act("jiangmen_guide_apply", user="coordinator", version=NEW)
    assert first + told["right"] + told["wrong"] == 60


MENDED = {
    "format_class": "电子文件",
    "exchange_method": "系统对接",
    "update_cycle": "每月",
    "cycle_reason": "按月办理。",
    "secrecy": "非涉密",
    "information_items": [],
}


def test_a_draft_of_an_entry_that_is_moved_stays_and_can_be_approved(
    act, filed, through_review
):
    filed(12)
    _, wrong = all_of(act, "jiangmen_guide_preview")
    listed = {entry["id"] for entry in wrong}
    chosen = next(each for each in versions_of() if each not in listed)
    draft = act("package_patch", user="c_cataloguer", id=chosen, **MENDED)
    all_of(act, "jiangmen_guide_apply")
    shown = act("jiangmen_revision_show", user="c_cataloguer", id=draft["revision_id"])
    assert shown["base_version"] == 2
    assert shown["entry"]["format_class"] == "电子文件"
    through_review(draft["revision_id"])
    entry = act("package_show", user="c_cataloguer", id=chosen)
    assert (entry["version"], entry["format_class"]) == (3, "电子文件")


def test_a_listed_entry_is_mended_under_the_new_guide(act, filed, through_review):
    filed(12)
    told = act("jiangmen_guide_apply", user="coordinator", version=NEW)
    entry = next(
        e for e in told["entries"] if e["problems"][0]["field"] == "format_class"
    )
    with pytest.raises(tk.ValidationError) as refused:
        act("package_patch", user="c_cataloguer", id=entry["id"], notes="改摘要。")
    assert "格式" in str(refused.value.error_dict)
    mended = act("package_patch", user="c_cataloguer", id=entry["id"], **MENDED)
    assert mended["schema_version"] == NEW
    through_review(mended["revision_id"])
    assert versions_of()[entry["id"]] == NEW


def test_only_the_coordinating_office_changes_the_guide(act, people):
    for action in ("jiangmen_guide_preview", "jiangmen_guide_apply"):
        for user in ("c_cataloguer", "c_leader", "secrecy"):
            with pytest.raises(tk.NotAuthorized):
                act(action, user=user, version=NEW)
    with pytest.raises(tk.ValidationError) as refused:
        act("jiangmen_guide_preview", user="coordinator", version="2030")
    assert "2030" in refused.value.error_dict["version"][0]
    listed = act("jiangmen_guide_list", user="coordinator")
    assert [row["version"] for row in listed] == [OLD, NEW]
    assert [row["current"] for row in listed] == [False, True]


def test_the_command_line_previews_and_applies(cli, filed):
    filed(12)
    told = cli("guide", "preview", NEW, "--user", "coordinator")
    assert "0 left" in told.output
    assert "信息资源格式分类" in told.output
    told = cli("guide", "apply", NEW, "--user", "coordinator")
    assert "0 left" in told.output
    assert set(versions_of().values()) == {OLD, NEW}


@pytest.fixture
def cli(app):
    """Return a function that runs `ckan jiangmen …`."""
    from click.testing import CliRunner

    from ckanext.jiangmen.cli import jiangmen

    def run(*words):
        done = CliRunner().invoke(jiangmen, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done

    return run


def test_the_office_sees_what_would_be_wrong_on_a_page_and_moves_the_rest(
    app, filed, as_platform
):
    filed(30)
    made = as_platform("api_token_create", user="coordinator", name="test")
    office = {"Authorization": made["token"]}
    listed = app.get("/desk/guides", headers=office).body
    assert f"已废止，由 {NEW} 替代" in listed
    page = app.get(f"/desk/guides/{NEW}", headers=office).body
    assert "尚未写入任何内容" in page
    assert "调整符合要求的信息资源" in page
    wrong = app.get(f"/desk/guides/{NEW}/problems.csv", headers=office)
    assert wrong.headers["Content-Type"].startswith("text/csv")
    lines = wrong.data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("提供方,信息资源,信息资源代码,")
    assert "市民政局,2017年梳理资源第5号,307407/000006,survey-2017," in lines[1]
    assert "“纸质”不在列表中，请改为" in lines[1]
    assert set(versions_of().values()) == {OLD}
    done = app.post(f"/desk/guides/{NEW}/apply", headers=office).body
    assert "已调整的信息资源由平台写入新的版本" in done
    assert set(versions_of().values()) == {OLD, NEW}
    unknown = app.get("/desk/guides/2030", headers=office)
    assert "没有版本为“2030”的编目指南" in unknown.body


def test_entries_from_before_versions_were_kept_count_as_the_first_of_the_platform(
    act, approved, monkeypatch
):
    import dataclasses
    import datetime as dt

    from ckan import model

    from ckanext.jiangmen.catalog.guides import versions

    entry = approved()
    model.Session.execute(
        sa.text("UPDATE package SET extras = extras - 'schema_version'")
    )
    model.Session.commit()
    listed = act("jiangmen_guide_list", user="coordinator")
    assert {row["version"]: row["entries"] for row in listed} == {OLD: 0, NEW: 1}
    assert [row["state"] for row in listed] == ["superseded", "current"]
    known = versions.guides()
    later = dataclasses.replace(
        known[NEW],
        version="2030",
        follows=NEW,
        migration={},
        in_force_from=dt.date(2030, 1, 1),
    )
    monkeypatch.setattr(versions, "guides", lambda: {**known, "2030": later})
    found = act("jiangmen_guide_preview", user="coordinator", version="2030")
    assert (found["examined"], found["right"]) == (1, 1)
    act("jiangmen_guide_apply", user="coordinator", version="2030")
    assert versions_of()[entry["id"]] == "2030"


def test_a_department_has_no_page_of_guides(app, people, as_platform):
    made = as_platform("api_token_create", user="c_reviewer", name="test")
    reviewer = {"Authorization": made["token"]}
    for address in ("guides", f"guides/{NEW}", f"guides/{NEW}/problems.csv"):
        assert app.get(f"/desk/{address}", headers=reviewer).status_code == 403
