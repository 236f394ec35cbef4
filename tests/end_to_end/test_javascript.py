"""CKAN's scripts start on Simplified Chinese pages of both sites, in a real browser.

Stock 2.12.0 asks for the unknown locale zh_Hans-CN there and starts no module at all.
"""

from __future__ import annotations

import pytest

STARTED = "() => Object.keys(window.ckan.module.instances).length > 0"
WIDTHS = (1280, 360)


@pytest.fixture
def signed_in(page, stack):
    """The cataloguer of 市民政局, signed in to the share site through its form."""
    account = stack["share"]["accounts"]["c_cataloguer"]
    page.goto(stack["share"]["url"] + "/user/login")
    page.fill("#field-login", account["name"])
    page.fill("#field-password", account["password"])
    page.click(".jm-login-card button[type=submit]")
    page.wait_for_url("**/desk")
    return page


def test_modules_start_on_a_chinese_page_of_the_share_site(signed_in, stack):
    answers = []
    signed_in.on("response", lambda each: answers.append((each.status, each.url)))
    signed_in.goto(stack["share"]["url"] + "/desk/entry/new")
    assert signed_in.get_attribute("html", "lang") == "zh-Hans-CN"
    signed_in.wait_for_function(STARTED, timeout=15_000)
    assert [each for each in answers if each[0] >= 400] == []


def test_the_items_of_the_form_become_a_table(signed_in, stack):
    signed_in.goto(stack["share"]["url"] + "/desk/entry/new")
    signed_in.click("text=添加一行", timeout=15_000)
    assert signed_in.locator(".jiangmen-items tbody tr[data-row]").count() == 1


PASTED = "甲项\\tjia\\t字符型\\t20\\n乙项\\tyi\\t字符型\\t20"
NAMES_ARE = """(wanted) => wanted === JSON.parse(document.querySelector(
    "textarea[name=information_items]").value).map((row) => row.name).join()"""


def test_an_empty_sheet_takes_what_is_pasted_and_the_keys_after_it(signed_in, stack):
    url = stack["share"]["url"]
    granted = ["clipboard-read", "clipboard-write"]
    signed_in.context.grant_permissions(granted, origin=url)
    signed_in.goto(url + "/desk/entry/new")
    signed_in.wait_for_selector(".jiangmen-grid")
    signed_in.evaluate(f'navigator.clipboard.writeText("{PASTED}")')
    signed_in.click(".jiangmen-grid", position={"x": 200, "y": 60})
    for keys, names in (
        ("Control+v", "甲项,乙项"),
        ("Control+z", ""),
        ("Control+y", "甲项,乙项"),
        ("Control+Home", "甲项,乙项"),
        ("Alt+ArrowDown", "乙项,甲项"),
    ):
        signed_in.keyboard.press(keys)
        signed_in.wait_for_function(NAMES_ARE, arg=names)


@pytest.mark.parametrize("address", ["/", "/dataset/", "/organization/", "/about"])
def test_scripts_of_the_open_site_ask_for_nothing_that_fails(page, stack, address):
    failed = []
    page.on(
        "response",
        lambda each: failed.append(each.url) if each.status >= 400 else None,
    )
    page.goto(stack["open"]["url"] + address)
    page.wait_for_load_state("networkidle")
    assert failed == []


def test_the_page_loads_its_translations_under_the_right_name(page, stack):
    asked = []
    page.on("request", lambda each: asked.append(each.url))
    page.goto(stack["open"]["url"] + "/dataset/")
    page.wait_for_load_state("networkidle")
    names = [url.rsplit("/", 1)[1] for url in asked if "/api/i18n/" in url]
    assert names == ["zh_Hans_CN"]


def test_dates_of_scripts_are_chinese_on_chinese_pages_only(page, stack):
    local = "() => { const l = document.documentElement.lang; window.moment.locale(l);"
    month = local + " return window.moment('2026-11-22').format('LL'); }"
    page.goto(stack["open"]["url"] + "/dataset/")
    assert page.evaluate(month) == "2026年11月22日"
    page.goto(stack["open"]["url"] + "/en/dataset/")
    assert page.evaluate(month) == "November 22, 2026"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("address", ["/", "/dataset/", "/organization/", "/group/"])
def test_pages_of_the_open_site_fit_the_window(chromium, stack, width, address):
    window = chromium.new_page(viewport={"width": width, "height": 740})
    window.goto(stack["open"]["url"] + address)
    wide = window.evaluate("document.documentElement.scrollWidth")
    window.close()
    assert wide <= width
