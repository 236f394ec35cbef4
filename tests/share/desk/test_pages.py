"""The desk's pages: in Chinese, by role, and they change nothing by themselves."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from ckan.tests import factories

WORKBOOK = Path(__file__).resolve().parents[3] / "demo/first_walk/市民政局-调查表.xlsx"

# Two or more English words in a row, outside of code, attributes and scripts.
ENGLISH = re.compile(r"\b[A-Za-z]{3,}(?: [A-Za-z]{2,})+\b")


def visible_text(page: str) -> str:
    """Return what a reader sees of a page."""
    page = re.sub(
        r"<(script|style|pre|code|svg|head|textarea)\b.*?</\1>", " ", page, flags=re.S
    )
    return html.unescape(re.sub(r"<[^>]+>", " | ", page))


@pytest.fixture
def signed_in(app, people):
    """Return a function that calls an address as an account, by its token."""

    def call(user, address, method="get", **options):
        token = factories.APIToken(user=user)["token"]
        return getattr(app, method)(
            address,
            headers={"Authorization": token},
            follow_redirects=options.pop("follow_redirects", False),
            **options,
        )

    return call


PAGES = [
    "/desk",
    "/desk/revisions",
    "/desk/survey",
    "/desk/entry/new",
    "/desk/entry/bulk?field=update_cycle&field=remarks",
    "/dataset/",
    "/organization/",
    "/group/",
    "/organization/minzhengju",
    "/user/c_cataloguer",
]


@pytest.mark.parametrize("address", PAGES)
def test_pages_of_the_share_site_are_in_chinese(signed_in, address):
    answer = signed_in("c_cataloguer", address)
    assert answer.status_code == 200, answer.body[:500]
    found = ENGLISH.findall(visible_text(answer.body))
    assert [words for words in found if words != "c_cataloguer"] == []


@pytest.mark.parametrize("word", ["/followers", "/activity", "twitter", "facebook"])
def test_no_page_links_to_what_is_not_there(signed_in, approved, word):
    entry = approved()
    for address in ("/desk", f"/dataset/{entry['name']}", "/organization/minzhengju"):
        assert word not in signed_in("c_cataloguer", address).body.lower()


def test_the_home_page_of_the_share_site_is_the_desk(signed_in):
    answer = signed_in("c_cataloguer", "/")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/desk")


def test_stock_forms_lead_to_the_desks_forms(signed_in, approved):
    entry = approved()
    new = signed_in("c_cataloguer", "/dataset/new")
    edit = signed_in("c_cataloguer", f"/dataset/edit/{entry['name']}")
    assert new.headers["Location"].endswith("/desk/entry/new")
    assert edit.headers["Location"].endswith(f"/desk/entry/edit/{entry['name']}")


def test_the_form_stores_a_draft_and_shows_it(signed_in, an_entry, act):
    import json

    entry = an_entry()
    form = {
        key: value if isinstance(value, str) else "；".join(value)
        for key, value in entry.items()
        if key != "information_items"
    }
    form["information_items"] = json.dumps(entry["information_items"])
    answer = signed_in("c_cataloguer", "/desk/entry/new", "post", data=form)
    assert answer.status_code == 302, visible_text(answer.body)[:3000]
    assert "/desk/revision/" in answer.headers["Location"]
    found = act("jiangmen_revision_list", user="c_cataloguer", state="draft")
    assert [each["title"] for each in found] == ["江门市行政区划"]


def test_a_wrong_form_comes_back_with_the_reasons_and_what_was_entered(
    signed_in, people
):
    form = {"title": "没有摘要的资源", "owner_org": people.civil}
    answer = signed_in("c_cataloguer", "/desk/entry/new", "post", data=form)
    assert answer.status_code == 200
    assert "没有摘要的资源" in answer.body
    assert "error-block" in answer.body or "alert" in answer.body


def test_a_draft_offers_its_author_to_submit_it_and_nobody_to_approve(signed_in, draft):
    address = f"/desk/revision/{draft()['revision_id']}"
    body = signed_in("c_cataloguer", address).body
    assert "提交审核" in body
    assert "审核通过</button>" not in body


def test_the_page_says_on_whom_a_revision_waits_and_lets_only_them_approve(
    signed_in, draft
):
    address = f"/desk/revision/{draft()['revision_id']}"
    signed_in("c_cataloguer", f"{address}/submit", "post")
    mine = signed_in("c_cataloguer", address).body
    theirs = signed_in("c_reviewer", address).body
    assert "等待部门审核" in mine
    assert "市民政局" in mine
    assert "审核通过</button>" not in mine
    assert "审核通过</button>" in theirs
    assert "江门市行政区划" in signed_in("c_reviewer", "/desk").body


def test_a_returned_revision_shows_its_author_why(signed_in, draft):
    address = f"/desk/revision/{draft()['revision_id']}"
    signed_in("c_cataloguer", f"{address}/submit", "post")
    comment = {"comment": "请补充 <b>数据量</b>"}
    signed_in("c_reviewer", f"{address}/return", "post", data=comment)
    body = signed_in("c_cataloguer", address).body
    assert "已退回修改" in body
    assert "请补充 &lt;b&gt;数据量&lt;/b&gt;" in body


def test_several_revisions_are_approved_at_once(signed_in, draft, act):
    ids = [draft(title=title)["revision_id"] for title in ("甲资源", "乙资源")]
    act("jiangmen_revision_submit", user="c_cataloguer", id=ids)
    answer = signed_in(
        "c_reviewer", "/desk/revisions/approve", "post", data={"id": ids}
    )
    assert answer.status_code == 200
    found = act("jiangmen_revision_list", user="c_reviewer", state="submitted")
    assert {each["step"] for each in found} == {"secrecy"}


def test_a_file_is_attached_by_the_form(signed_in, draft, upload, act):
    revision = draft()["revision_id"]
    signed_in(
        "c_cataloguer",
        f"/desk/revision/{revision}/attach",
        "post",
        data={"upload": (upload().stream, "江门市行政区划.csv")},
        content_type="multipart/form-data",
    )
    entry = act("jiangmen_revision_show", user="c_cataloguer", id=revision)["entry"]
    assert [each["file_name"] for each in entry["resources"]] == ["江门市行政区划.csv"]


def _preview(signed_in, content):
    import io

    return signed_in(
        "c_cataloguer",
        "/desk/survey/preview",
        "post",
        data={"upload": (io.BytesIO(content), "调查表.xlsx")},
        content_type="multipart/form-data",
    )


def _token(body):
    found = re.search(r'name="token" value="([^"]+)"', body)
    return found.group(1) if found else None


def test_a_workbook_is_checked_first_and_stored_when_confirmed(signed_in, act):
    page = _preview(signed_in, WORKBOOK.read_bytes())
    assert "尚未写入任何内容" in page.body
    assert act("jiangmen_revision_list", user="c_cataloguer") == []
    answer = signed_in(
        "c_cataloguer",
        "/desk/survey/import",
        "post",
        data={"token": _token(page.body)},
    )
    assert "/desk/survey/" in answer.headers["Location"]
    found = act("jiangmen_revision_list", user="c_cataloguer")
    assert [each["title"] for each in found] == ["江门市行政区划"]
    result = signed_in("c_cataloguer", answer.headers["Location"])
    assert "撤销这次导入" in result.body


def test_nobody_else_can_confirm_a_workbook(signed_in, act):
    token = _token(_preview(signed_in, WORKBOOK.read_bytes()).body)
    signed_in("c_colleague", "/desk/survey/import", "post", data={"token": token})
    assert act("jiangmen_revision_list", user="c_cataloguer") == []


def _with_cell(column, value):
    """Return the first walk's workbook with one cell of its entry changed."""
    from ckanext.jiangmen.catalog.survey import read_workbook, write_entries

    entry = read_workbook(WORKBOOK.read_bytes(), WORKBOOK.name).entries[0].entry
    entry["organization_title"] = "市民政局"
    return write_entries([entry | {column: value}])


def test_wrong_cells_are_listed_and_marked_in_a_workbook(signed_in):
    body = _preview(signed_in, _with_cell("update_cycle", "每世纪")).body
    assert "填写错误" in body
    assert "更新周期" in body
    marked = re.search(r"/desk/survey/annotated/[\w-]+", body)
    assert marked is not None
    answer = signed_in("c_cataloguer", marked.group(0))
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"


def test_a_classified_workbook_is_refused_and_not_kept(signed_in):
    body = _preview(signed_in, _with_cell("secrecy", "秘密")).body
    assert "平台没有保存" in body
    assert _token(body) is None


def test_the_history_shows_what_a_version_changed(
    signed_in, approved, draft, act, through_review
):
    entry = approved()
    changed = act(
        "package_patch", user="c_cataloguer", id=entry["id"], notes="改过的摘要。"
    )
    through_review(changed["revision_id"])
    body = signed_in("c_reviewer", f"/dataset/{entry['name']}/history").body
    assert "第 2 版" in body
    assert "改过的摘要。" in body


def test_an_entry_of_the_share_site_shows_its_category_and_items(signed_in, approved):
    entry = approved()
    body = signed_in("b_cataloguer", f"/dataset/{entry['name']}").body
    assert "可社会公开" in body
    assert "区划代码" in body
    assert "不对外公开" not in body
    assert ENGLISH.findall(visible_text(body)) == []


def test_an_edit_set_aside_is_merged_by_its_page(
    signed_in, approved, act, through_review
):
    import ckan.plugins.toolkit as tk

    entry = approved()
    first = act(
        "package_patch", user="c_cataloguer", id=entry["id"], notes="甲的摘要。"
    )
    with pytest.raises(tk.ValidationError) as caught:
        act("package_patch", user="c_colleague", id=entry["id"], notes="乙的摘要。")
    aside = caught.value.error_dict["aside_revision_id"][0]
    through_review(first["revision_id"])
    address = f"/desk/revision/{aside}"
    assert "合并</button>" in signed_in("c_colleague", address).body
    asked = signed_in("c_colleague", f"{address}/merge", "post")
    assert 'name="take.notes"' in asked.body
    done = signed_in(
        "c_colleague", f"{address}/merge", "post", data={"take.notes": "mine"}
    )
    assert done.status_code == 302
    found = act("jiangmen_revision_list", user="c_colleague", mine=True, state="draft")
    assert len(found) == 1


def test_an_exported_workbook_is_shown_cell_by_cell_before_it_is_imported(
    signed_in, draft
):
    from io import BytesIO

    from ckanext.jiangmen.catalog.survey import read_workbook, write_entries

    made = draft()
    draft(title="江门市地名")
    page = signed_in("c_cataloguer", "/desk/revisions?state=draft").body
    assert "导出为调查表" in page
    chosen = {"id": made["revision_id"]}
    answer = signed_in("c_cataloguer", "/desk/survey/export.xlsx", "post", data=chosen)
    workbook = read_workbook(answer.data)
    (entry,) = [each.entry for each in workbook.entries]
    entry |= {"notes": "改过的摘要。", "organization_title": "市民政局"}
    edited = write_entries([entry], workbook.exported | {made["id"]: "0.0"})
    answer = signed_in(
        "c_cataloguer",
        "/desk/survey/preview",
        "post",
        data={"upload": (BytesIO(edited), "调查表.xlsx")},
    )
    shown = visible_text(answer.body)
    assert "M2" in answer.body
    assert "全市区划代码与名称。" in shown
    assert "改过的摘要。" in shown
    assert not ENGLISH.findall(shown)
    refused = signed_in("b_cataloguer", f"/desk/survey/export.xlsx?id={made['id']}")
    assert refused.status_code == 404


def test_an_undo_with_conflicts_is_a_page_that_offers_what_is_left(
    signed_in, act, draft
):
    from io import BytesIO

    from ckanext.jiangmen.catalog.survey import read_workbook, write_entries

    made = draft()
    answer = signed_in("c_cataloguer", "/desk/survey/export.xlsx")
    (entry,) = [each.entry for each in read_workbook(answer.data).entries]
    entry |= {"notes": "导入的摘要。", "organization_title": "市民政局"}
    from werkzeug.datastructures import FileStorage

    upload = FileStorage(stream=BytesIO(write_entries([entry])), filename="表.xlsx")
    done = act("jiangmen_survey_import", user="c_cataloguer", upload=upload)
    act("package_patch", user="c_cataloguer", id=made["id"], notes="后来的摘要。")
    address = f"/desk/survey/{done['import_id']}/undo"
    page = signed_in("c_cataloguer", address, "post").body
    shown = visible_text(page)
    assert "导入的摘要。" in shown
    assert "后来的摘要。" in shown
    assert not ENGLISH.findall(shown)
    answer = signed_in("c_cataloguer", address, "post", data={"force": made["id"]})
    assert answer.status_code == 302


def test_the_summary_table_is_a_page_and_compares_a_typed_one(signed_in, approved):
    from io import BytesIO

    approved()
    page = visible_text(signed_in("coordinator", "/desk/summary").body)
    assert "市民政局" in page
    assert not ENGLISH.findall(page)
    table = signed_in("coordinator", "/desk/summary.xlsx").data
    answer = signed_in(
        "coordinator",
        "/desk/summary/compare",
        "post",
        data={"upload": (BytesIO(table), "汇总表.xlsx")},
    )
    assert "填写的汇总表与统计结果一致" in answer.body


def test_the_reference_list_is_uploaded_shown_and_corrected(signed_in, approved):
    from io import BytesIO

    from ckanext.jiangmen.catalog.reference import book

    made = approved()
    rows = [{"title": name, "organization_title": "市民政局"} for name in ("甲", "乙")]
    answer = signed_in(
        "coordinator",
        "/desk/reference/preview",
        "post",
        data={"upload": (BytesIO(book.write(rows)), "参考内容.xlsx")},
    )
    assert not ENGLISH.findall(visible_text(answer.body))
    token = re.search(r'name="token" value="([^"]+)"', answer.body)
    signed_in("coordinator", "/desk/reference/import", "post", data={"token": token[1]})
    page = signed_in("c_reviewer", "/desk/reference").body
    shown = visible_text(page)
    assert not ENGLISH.findall(shown)
    assert "0.0%" in shown
    address = re.search(r'action="(/desk/reference/[^"]+/match)"', page)[1]
    signed_in(
        "c_reviewer",
        address,
        "post",
        data={"entry": made["title"], "decision": "confirm"},
    )
    filed = signed_in("c_reviewer", "/desk/reference?state=filed").body
    assert "人工确认" in filed
    assert "50.0%" in filed
    assert signed_in("c_reviewer", "/desk/reference.xlsx").status_code == 200
    assert signed_in("b_reviewer", "/desk/reference").status_code == 200


def test_what_a_search_finds_is_exported_with_its_filters(signed_in, approved):
    from ckanext.jiangmen.catalog.survey import read_workbook

    approved()
    approved(title="江门市地名", update_cycle="每季度")
    page = signed_in("c_cataloguer", "/dataset/?update_cycle=每季度").body
    address = re.search(r'href="(/desk/survey/export.xlsx[^"]*)"', page)[1]
    answer = signed_in("c_cataloguer", html.unescape(address))
    found = [each.entry["title"] for each in read_workbook(answer.data).entries]
    assert found == ["江门市地名"]
