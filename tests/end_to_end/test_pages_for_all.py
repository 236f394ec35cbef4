"""Pages of every type: for readers with every device and sense, in valid HTML."""

from __future__ import annotations

import pytest
from end_to_end import checkers

WIDTHS = (1280, 360)
OPEN = ("/", "/dataset/", "/dataset/?content_kind=统计数据", "/user/login", "/nothing",
        "/en/")  # fmt: skip
DESK = ("/desk", "/desk/entry/new", "/dataset/", "/nothing")
ACCOUNTS = ("c_cataloguer", "coordinator", "auditor")
# How many Tab presses may lie between the head of a page and a part of it.
FEW = 60


@pytest.fixture(scope="session", autouse=True)
def tools():
    """Fetch axe-core and vnu once."""
    checkers.install()


@pytest.fixture
def window(chromium):
    """Return a function that opens a window of a width, signed in or not."""
    opened = []

    def open_one(site: dict, account: str = "", width: int = 1280):
        view = {"width": width, "height": 800}
        context = chromium.new_context(locale="zh-CN", viewport=view)
        opened.append(context)
        page = context.new_page()
        if account:
            known = site["accounts"][account]
            page.goto(site["url"] + "/user/login")
            page.fill("#field-login", known["name"])
            page.fill("#field-password", known["password"])
            page.click(".jm-login-card button[type=submit]")
            page.wait_for_url(lambda url: "/user/login" not in url)
        return page

    yield open_one
    for context in opened:
        context.close()


def _found(page, root: str, seeds: tuple[str, ...], folder) -> tuple[int, list[str]]:
    """Return how many pages were opened, and what the checkers say about them."""
    html, said = {}, []
    for address, text in checkers.page_types(page, root, seeds):
        html[address] = text
        said += [
            f"{address}: {each['id']} {each['nodes'][:3]}"
            for each in checkers.barriers(page)
        ]
    return len(html), said + checkers.html_errors(html, folder)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_the_open_site_shuts_anybody_out(window, stack, tmp_path, width):
    page = window(stack["open"], width=width)
    pages, said = _found(page, stack["open"]["url"], OPEN, tmp_path)
    assert pages > 10
    assert not said, "\n".join(said)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_no_page_of_the_share_site_shuts_anybody_out(window, stack, tmp_path, account):
    page = window(stack["share"], account)
    pages, said = _found(page, stack["share"]["url"], DESK, tmp_path)
    assert pages > 3
    assert not said, "\n".join(said)


def _tab_to(page, what: str) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(FEW):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => document.activeElement.matches(one)", what):
            return
    pytest.fail(f"{FEW} times Tab did not lead to {what}")


def test_an_entry_is_found_and_opened_by_keyboard_alone(window, stack):
    page = window(stack["open"])
    page.goto(stack["open"]["url"] + "/")
    _tab_to(page, "main input[name=q], input[name=q]")
    page.keyboard.type("社会")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dataset/**q=**")
    _tab_to(page, ".nav-facet a")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    _tab_to(page, ".dataset-heading a")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/dataset/?" not in url)
    assert page.locator("h1").count() == 1


def test_the_first_tab_of_a_page_leads_past_its_head(window, stack):
    page = window(stack["open"])
    page.goto(stack["open"]["url"] + "/dataset/")
    page.keyboard.press("Tab")
    where = page.evaluate("document.activeElement.getAttribute('href')")
    assert where.startswith("#")
    page.keyboard.press("Enter")
    assert page.evaluate(f"document.querySelector('{where}') !== null")


def test_what_has_the_focus_is_seen(window, stack):
    page = window(stack["open"])
    page.goto(stack["open"]["url"] + "/dataset/")
    _tab_to(page, ".nav-facet a")
    style = page.evaluate(
        "(() => { const of = getComputedStyle(document.activeElement);"
        " return [of.outlineStyle, of.boxShadow]; })()"
    )
    assert style[0] != "none" or style[1] != "none"


def test_a_page_is_printed_without_its_menus(window, stack):
    page = window(stack["open"])
    page.goto(stack["open"]["url"] + "/dataset/")
    page.emulate_media(media="print")
    for part in ("header nav", ".filters", "form.search-form"):
        shown = page.locator(part).first
        assert shown.count() == 0 or not shown.is_visible(), part
