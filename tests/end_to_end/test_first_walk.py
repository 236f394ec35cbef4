"""The newcomer's walk: a survey workbook becomes a public, downloadable catalogue.

With the mouse on the pages, as the department, its reviewer, 保密审查, the coordinating
office and the public; nothing of the code is imported.
"""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
import requests
from python_calamine import CalamineWorkbook

DEMO = Path(__file__).resolve().parents[2] / "demo/first_walk"
TITLE = "江门市行政区划"
ROWS = 1438
WAIT_S = 60


class Desk:
    """The share site as one account sees it, in a window of its own."""

    def __init__(self, chromium, stack, role):
        self.url = stack["share"]["url"]
        self.account = stack["share"]["accounts"][role]
        self.window = chromium.new_context(locale="zh-CN", accept_downloads=True)
        self.page = self.window.new_page()
        self.page.goto(self.url + "/user/login")
        self.page.fill("#field-login", self.account["name"])
        self.page.fill("#field-password", self.account["password"])
        self.page.click("form[method=post] button[type=submit] >> visible=true")
        self.page.wait_for_url("**/desk**")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.window.close()

    def go(self, path):
        self.page.goto(self.url + path)
        return self.page

    def press(self, ending):
        """Press the button of the form whose address ends so."""
        self.page.click(f'form[action$="{ending}"] button[type=submit]')
        self.page.wait_for_load_state()

    def text(self):
        return self.page.inner_text("main, #content, body")


@pytest.fixture(scope="module")
def published(chromium, stack):
    """Take the first walk up to the last approval; return the entry's address."""
    with Desk(chromium, stack, "c_cataloguer") as desk:
        page = desk.go("/desk/survey")
        page.set_input_files("#field-upload", next(DEMO.glob("*.xlsx")))
        desk.press("/desk/survey/preview")
        figures = page.locator(".jm-figures strong").all_inner_texts()
        assert figures == ["1", "0", "0", "0"]
        assert TITLE in desk.text()
        desk.press("/desk/survey/import")
        page.click(f"a:has-text('{TITLE}')")
        revision = page.url.removeprefix(desk.url)
        page.set_input_files("#field-upload", DEMO / f"{TITLE}.csv")
        desk.press("/attach")
        assert f"{TITLE}.csv" in page.inner_text("#files")
        desk.press("/submit")
        assert page.locator('form[action$="/approve"]').count() == 0
    for role in ("c_reviewer", "secrecy_reviewer", "coordinator"):
        with Desk(chromium, stack, role) as desk:
            page = desk.go("/desk")
            assert TITLE in desk.text()
            desk.go(revision)
            desk.press("/approve")
            assert page.locator('form[action$="/approve"]').count() == 0
    return stack["open"]["url"]


@pytest.fixture(scope="module")
def entry(published):
    """Return the published entry, as soon as the public finds it."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        found = _action(published, "package_search", q="行政区划", rows=50)
        for candidate in found["results"]:
            if candidate["title"] == TITLE:
                return candidate
        time.sleep(0.5)
    return pytest.fail(f"{TITLE} was not published within {WAIT_S} s")


def _action(site, name, **query):
    answer = requests.get(f"{site}/api/3/action/{name}", params=query, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_the_public_finds_it_by_typing_and_sees_its_rows(published, entry, page):
    page.goto(published + "/")
    page.fill("#field-home-search", "行政区划")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.click(f".dataset-heading a:has-text('{TITLE}')")
    page.wait_for_load_state()
    text = page.inner_text("body")
    assert "1,438" in text
    assert "蓬江区" in text


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_the_public_downloads_all_rows(published, entry, page, fmt):
    page.goto(f"{published}/dataset/{entry['name']}")
    with page.expect_download() as waiting:
        page.click(f"a[href*='/export/{fmt}'], a[href$='.{fmt}']")
    content = Path(waiting.value.path()).read_bytes()
    if fmt == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == ROWS + 1


def test_a_plain_call_returns_the_same_rows(published, entry):
    table = entry["resources"][0]["id"]
    found = _action(published, "datastore_search", resource_id=table, limit=2000)
    assert found["total"] == len(found["records"]) == ROWS
    levels = [record["级别"] for record in found["records"]]
    counts = sorted(levels.count(level) for level in set(levels))
    assert counts == [1, 7, 82, 1348]


def test_a_withdrawn_entry_is_gone_for_the_public(chromium, stack, published, entry):
    with Desk(chromium, stack, "coordinator") as desk:
        page = desk.go(f"/dataset/{entry['name']}")
        page.click("details:has(#field-reason) summary")
        page.fill("#field-reason", "首次演示结束")
        desk.press("/withdraw")
    until = time.monotonic() + WAIT_S
    address = f"{published}/dataset/{entry['name']}"
    while requests.get(address, timeout=30).status_code != 410:
        assert time.monotonic() < until, "still there after a minute"
        time.sleep(0.5)
    table = entry["resources"][0]["id"]
    search = f"{published}/api/3/action/datastore_search"
    gone = requests.get(search, params={"resource_id": table}, timeout=30)
    assert gone.status_code == 404
