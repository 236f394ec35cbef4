"""The public counts what is withheld: numbers by ground and department."""

from __future__ import annotations

import copy

import pytest

import ckan.plugins.toolkit as tk

NOW = "2017-06-01T09:30:00+08:00"
ROW = {
    "department": "市民政局",
    "door": "b",
    "ground": "市政府审定",
    "entries": 3,
}
HIDDEN = ROW | {"department": "", "door": "a", "ground": "法律行政法规或中央政策"}
TOLD = {"as_of": NOW, "total": 6, "results": [HIDDEN, ROW]}


def send(as_platform, body, name=NOW):
    return as_platform(
        "jiangmen_publication_receive", kind="withheld_counts", name=name, body=body
    )


def test_before_anything_has_arrived_the_page_says_so(app, platform):
    answer = app.get("/withheld")
    assert answer.status_code == 200
    assert "尚未收到统计数据" in answer.body


def test_the_page_shows_the_newest_numbers_and_the_footer_leads_there(
    app, platform, as_platform
):
    earlier = "2017-05-31T09:30:00+08:00"
    send(as_platform, {"as_of": earlier, "total": 0, "results": []}, earlier)
    assert send(as_platform, TOLD)["status"] == "received"
    page = app.get("/withheld").body
    assert "2017年6月1日 09:30" in page
    for words in ("市民政局", "其他单位", "市政府审定", "法律行政法规或中央政策"):
        assert words in page
    assert 'href="/withheld"' in app.get("/").body


def test_programs_read_the_same_numbers(act, platform, as_platform):
    send(as_platform, TOLD)
    assert act("jiangmen_portal_withheld") == TOLD


@pytest.mark.parametrize(
    "change",
    [
        {"title": "不予共享的名册"},
        {"department": ["市民政局"]},
        {"entries": "3"},
        {"entries": 0},
        {"door": "d"},
        {"ground": "其他"},
    ],
)
def test_anything_but_numbers_is_refused(platform, as_platform, change):
    body = copy.deepcopy(TOLD)
    body["results"][0] |= change
    with pytest.raises(tk.ValidationError):
        send(as_platform, body)
    with pytest.raises(tk.ValidationError):
        send(as_platform, TOLD | {"total": 7})
