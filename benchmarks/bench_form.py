"""How long the form of an entry with 1,000 items takes until one can type into it.

    make bench ARGS=form      # needs the demonstration of `make up`

In Debian's Chromium, as a cataloguer: from asking for the page until the sheet of items
takes keys; a step with a key; 1,000 rows pasted; the answer about what is wrong.
The items are kept as an unsaved form and thrown away again: nothing is written.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import urllib.request
import uuid
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
ITEMS = 1000
ROUNDS = 5
MOST_READY_MS = 3000
MOST_KEY_MS = 100
READY = "() => performance.getEntriesByName('jiangmen-items-ready').length"
# From an event until the page is drawn again, in milliseconds.
KEYS = """
async () => {
  const input = document.querySelector('.jiangmen-grid-input');
  const spent = [];
  input.focus();
  for (let step = 0; step < 40; step++) {
    const began = performance.now();
    input.dispatchEvent(
      new KeyboardEvent('keydown', {key: step % 2 ? 'PageDown' : 'ArrowDown',
                                    bubbles: true, cancelable: true}));
    await new Promise(requestAnimationFrame);
    spent.push(performance.now() - began);
  }
  return spent;
}
"""
PASTE = """
async (text) => {
  const input = document.querySelector('.jiangmen-grid-input');
  const data = new DataTransfer();
  data.setData('text/plain', text);
  input.focus();
  const began = performance.now();
  input.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true,
                                                   cancelable: true}));
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}
"""


def items(beginning: str) -> list[dict[str, str]]:
    """Return a thousand right items."""
    return [
        {
            "name": f"{beginning}{number}",
            "data_type": "字符型",
            "data_length": "60",
            "remarks": f"演示指标{number}的说明",
        }
        for number in range(ITEMS)
    ]


class Site:
    """The share site, called as one cataloguer."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def act(self, action: str, **data: object) -> dict:
        """Call an action."""
        request = urllib.request.Request(
            f"{self.url}/api/3/action/{action}",
            json.dumps(data).encode(),
            {"Authorization": self.token, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["result"]


def measure(page: Page, address: str) -> dict[str, float]:
    """Return milliseconds of one opening of the form and what is done in it."""
    page.goto(address, wait_until="commit")
    page.wait_for_function(READY)
    ready = page.evaluate(
        "() => performance.getEntriesByName('jiangmen-items-ready')[0].startTime"
    )
    steps = page.evaluate(KEYS)
    text = "\n".join(
        "\t".join((row["name"], "", row["data_type"], "60")) for row in items("粘贴")
    )
    with page.expect_response("**/desk/entry/live") as told:
        pasted = page.evaluate(PASTE, text)
    told.value.finished()
    checked = told.value.request.timing["responseEnd"]
    return {
        "ready": ready,
        "key": statistics.median(steps),
        "slowest key": max(steps),
        "pasted": pasted,
        "checked": checked,
    }


def main() -> int:
    """Print the medians; return 1 where the form is slower than promised."""
    var = Path(os.environ.get("JIANGMEN_VAR") or ROOT / "var")
    run = json.loads((var / "run.json").read_text(encoding="utf-8"))["share"]
    account = run["accounts"]["c_cataloguer"]
    site = Site(run["url"], account["token"])
    form = str(uuid.uuid4())
    site.act(
        "jiangmen_unsaved_keep",
        form=form,
        title="性能测试（不保存）",
        information_items=items("指标"),
    )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"]
            )
            context = browser.new_context(
                locale="zh-CN", extra_http_headers={"Authorization": site.token}
            )
            address = f"{site.url}/desk/entry/new?form={form}"
            rounds = [measure(context.new_page(), address) for _ in range(ROUNDS)]
            browser.close()
    finally:
        site.act("jiangmen_unsaved_discard", form=form)
    median = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    print(f"form with {ITEMS} items, medians of {ROUNDS}:")
    for name, spent in median.items():
        print(f"  {name:12} {spent:7.0f} ms")
    slow = median["ready"] > MOST_READY_MS or median["key"] > MOST_KEY_MS
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
